// What is read off comments.

import type { Comments, CommentTheme, Interval, MoodThen, ReadComment, Tone } from "@/api/model";
import type { ViewOf } from "./layers";

/** So many of the newest are asked for at first. */
export const LISTED = 50;
/** So many are shown at first, and each time that more are wanted. */
export const SHOWN: readonly [number, ...number[]] = [10, LISTED, 200];

export const TONES: readonly Tone[] = ["negative", "neutral", "positive"];

/** Labels that people gave, by the hash of the words. */
export type Labels = ReadonlyMap<string, Tone>;

/** How a comment is meant: what people have just said goes before the answer, which comes later. */
export const toneOf = ({ hash, label }: ReadComment, labels: Labels): Tone | null => labels.get(hash) ?? label;

/** The share of negative ones over time, for the chart of lines; nothing where there is no time to go by. */
export function negativeOverTime({ over_time }: Comments, interval: Interval): ViewOf<"series"> | null {
  const shares = over_time.map(({ mood }) => mood.negative);
  if (shares.filter(Boolean).length < 2) return null;
  const unfinished = over_time.findIndex((then) => then.unfinished);
  return {
    shape: "series",
    axis: {
      calendar: { interval, starts: over_time.map(({ start }) => start), labels: over_time.map(({ name }) => name) },
    },
    lines: [
      {
        name: "negative",
        kind: "share",
        values: shares.map((share) => share?.value ?? null),
        intervals: shares.map((share) => share && [share.low, share.high]),
      },
    ],
    style: "lines",
    unfinished_from: unfinished < 0 ? null : unfinished,
  };
}

/** How often a theme came up over time, in words. */
export function trendWords({ name, trend }: CommentTheme, times: readonly MoodThen[]): string {
  return `“${name}” from ${times[0]?.name} to ${times[trend.length - 1]?.name}: ${trend.join(", ")} comments`;
}
