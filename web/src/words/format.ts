// How figures are written: one place, so that the same figure looks the same everywhere.

import type { ColumnKind, JsonValue } from "@/api/model";

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const decimals = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 4 });
const compact = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });
const money = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** A narrow space that does not break, between a figure and its unit. */
const THIN = "\u202f";

export const count = (n: number) => whole.format(n);
export const short = (n: number) => (Math.abs(n) < 10_000 ? number(n) : compact.format(n));

export function number(n: number): string {
  if (Number.isInteger(n)) return whole.format(n);
  // Tiny but not zero stays visible, and short.
  if (Math.abs(n) < 1e-4) return `${n < 0 ? "−" : ""}<0.0001`;
  return Math.abs(n) >= 1000 ? whole.format(n) : decimals.format(n);
}

/** A share of 1, in per cent with one decimal; tiny but not zero stays visible. */
export function share(value: number): string {
  const percent = value * 100;
  if (percent !== 0 && Math.abs(percent) < 0.1) return `${percent < 0 ? "−" : ""}<0.1${THIN}%`;
  return `${signed(percent.toFixed(1))}${THIN}%`;
}

/** A difference of two shares, in percentage points. */
export function points(difference: number): string {
  const text = (difference * 100).toFixed(1);
  return `${difference > 0 ? "+" : ""}${signed(text)}${THIN}pt`;
}

const signed = (text: string) => text.replace("-", "−");

/** A length of time in its two largest units: "2 h 10 min". */
export function seconds(value: number): string {
  if (value < 0) return `−${seconds(-value)}`;
  if (value < 1) return value === 0 ? `0${THIN}s` : `${Math.round(value * 1000)}${THIN}ms`;
  const units: [string, number][] = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ];
  const smallest = value < 60 ? 1 : value < 3_600 ? 1 : value < 86_400 ? 60 : 3_600;
  let rest = Math.round(value / smallest) * smallest;
  const parts: string[] = [];
  for (const [unit, length] of units) {
    const n = Math.floor(rest / length);
    rest -= n * length;
    if (n > 0 && parts.length < 2) parts.push(`${n}${THIN}${unit}`);
  }
  return parts.join(" ");
}

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const dayTime = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZone: "UTC",
});

/** A point in time, in UTC as all questions are unless they say otherwise. */
export const time = (instant: string) => valid(instant, (at) => dayTime.format(at));
export const date = (instant: string) => valid(instant, (at) => day.format(at));

function valid(instant: string, write: (at: Date) => string): string {
  const at = new Date(instant);
  return Number.isNaN(at.getTime()) ? instant : write(at);
}

/** How long ago, in words. */
export function ago(instant: string, now = Date.now()): string {
  const past = (now - new Date(instant).getTime()) / 1000;
  if (Number.isNaN(past)) return instant;
  return past < 60 ? "just now" : `${roughly(past)} ago`;
}

/** A length of time in its largest unit, in words: "3 days". */
export function roughly(seconds: number): string {
  const units: [string, number][] = [
    ["year", 31_557_600],
    ["month", 2_629_800],
    ["day", 86_400],
    ["hour", 3_600],
  ];
  const [unit, length] = units.find(([, length]) => seconds >= length) ?? ["minute", 60];
  return plural(Math.floor(seconds / length), unit);
}

/** A figure as its kind says. */
export function figure(value: number, kind: ColumnKind): string {
  switch (kind) {
    case "share":
      return share(value);
    case "seconds":
      return seconds(value);
    case "money":
      return money.format(value);
    case "count":
      return count(value);
    default:
      return number(value);
  }
}

/** A cell of a table as its column's kind says. */
export function cell(value: JsonValue | undefined, kind: ColumnKind): string {
  if (value === null || value === undefined) return "–";
  if (kind === "time" && typeof value === "string") return time(value);
  if (typeof value === "number") return figure(value, kind);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A difference of two figures of a kind, with its sign. */
export function difference(value: number, kind: ColumnKind): string {
  if (kind === "share") return points(value);
  return value > 0 ? `+${figure(value, kind)}` : signed(figure(value, kind));
}

/** An interval of a figure. */
export function interval(low: number, high: number, kind: ColumnKind): string {
  if (kind === "share") return `${signed((low * 100).toFixed(1))}–${share(high)}`;
  return `${figure(low, kind)}–${figure(high, kind)}`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** Several names in a sentence: "a, b and c". */
export function list(names: string[], last = "and"): string {
  if (names.length < 2) return names[0] ?? "";
  return `${names.slice(0, -1).join(", ")} ${last} ${names.at(-1)}`;
}

/** An id for a saved thing from its name. */
export function slug(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
  return plain
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64)
    .replace(/-+$/, "");
}
