// A mapping as the file that the command line reads.

import type { JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";

const RULES = ["lookup", "event", "traits", "link"];

export function mappingToml(mapping: JsonObject): string {
  const sources = Array.isArray(mapping.source) ? (mapping.source as JsonObject[]) : [];
  return sources
    .map((source) => {
      const fields = Object.entries(source).filter(([name, value]) => !RULES.includes(name) && value !== null);
      const rules = RULES.flatMap((name) => {
        const list = source[name];
        return (Array.isArray(list) ? (list as JsonObject[]) : []).map(
          (rule) => `\n[[source.${name}]]\n${lines(Object.entries(rule))}`,
        );
      });
      return `[[source]]\n${lines(fields)}${rules.join("")}`;
    })
    .join("\n");
}

const lines = (fields: [string, JsonValue][]) =>
  fields
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${key(name)} = ${inline(value)}\n`)
    .join("");

const key = (name: string) => (/^[A-Za-z0-9_-]+$/.test(name) ? name : quoted(name));

function inline(value: JsonValue): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([, one]) => one !== null);
    return fields.length === 0
      ? "{}"
      : `{ ${fields.map(([name, one]) => `${key(name)} = ${inline(one)}`).join(", ")} }`;
  }
  return String(value);
}

/** A basic string: control characters are written as escapes, which JSON and TOML share, but for the delete character. */
const quoted = (text: string) => JSON.stringify(text).replaceAll("\u007f", "\\u007f");
