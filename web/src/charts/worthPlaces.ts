// At which cells of the tables of what customers are worth, and of what could be, people are counted.

import type { JsonObject } from "@/api/contract";
import type { JsonValue, Line } from "@/api/model";

const OTHERS = "(others)";

/** The group of a line of survival: its value, or none of those that have lines of their own. */
export function survivalGroup(lines: readonly Line[], index: number, by: JsonValue | undefined): JsonObject {
  const name = lines[index]?.name ?? "";
  if (by == null) return {};
  if (name === OTHERS && index === lines.length - 1)
    return { but: lines.filter((_, at) => at !== index).map((line) => line.name) };
  return { by: name };
}

/** The place of a cell, by the answer's question; null where nobody is counted. */
export function worthPlace(
  analysis: string,
  question: JsonObject,
  cells: readonly JsonValue[],
  column: number,
  notes: readonly string[] = [],
): JsonObject | null {
  const [first, second, third] = cells.map((cell) => (typeof cell === "string" ? cell : ""));
  switch (analysis) {
    case "attribution":
      if (column === 1) return { channel: first ?? "" };
      return column === 2 ? { channel: first ?? "", converted: true } : null;
    case "lifetime":
      return lifetime(question, first ?? "", second ?? "", column);
    case "rfm":
      return scored(question, notes, first ?? "", cells, column);
    case "survival":
      return question.show === "hazards" && column === 3 ? covariate(question, first ?? "", second ?? "") : null;
    case "what_if": {
      const whose: JsonObject = first === AS_MEASURED ? {} : { scenario: first ?? "" };
      if (column === 1) return whose;
      return column === 2 ? { ...whose, converted: true } : null;
    }
    case "next_action":
      // What is joined to one name cannot be told apart again, except where it is one.
      return column === 1
        ? { now: Number(question.recent ?? 1) === 1 ? [first ?? ""] : (first ?? "").split(" → ") }
        : null;
    case "conformance":
      return column === 1 ? deviation(first ?? "") : null;
    case "experiment": {
      const by = question.by == null ? [] : [first ?? ""];
      const [metric = "", arm = ""] = by.length > 0 ? [second, third] : [first, second];
      const at = column - by.length;
      const whose: JsonObject = { arm, ...(by[0] && by[0] !== ALL ? { by: by[0] } : {}) };
      if (at === 2) return whose;
      return at === 3 ? { ...whose, metric, converted: true } : null;
    }
    default:
      return null;
  }
}

const AS_MEASURED = "as measured";
const ALL = "(all)";

/** Bands are called by their ends: "3 to 5 times", "more than 10 times", "up to 30 days ago". */
function band(name: string): [from: number, to: number | undefined] {
  const [a, b] = (name.match(/\d+/g) ?? []).map(Number);
  if (name.startsWith("up to")) return [0, a];
  if (name.startsWith("more than")) return [(a ?? 365) + 1, undefined];
  const word = ["never", "once", "twice"].indexOf(name);
  return word >= 0 ? [word, word] : [a ?? 0, b ?? a];
}

function repeats(name: string): JsonObject {
  const [from, to] = band(name);
  return { repeats_from: from, ...(to === undefined ? {} : { repeats_to: to }) };
}

function lifetime(question: JsonObject, first: string, second: string, column: number): JsonObject | null {
  if (question.show === "holdout") {
    if (column !== 1) return null;
    const from = Number.parseInt(first, 10);
    return { repeats_from: from, ...(first.endsWith("more") ? {} : { repeats_to: from }), held: true };
  }
  if (question.by != null) return column === 1 ? { by: first } : null;
  if (column !== 2) return null;
  const [from, to] = band(second);
  return { ...repeats(first), days_from: from, ...(to === undefined ? {} : { days_to: to }) };
}

const SCORED: Record<string, string> = {
  "days since the last purchase": "days",
  purchases: "purchases",
  spent: "money",
};

/** A segment or a score. The place has where scores end, as the answer tells it, because nobody alone says that. */
function scored(
  question: JsonObject,
  notes: readonly string[],
  first: string,
  cells: readonly JsonValue[],
  column: number,
): JsonObject | null {
  const scores = question.show === "scores";
  const own = typeof question.cuts === "object" && question.cuts !== null ? (question.cuts as JsonObject) : {};
  if (column !== (scores ? 3 : 1)) return null;
  const by = SCORED[first];
  // What is told of money is rounded: only ends that the question gives are known exactly.
  if (scores && (!by || (by === "money" && own.money == null))) return null;
  const told = notes.map((note) => /the last purchase ([\d, ]+); purchases ([\d, ]+); spent/.exec(note)).find(Boolean);
  const ends = (text: string | undefined) => (text ?? "").split(", ").map((end) => Number(end.replaceAll(",", "")));
  const cuts: JsonObject = {
    ...(own.days == null ? { days: ends(told?.[1]) } : {}),
    ...(own.purchases == null ? { purchases: ends(told?.[2]) } : {}),
    // Neither segments nor the other scores hang on it.
    ...(own.money == null ? { money: [0, 0, 0, 0] } : {}),
  };
  const known = Object.values(cuts).every((four) => Array.isArray(four) && four.length === 4);
  if (!known) return null;
  const carried: JsonObject = Object.keys(cuts).length > 0 ? { cuts } : {};
  return scores ? { scored: by as string, score: cells[1] as number, ...carried } : { segment: first, ...carried };
}

const ONE_MORE = "one more";

function covariate({ covariates }: JsonObject, name: string, level: string): JsonObject | null {
  if (!Array.isArray(covariates)) return null;
  const at = covariates.findIndex((one) => Object.values(one as JsonObject)[0] === name);
  return at < 0 || level === OTHERS ? null : { covariate: at, ...(level === ONE_MORE ? {} : { level }) };
}

function deviation(told: string): JsonObject | null {
  const skips = /^skips '(.*)'$/s.exec(told)?.[1];
  if (skips !== undefined) return { skips };
  const adds = /^does '(.*)' where the design does not have it$/s.exec(told)?.[1];
  return adds === undefined ? null : { adds };
}
