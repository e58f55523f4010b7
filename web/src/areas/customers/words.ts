// What the server says about somebody, made readable.

import type { CustomerEvent, JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";
import { time } from "@/words/format";
import { meets } from "./meets";

const INSTANT = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g;

/** A sentence with its times as the app writes them. */
export const readable = (sentence: string) => sentence.replace(INSTANT, time);

/** `email:ana@example.org` as its kind and its value. */
export function identifierParts(identifier: string): { kind: string; value: string } {
  const colon = identifier.indexOf(":");
  return { kind: identifier.slice(0, colon), value: identifier.slice(colon + 1) };
}

export const kindName = (kind: string) => kind.replaceAll("_", " ");

/**
 * Whom a sentence about a link speaks of besides this customer ("A and B were seen together …"). Values may contain any
 * text, so it is told by the identifiers that are known to be this customer's.
 */
export function otherOf(sentence: string, own: readonly string[]): { own: string; other: string } | null {
  const seen = sentence.lastIndexOf(" were seen together");
  if (seen < 0) return null;
  const pair = sentence.slice(0, seen);
  for (const identifier of own) {
    if (pair.startsWith(`${identifier} and `)) return { own: identifier, other: pair.slice(identifier.length + 5) };
    if (pair.endsWith(` and ${identifier}`)) return { own: identifier, other: pair.slice(0, -identifier.length - 5) };
  }
  return null;
}

/** Whether a link does not count because a person said so. */
export const saidApart = (sentence: string) => sentence.endsWith("a person said that they are not the same customer.");

export function money(micros: number, currency: string | undefined): string {
  const value = micros / 1_000_000;
  try {
    return new Intl.NumberFormat("en-GB", { style: "currency", currency: currency ?? "", currencyDisplay: "code" })
      .format(value)
      .replace(/\s/g, "\u202f");
  } catch {
    return `${currency ? `${currency}\u202f` : ""}${value.toFixed(2)}`;
  }
}

/** A property's value as a line of text. */
export const valueText = (value: JsonValue) => (typeof value === "string" ? value : JSON.stringify(value));

/** Properties in the order in which they are of interest: what the sender's library adds by itself comes last. */
export function propertyRows(properties: JsonObject | undefined): [name: string, value: string][] {
  const rows = Object.entries(properties ?? {}).map(([name, value]): [string, string] => [name, valueText(value)]);
  const own = rows.filter(([name]) => !name.startsWith("context_"));
  return [...own, ...rows.filter(([name]) => name.startsWith("context_"))];
}

export interface Score {
  name: string;
  when: unknown;
  property: string;
  scale: [worst: number, best: number];
  comment?: string | null;
}

export interface Response {
  event: CustomerEvent;
  name: string;
  score: number;
  best: number;
  /** From −1 to 1. */
  feeling: number;
  comment?: string;
}

/** The events that a map calls scores. */
export function responsesOf(events: readonly CustomerEvent[], scores: readonly Score[]): Response[] {
  return events.flatMap((event) => {
    const score = scores.find(({ when }) => meets(event, when));
    const value = score && event.properties?.[score.property];
    if (!score || typeof value !== "number") return [];
    const [worst, best] = score.scale;
    const comment = score.comment ? event.properties?.[score.comment] : undefined;
    return {
      event,
      name: score.name,
      score: value,
      best,
      feeling: best === worst ? 0 : ((value - worst) / (best - worst)) * 2 - 1,
      ...(typeof comment === "string" && comment !== "" ? { comment } : {}),
    };
  });
}
