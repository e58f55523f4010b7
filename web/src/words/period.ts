// Periods as they stand in the address: a preset ("30d") or two days ("2025-01-01..2025-03-31", both included).

import { date } from "./format";

export const PRESETS = {
  day: { name: "Newest day", key: "D" },
  "7d": { name: "7 days", key: "W" },
  "30d": { name: "30 days", key: "T" },
  "90d": { name: "90 days", key: "N" },
  month: { name: "Month to date", key: "M" },
  year: { name: "Year to date", key: "Y" },
  "12mo": { name: "12 months", key: "L" },
  all: { name: "All time", key: "A" },
} as const;
export type Preset = keyof typeof PRESETS;

/** Days as `YYYY-MM-DD`; `to` is the first day that does not belong any more, as questions have it. */
export interface Days {
  from: string;
  to: string;
}

const DAY_MS = 86_400_000;
const CUSTOM = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/;

export const isPreset = (text: string): text is Preset => Object.hasOwn(PRESETS, text);

/** Whether a text of an address is a period. */
export function isPeriod(text: string): boolean {
  if (isPreset(text)) return true;
  const days = CUSTOM.exec(text);
  return days !== null && isDay(days[1]) && isDay(days[2]) && days[1] <= days[2];
}

function isDay(text: string | undefined): text is string {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && iso(at) === text;
}

const iso = (at: Date) => at.toISOString().slice(0, 10);
const utc = (day: string) => new Date(`${day}T00:00:00Z`);
const plusDays = (day: string, n: number) => iso(new Date(utc(day).getTime() + n * DAY_MS));

function plusMonths(day: string, n: number): string {
  const at = utc(day);
  const wanted = at.getUTCDate();
  at.setUTCDate(1);
  at.setUTCMonth(at.getUTCMonth() + n);
  const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  at.setUTCDate(Math.min(wanted, last));
  return iso(at);
}

/** The two days of a custom period. */
export const customPeriod = (first: string, last: string) => `${first}..${last}`;

/**
 * The day that presets count back from: today, or the day of the newest event when the data ends before, so that an old
 * import is not empty.
 */
export function newestDay(watermark: string | null | undefined, now = new Date()): string {
  const today = iso(now);
  const newest = watermark?.slice(0, 10);
  return newest && newest < today ? newest : today;
}

/** Which days a period means; null for all time. */
export function daysOf(period: string | undefined, newest: string): Days | null {
  const custom = CUSTOM.exec(period ?? "");
  if (custom?.[1] && custom[2]) return { from: custom[1], to: plusDays(custom[2], 1) };
  if (period === undefined || period === "all") return null;
  const end = plusDays(newest, 1);
  switch (period) {
    case "day":
      return { from: newest, to: end };
    case "7d":
      return { from: plusDays(end, -7), to: end };
    case "30d":
      return { from: plusDays(end, -30), to: end };
    case "90d":
      return { from: plusDays(end, -90), to: end };
    case "month":
      return { from: `${newest.slice(0, 7)}-01`, to: end };
    case "year":
      return { from: `${newest.slice(0, 4)}-01-01`, to: end };
    case "12mo":
      return { from: plusMonths(`${newest.slice(0, 7)}-01`, -11), to: end };
    default:
      return null;
  }
}

/** The period of the same sort before or after; whole months and years stay whole. Null where there is none. */
export function shifted(period: string | undefined, direction: -1 | 1, newest: string): string | null {
  const days = daysOf(period, newest);
  if (!days) return null;
  const months = wholeMonths(period, days);
  const from = months ? plusMonths(days.from, direction * months) : plusDays(days.from, direction * length(days));
  const to = months ? plusMonths(from, months) : plusDays(from, length(days));
  if (direction === 1 && from > newest) return null;
  return customPeriod(from, plusDays(to, -1));
}

const length = ({ from, to }: Days) => Math.round((utc(to).getTime() - utc(from).getTime()) / DAY_MS);

function wholeMonths(period: string | undefined, { from, to }: Days): number {
  if (period === "month") return 1;
  if (period === "year") return 12;
  if (!from.endsWith("-01") || !to.endsWith("-01")) return 0;
  const [a, b] = [utc(from), utc(to)];
  return (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth();
}

/** What a period is called. */
export function periodName(period: string | undefined): string {
  const custom = CUSTOM.exec(period ?? "");
  if (custom?.[1] && custom[2]) return rangeName(custom[1], custom[2]);
  return PRESETS[isPreset(period ?? "") ? (period as Preset) : "all"].name;
}

/** Two days, without saying twice what they share. */
export function rangeName(first: string, last: string): string {
  if (first === last) return date(first);
  const [a, b] = [date(first), date(last)];
  if (first.slice(0, 4) === last.slice(0, 4)) return `${a.replace(/ \d{4}$/, "")} – ${b}`;
  return `${a} – ${b}`;
}
