// What can be said of a statement without asking the server: where it is wrong, what begins one, how it is written.

import type { ColumnKind, JsonValue } from "@/api/model";
import { quoted } from "../share";

/** A place in a statement: line and column from 1, and how far from its beginning. */
export interface Place {
  line: number;
  column: number;
  at: number;
}

/** Where a statement is wrong, as far as the server's words tell. */
export function placeOf(statement: string, words: string): Place | null {
  const said = /at Line: (\d+), Column: (\d+)/.exec(words);
  if (said) return placeAt(statement, offsetOf(statement, Number(said[1]), Number(said[2])));
  if (/found: EOF/.test(words)) return placeAt(statement, statement.trimEnd().length);
  // What is not known is named; it stands where the statement names it first.
  const unknown =
    /(?:no field named|no table|invalid function) ['"]?([^\s'",;]+?)['"]?[.,;]?(?:\s|$)/i.exec(words)?.[1] ?? null;
  if (unknown === null) return null;
  const name = unknown.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const found = new RegExp(`(?<![\\w.])"?${name}"?(?!\\w)`, "i").exec(statement);
  return found && placeAt(statement, found.index);
}

function offsetOf(statement: string, line: number, column: number): number {
  const before = statement.split("\n").slice(0, line - 1);
  return Math.min(statement.length, before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1);
}

function placeAt(statement: string, at: number): Place {
  const lines = statement.slice(0, at).split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1, at };
}

/** A name as a statement has it: in quotes where it is no plain word, or means something else. */
export const identifier = (name: string) =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
const RESERVED = new Set(["from", "to", "group", "order", "where", "select", "by", "end"]);

/** A statement with a name put where the cursor is, apart from what stands there, and where the cursor is then. */
export function withName(statement: string, from: number, to: number, name: string): { text: string; cursor: number } {
  const [before, after] = [statement.slice(0, from), statement.slice(to)];
  const put = `${/[\w")*]$/.test(before) ? " " : ""}${name}${/^[\w"(]/.test(after) ? " " : ""}`;
  return { text: before + put + after, cursor: before.length + put.trimEnd().length };
}

/** The command that gives the same rows in a terminal, in the data folder; `mapFile` is the file of the map it names. */
export function sqlCommand(statement: string, mapFile?: string): string {
  return `periplus sql ${quoted(statement)}${mapFile === undefined ? "" : ` --map ${quoted(mapFile)}`}`;
}

const exact = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 6 });

/** A value as it is: nothing of it is rounded away, as it may be in an answer in words. */
export function written(value: JsonValue | undefined, kind: ColumnKind | undefined): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return exact.format(value);
  if (kind === "time" && typeof value === "string") return value.replace("T", " ").replace(/(\.0+)?Z$/, "");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What a column holds, in a word. */
export function kindOf(type: string): string {
  if (type.startsWith("Timestamp")) return "time";
  if (/^(U?Int|Float|Decimal)/.test(type)) return "number";
  return /Utf8/.test(type) ? "text" : type.toLowerCase();
}

/** One row per what, of the tables that there are. */
export const ROWS_OF: Record<string, string> = {
  events: "event, as it was received",
  customers: "customer",
  sessions: "session",
  journeys: "customer and step",
  responses: "answer to a survey, or review",
  current_traits: "customer and trait that holds now",
  traits: "thing that was ever said of a customer",
};

/** To begin with: they speak of nothing that only some data have. */
export const EXAMPLES: readonly { name: string; statement: string }[] = [
  {
    name: "How often is each event, and of how many customers?",
    statement: `SELECT event, count(*) AS events, count(DISTINCT customer_key) AS customers
FROM events
GROUP BY event
ORDER BY events DESC`,
  },
  {
    name: "How many customers are active each month?",
    statement: `SELECT date_trunc('month', time) AS month, count(DISTINCT customer_key) AS customers, count(*) AS events
FROM events
GROUP BY month
ORDER BY month`,
  },
  {
    name: "Through which channels do sessions come, and how long are they?",
    statement: `SELECT channel, count(*) AS sessions, avg(events) AS events, avg(seconds) / 60 AS minutes
FROM sessions
GROUP BY channel
ORDER BY sessions DESC`,
  },
  {
    name: "With what do sessions begin, and how many end with the same?",
    statement: `SELECT first_event, count(*) AS sessions, count(*) FILTER (WHERE last_event = first_event) AS same
FROM sessions
GROUP BY first_event
ORDER BY sessions DESC`,
  },
  {
    name: "Who has been here most often?",
    statement: `SELECT customer, sessions, events, first_seen, last_seen
FROM customers
ORDER BY sessions DESC, events DESC
LIMIT 100`,
  },
  {
    name: "What follows what most often, and after how long?",
    statement: `SELECT "from", "to", count, median_seconds / 60 AS minutes
FROM follows('{"unit": "session"}')
WHERE "to" IS NOT NULL
ORDER BY count DESC
LIMIT 50`,
  },
];
