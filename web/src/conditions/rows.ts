// Conditions as rows that can be edited one by one, joined by "and" or "or". What is nested deeper, or of a sort that has
// no row, is kept as it is and edited as text.

import type { Condition, JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";

export const TESTS = {
  is: "is",
  is_not: "is not",
  in: "is one of",
  not_in: "is none of",
  contains: "contains",
  starts_with: "starts with",
  above: "is above",
  at_least: "is at least",
  below: "is below",
  at_most: "is at most",
  exists: "is known",
  not_exists: "is not known",
} as const;
export type TestName = keyof typeof TESTS;

export interface Test {
  test: TestName;
  values: JsonValue[];
}

export type Row =
  | { sort: "trait" | "property"; name: string; test: Test }
  | { sort: "event"; names: string[]; where?: Condition }
  | { sort: "channel" | "touchpoint" | "stage"; names: string[] }
  | { sort: "member"; name: string }
  | { sort: "did"; names: string[]; where?: Condition; least: number; most?: number; within?: string }
  | { sort: "other"; condition: Condition };
export type Sort = Row["sort"];

export interface Rows {
  join: "and" | "or";
  rows: Row[];
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function readRows(condition: Condition | undefined): Rows {
  if (condition === undefined) return { join: "and", rows: [] };
  if (isObject(condition)) {
    for (const join of ["and", "or"] as const) {
      const parts = condition[join];
      if (Array.isArray(parts)) return { join, rows: parts.map((part) => readRow(part as Condition)) };
    }
  }
  return { join: "and", rows: [readRow(condition)] };
}

/** Whether a condition is an "and" or "or" of nothing. */
export const saysNothing = (condition: Condition | undefined): boolean =>
  isObject(condition) && [condition.and, condition.or].some((parts) => Array.isArray(parts) && parts.length === 0);

export function writeRows({ join, rows }: Rows): Condition | undefined {
  const conditions = rows.filter(isComplete).map(writeRow);
  if (conditions.length === 0) return undefined;
  return conditions.length === 1 && join === "and" ? conditions[0] : { [join]: conditions as JsonValue[] };
}

/** Whether a row says enough to be asked. */
export function isComplete(row: Row): boolean {
  switch (row.sort) {
    case "trait":
    case "property":
      return (
        row.name !== "" && (row.test.values.length > 0 || row.test.test === "exists" || row.test.test === "not_exists")
      );
    case "event":
    case "channel":
    case "touchpoint":
    case "stage":
      return row.names.length > 0;
    case "member":
      return row.name !== "";
    default:
      return true;
  }
}

function readRow(condition: Condition): Row {
  if (typeof condition === "string") return { sort: "event", names: [condition] };
  const other: Row = { sort: "other", condition };
  const known = (...fields: string[]) => Object.keys(condition).every((field) => fields.includes(field));
  const names = (value: unknown) =>
    Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
  if (condition.event !== undefined) {
    if (!known("event", "where")) return other;
    return {
      sort: "event",
      names: names(condition.event),
      ...optional("where", condition.where as Condition | undefined),
    };
  }
  for (const sort of ["channel", "touchpoint", "stage"] as const) {
    if (condition[sort] !== undefined) return known(sort) ? { sort, names: names(condition[sort]) } : other;
  }
  if (typeof condition.member === "string") return { sort: "member", name: condition.member };
  for (const sort of ["trait", "property"] as const) {
    const name = condition[sort];
    if (typeof name !== "string") continue;
    const test = readTest(condition, sort);
    return test ? { sort, name, test } : other;
  }
  if (condition.did !== undefined) {
    const what = readRow(condition.did as Condition);
    const anything = isObject(condition.did) && Array.isArray(condition.did.and) && condition.did.and.length === 0;
    if (what.sort !== "event" && !anything) return other;
    const least = typeof condition.at_least === "number" ? condition.at_least : condition.at_most === 0 ? 0 : 1;
    return {
      sort: "did",
      names: what.sort === "event" ? what.names : [],
      ...optional("where", what.sort === "event" ? what.where : undefined),
      least,
      ...optional("most", typeof condition.at_most === "number" ? condition.at_most : undefined),
      ...optional("within", typeof condition.within === "string" ? condition.within : undefined),
    };
  }
  return other;
}

function optional<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [key in K]?: V };
}

function readTest(condition: JsonObject, head: string): Test | null {
  const tests = Object.entries(condition).filter(([field]) => field !== head);
  const [only] = tests;
  if (tests.length !== 1 || !only) return null;
  const [name, value] = only;
  if (name === "exists") return { test: value === true ? "exists" : "not_exists", values: [] };
  if (!(name in TESTS)) return null;
  return { test: name as TestName, values: Array.isArray(value) ? value : [value] };
}

function writeRow(row: Row): Condition {
  switch (row.sort) {
    case "trait":
    case "property":
      return { [row.sort]: row.name, ...writeTest(row.test) };
    case "event":
      return { event: oneOrMore(row.names), ...(row.where === undefined ? {} : { where: row.where as JsonValue }) };
    case "channel":
    case "touchpoint":
    case "stage":
      return { [row.sort]: oneOrMore(row.names) };
    case "member":
      return { member: row.name };
    case "did": {
      const event =
        row.names.length === 0
          ? { and: [] }
          : { event: oneOrMore(row.names), ...optional("where", row.where as JsonValue | undefined) };
      return {
        did: event as JsonValue,
        ...(row.least === 1 && row.most === undefined ? {} : { at_least: row.least }),
        ...optional("at_most", row.most),
        ...optional("within", row.within),
      } as JsonObject;
    }
    case "other":
      return row.condition;
  }
}

function writeTest({ test, values }: Test): JsonObject {
  if (test === "exists" || test === "not_exists") return { exists: test === "exists" };
  if (test === "in" || test === "not_in") return { [test]: values };
  if (["above", "at_least", "below", "at_most"].includes(test)) return { [test]: Number(values[0]) };
  return { [test]: values[0] ?? "" };
}

const oneOrMore = (names: string[]): JsonValue => (names.length === 1 ? (names[0] as string) : names);

/** A new row of a sort. */
export function emptyRow(sort: Sort): Row {
  switch (sort) {
    case "trait":
    case "property":
      return { sort, name: "", test: { test: "is", values: [] } };
    case "event":
    case "channel":
    case "touchpoint":
    case "stage":
      return { sort, names: [] };
    case "member":
      return { sort, name: "" };
    case "did":
      return { sort, names: [], least: 1 };
    case "other":
      return { sort, condition: { and: [] } };
  }
}
