// The same answer elsewhere: as a file, and on the command line.

import type { JsonObject } from "@/api/contract";

export const FORMS = ["csv", "json", "svg", "png", "pdf"] as const;
export type Form = (typeof FORMS)[number];

/** Where the answer is as a file. */
export function fileAddress(analysis: string, question: JsonObject, form: Form, theme: "light" | "dark"): string {
  const query = new URLSearchParams({ question: JSON.stringify(question), ...(theme === "dark" ? { theme } : {}) });
  return `/api/ask/${encodeURIComponent(analysis)}.${form}?${query}`;
}

/** The command that gives the same answer in a terminal, in the data folder; `mapFile` is the file of the map it names. */
export function command(analysis: string, question: JsonObject, mapFile?: string): string {
  const { map: _, declared: __, ...own } = question;
  const by = mapFile === undefined ? "" : ` --map ${quoted(mapFile)}`;
  return `periplus ask ${analysis} ${quoted(JSON.stringify(own))}${by}`;
}

/** As one word of a shell. */
export const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
