// What is across a series, in words.

import type { Axis } from "@/api/model";
import { date, number, seconds } from "@/words/format";

export function axisLabels(axis: Axis): string[] {
  if ("calendar" in axis) return axis.calendar.labels;
  if ("seconds" in axis) return axis.seconds.map(seconds);
  if ("numbers" in axis) return axis.numbers.map(number);
  return axis.names;
}

export function axisName(axis: Axis): string {
  if ("calendar" in axis) return axis.calendar.interval;
  if ("seconds" in axis) return "within";
  return "";
}

const month = new Intl.DateTimeFormat("en-GB", { month: "short", timeZone: "UTC" });

/** A label short enough for the axis: "6 Jan", "Mar", "2025 Q1". */
export function tickLabel(axis: Axis, index: number): string {
  const label = axisLabels(axis)[index] ?? "";
  if (!("calendar" in axis)) return label;
  const { interval } = axis.calendar;
  if (interval === "month") {
    const at = new Date(`${label}-01T00:00:00Z`);
    if (Number.isNaN(at.getTime())) return label;
    return at.getUTCMonth() === 0 || index === 0 ? `${month.format(at)} ${at.getUTCFullYear()}` : month.format(at);
  }
  if (interval === "day" || interval === "week") return date(label).replace(/ \d{4}$/, "");
  if (interval === "hour") return label.slice(-5);
  return label;
}

/** Which of so many points get a label, so that none touch: evenly spaced from the first. */
export function ticks(points: number, width: number, eachWidth = 72): number[] {
  const room = Math.max(1, Math.floor(width / eachWidth));
  const every = Math.max(1, Math.ceil(points / room));
  return Array.from({ length: Math.ceil(points / every) }, (_, tick) => tick * every);
}
