// What is edited on the map is written into the file as its authors wrote it: what did not change keeps its lines, its
// order and its comments. Whoever uses this has the result read again, and compares it with what was meant.

import type { JourneyMap } from "../declared";

type Fields = Record<string, unknown>;

/** A text cut at the beginnings of its parts; each has the comments and empty lines before it. */
interface Part {
  name: string;
  before: string[];
  lines: string[];
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const isLoose = (line: string) => /^\s*(#.*)?$/.test(line);

/** Cuts lines where `begins` finds the name of a part. What stands before the first part belongs to it. */
function cut(lines: readonly string[], begins: (line: string) => string | null): Part[] {
  const parts: Part[] = [];
  let loose: string[] = [];
  for (const line of lines) {
    const name = begins(line);
    if (name !== null) {
      parts.push({ name, before: loose, lines: [line] });
      loose = [];
    } else if (isLoose(line) || parts.length === 0) {
      loose.push(line);
    } else {
      parts.at(-1)?.lines.push(...loose, line);
      loose = [];
    }
  }
  parts.at(-1)?.lines.push(...loose);
  return parts;
}

const sections = (text: string) => cut(text.split("\n"), (line) => /^([A-Za-z_]+):/.exec(line)?.[1] ?? null);

/** The entries of a list of things with ids, when each begins with a dash and has its id on its first line. */
function entries(section: Part): Part[] | null {
  const dash = section.lines.slice(1).find((line) => !isLoose(line));
  const indent = dash === undefined ? null : (/^( *)- /.exec(dash)?.[1] ?? null);
  if (indent === null) return null;
  const parts = cut(section.lines.slice(1), (line) => {
    if (!line.startsWith(`${indent}- `)) return null;
    return /^ *- \{?(?:id|name): *"?([^,}"]+?)"? *(?:[,}].*)?$/.exec(line)?.[1] ?? "";
  });
  return parts.some(({ name }) => name === "") ? null : parts;
}

/** `written` is the whole map as the server would write it anew, and `text` the file that declared `before`. */
export function keepText(text: string, before: JourneyMap, after: JourneyMap, written: string): string {
  const old = new Map(sections(text).map((part) => [part.name, part]));
  const fresh = sections(written);
  // Sections stay in the order of the file; new ones come at its end.
  const names = [...old.keys(), ...fresh.map(({ name }) => name).filter((name) => !old.has(name))];
  const lines = names.flatMap((name) => {
    const was = old.get(name);
    const now = fresh.find((part) => part.name === name);
    if (!now)
      return was && same((before as Fields)[name], (after as Fields)[name])
        ? [...was.before, ...was.lines]
        : (was?.before ?? []);
    if (!was) return [...now.before, ...now.lines];
    if (same((before as Fields)[name], (after as Fields)[name])) return [...was.before, ...was.lines];
    return [...was.before, ...list(was, now, (before as Fields)[name], (after as Fields)[name])];
  });
  return lines.join("\n");
}

/** The lines of a section that changed: only the entries that changed are written anew. */
function list(was: Part, now: Part, before: unknown, after: unknown): string[] {
  const [oldParts, newParts] = [entries(was), entries(now)];
  if (!oldParts || !newParts || !Array.isArray(before) || !Array.isArray(after)) return now.lines;
  const nameOf = (thing: Fields) => String(thing.id ?? thing.name);
  const indent = indentOf(oldParts[0]) - indentOf(newParts[0]);
  const rest = after.flatMap((thing: Fields) => {
    const id = nameOf(thing);
    const old = oldParts.find(({ name }) => name === id);
    const fresh = newParts.find(({ name }) => name === id);
    const thingBefore = (before as Fields[]).find((one) => nameOf(one) === id);
    if (old && same(thingBefore, thing)) return [...old.before, ...old.lines];
    const patched = old && thingBefore && patch(old.lines, thingBefore, thing);
    if (old && patched) return [...old.before, ...patched];
    const lines = (fresh?.lines ?? []).map((line) => shift(line, indent));
    return [...(old?.before ?? fresh?.before ?? []), ...lines];
  });
  return [was.lines[0] ?? "", ...rest];
}

const indentOf = (part: Part | undefined) => /^ */.exec(part?.lines[0] ?? "")?.[0].length ?? 0;
const shift = (line: string, by: number) =>
  by >= 0 ? " ".repeat(by) + line : line.slice(Math.min(-by, /^ */.exec(line)?.[0].length ?? 0));

/** One entry in which only plain values changed that stand on lines of their own; null when it cannot be so. */
function patch(lines: readonly string[], before: Fields, after: Fields): string[] | null {
  const first = /^( *)- (?!\{)/.exec(lines[0] ?? "");
  if (!first) return null;
  const indent = `${first[1]}  `;
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (field) => !same(before[field], after[field]),
  );
  let next = [...lines];
  for (const field of changed) {
    const value = after[field];
    if (value === undefined || value === null || typeof value === "object" || typeof before[field] === "object")
      return null;
    const at = next.findIndex(
      (line) => line.startsWith(`${indent}${field}:`) || line.startsWith(`${first[1]}- ${field}:`),
    );
    if (at < 0) {
      next = next.toSpliced(Math.min(2, next.length), 0, `${indent}${field}: ${scalar(value)}`);
      continue;
    }
    const line = next[at] as string;
    // A value that goes on over further lines is written anew.
    if (/: *[|>&*]/.test(line) || (next[at + 1] ?? "").startsWith(`${indent} `)) return null;
    const comment = /\s+#.*$/.exec(line)?.[0] ?? "";
    next[at] = `${line.slice(0, line.indexOf(":") + 1)} ${scalar(value)}${comment}`;
  }
  return next;
}

/** JSON's way of writing a text is also YAML's; what cannot be mistaken needs no quotes. */
const scalar = (value: unknown) =>
  typeof value === "string" && !/^[A-Za-z][A-Za-z0-9 ,.()'-]*$/.test(value) ? JSON.stringify(value) : words(value);
const words = (value: unknown) =>
  typeof value === "string" && (/^(true|false|null|yes|no|on|off|y|n)$/i.test(value) || value.endsWith(" "))
    ? JSON.stringify(value)
    : String(value);
