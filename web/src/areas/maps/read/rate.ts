// How the rate of a pain or delight is asked for over time, and read from the answer.

import type { JsonObject } from "@/api/contract";
import type { JsonValue, MeasuredMap, Series, Signal } from "@/api/model";
import { spanWords } from "@/words/span";
import type { JourneyMap, Score } from "../declared";

export interface RatePoint {
  /** The month, week or day. */
  label: string;
  value: number;
  low: number;
  high: number;
  /** Of how many. */
  n: number;
  /** Time is not over yet. */
  open: boolean;
}

export interface RateQuestion {
  analysis: "funnel" | "trends";
  /** The question's own fields, without its period and people. */
  own: JsonObject;
  /** What the rate is of, in words. */
  title: string;
  /** What is counted beneath it. */
  counted: "visits" | "customers" | "answers";
  read: (view: Series) => RatePoint[];
}

const DAY_MS = 86_400_000;

type Interval = "day" | "week" | "month";
const daysBetween = (from: string | null, to: string | null) =>
  from && to ? (Date.parse(to) - Date.parse(from)) / DAY_MS : 365;

/** Long enough stretches for a rate to mean something. */
export function rateInterval(from: string | null, to: string | null): Interval {
  const days = daysBetween(from, to);
  return days > 120 ? "month" : days > 28 ? "week" : "day";
}

/** Counts say something of shorter stretches already. */
export function countInterval(from: string | null, to: string | null): Interval {
  const days = daysBetween(from, to);
  return days > 1000 ? "month" : days > 60 ? "week" : "day";
}

/** The rate that a signal speaks of, by when it happened; null where no question gives it. */
export function rateQuestion(map: MeasuredMap, declared: JourneyMap | undefined, signal: Signal): RateQuestion | null {
  const at = signal.touchpoint;
  const touchpoint = at === null ? undefined : map.touchpoints[at];
  const interval = rateInterval(map.from, map.to);
  // A visit is over after a day at the latest.
  const visits = (then: string[]): JsonObject => ({
    unit: "session",
    steps: [{ touchpoint: touchpoint?.id ?? "" }, { touchpoint: then }],
    window: "1d",
    trend: interval,
  });
  switch (signal.what) {
    case "drop_off": {
      const others = map.touchpoints.filter((one) => one !== touchpoint).map(({ id }) => id);
      if (!touchpoint || others.length === 0) return null;
      return {
        analysis: "funnel",
        own: visits(others),
        title: `Visits in which nothing came after ${touchpoint.name}`,
        counted: "visits",
        read: (view) => points(view, (share) => 1 - share),
      };
    }
    case "loop": {
      const earlier = map.touchpoints
        .filter((one, index) => touchpoint && (one.stage - touchpoint.stage || index - (at as number)) < 0)
        .map(({ id }) => id);
      if (!touchpoint || earlier.length === 0) return null;
      return {
        analysis: "funnel",
        own: visits(earlier),
        title: `Visits that went back from ${touchpoint.name}`,
        counted: "visits",
        read: points,
      };
    }
    case "conversion": {
      const next = declared?.stages[signal.stage + 1];
      if (!touchpoint || !next) return null;
      const window = declared?.stages[signal.stage]?.time_limit ?? declared?.window ?? "30d";
      const entry: JsonObject = next.entry ? { where: next.entry as JsonValue } : { stage: next.id };
      return {
        analysis: "funnel",
        own: { steps: [{ touchpoint: touchpoint.id }, entry], window, trend: interval },
        title: `Went on to ${next.name} within ${spanWords(window)} of ${touchpoint.name}`,
        counted: "customers",
        read: points,
      };
    }
    case "score": {
      const stage = map.stages[signal.stage]?.id;
      const [score] = (declared?.scores ?? []).filter((one) => one.stage === stage);
      if (!score) return null;
      const measure = (show: "mean" | "events"): JsonObject => ({
        of: { where: score.when as JsonValue },
        show,
        ...(show === "mean" ? { property: score.property } : {}),
      });
      return {
        analysis: "trends",
        own: { measures: [measure("mean"), measure("events")], interval },
        title: `${score.name}, from −1 to +1`,
        counted: "answers",
        read: (view) => points(view, (mark) => feelingOf(mark, score)),
      };
    }
    default:
      return null;
  }
}

const feelingOf = (mark: number, { scale: [worst, best] }: Score) => ((mark - worst) / (best - worst)) * 2 - 1;

/** The first line is the rate, the second of how many; what comes before the first of them is left out. */
function points(view: Series, as: (value: number) => number = (value) => value): RatePoint[] {
  const [rate, of] = view.lines;
  const labels = "calendar" in view.axis ? view.axis.calendar.labels : [];
  return labels.flatMap((label, at) => {
    const value = rate?.values[at];
    if (value == null) return [];
    const [low, high] = rate?.intervals?.[at] ?? [value, value];
    const ends = [as(low), as(high)];
    return {
      label,
      value: as(value),
      low: Math.min(...ends),
      high: Math.max(...ends),
      n: of?.values[at] ?? 0,
      open: view.unfinished_from != null && at >= view.unfinished_from,
    };
  });
}
