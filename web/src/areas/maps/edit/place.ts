// Where something stands in a map's file.

/** A section of the file, such as `stages`, or the entry of it with an id or a name. */
export type Place = [section: string, entry?: string];

/** The line of a place, from 1; that of its section when the entry cannot be told, 0 when there is none. */
export function lineOf(yaml: string, [section, entry]: Place): number {
  const lines = yaml.split("\n");
  const first = lines.findIndex((line) => line.startsWith(`${section}:`));
  for (let at = first + 1; first >= 0 && entry !== undefined && at < lines.length; at++) {
    const line = lines[at] as string;
    if (/^[A-Za-z_]+:/.test(line)) break;
    if (/^ *- *\{? *(?:id|name): *"?([^,}"#]+?)"? *(?:[,}#].*)?$/.exec(line)?.[1] === entry) return at + 1;
  }
  return first + 1;
}
