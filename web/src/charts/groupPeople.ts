// Who all of a group are, to be opened where the table of the groups counts them.

import type { JsonObject } from "@/api/contract";
import type { Answer, JsonValue } from "@/api/model";
import type { PeopleOf } from "./People";
import type { Declared } from "./places";
import { stepCondition } from "./segmentOf";

/** What a question about the same people keeps. */
const SAME = [
  "from",
  "to",
  "segment",
  "filter",
  "sample",
  "unit",
  "breakdown",
  "groups",
  "timezone",
  "week_start",
  "map",
  "declared",
];

interface Known {
  map?: Declared;
  /** All channels there are. */
  channels?: readonly string[];
}

/**
 * How to ask for all of a group. Where they can be said as a place of the answer's own, or as those with any event that
 * the answer counts, they can be kept as a segment; else they are just all that were counted.
 */
export function groupPeople(
  answer: Answer,
  question: JsonObject,
  group: string[],
  known: Known,
): Omit<PeopleOf, "title"> {
  const { analysis } = answer;
  const everybody = { analysis, question, place: { all: true, group } };
  const own = ownPlace(analysis);
  if (own) return { analysis, question, place: { ...own, group } };
  const of = counted(answer, question, known);
  if (of === null) return everybody;
  const same = Object.fromEntries(
    SAME.filter((name) => question[name] !== undefined).map((name) => [name, question[name]]),
  );
  const from = analysis === "lifecycle" ? beforeFirst(answer, question) : undefined;
  if (from === null) return everybody;
  const asked = { ...same, ...(from ? { from } : {}), measures: [{ of: { where: of }, show: "customers" }] };
  return { analysis: "trends", question: { ...asked, interval: "year" } as JsonObject, place: { measure: 1, group } };
}

/** The place of an analysis at which all are counted. */
function ownPlace(analysis: string): JsonObject | null {
  switch (analysis) {
    case "funnel":
      return { step: 1 };
    case "stickiness":
      return { active: 1, or_more: true };
    case "retention":
    case "sessions":
    case "segments":
    case "stages":
    case "reach":
      return {};
    default:
      return null;
  }
}

const ANY: JsonObject = { and: [] };
const isStep = (value: JsonValue | undefined): value is JsonObject => value !== undefined && value !== null;

/** The events of which somebody must have one to be counted. */
function counted({ analysis }: Answer, question: JsonObject, known: Known): JsonObject | null {
  switch (analysis) {
    case "trends": {
      const steps = (question.measures as JsonObject[]).map(({ of }) => (isStep(of) ? stepCondition(of) : ANY));
      return steps.length === 1 ? (steps[0] ?? null) : { or: steps };
    }
    case "lifecycle":
      return isStep(question.of) ? stepCondition(question.of) : ANY;
    case "time_to_convert":
      return isStep(question.start) ? stepCondition(question.start) : ANY;
    case "paths": {
      const { start, end, without, together } = question;
      const names = start ?? end;
      if (names == null && without == null) return shownOf(question, known);
      // From here to there is more than to have both.
      if (together != null || (start != null && end != null) || (question.of ?? "events") !== "events") return null;
      const parts = [names == null ? ANY : { event: names }, ...(without == null ? [] : [{ not: { event: without } }])];
      return { and: parts };
    }
    case "variants":
    case "follows":
      return shownOf(question, known);
    default:
      return null;
  }
}

/** Every event of a sequence: all, or those that are of a touchpoint or a channel. */
function shownOf({ of }: JsonObject, { map, channels }: Known): JsonObject | null {
  if (of === "touchpoints") return map?.touchpoints ? { touchpoint: map.touchpoints.map(({ id }) => id) } : null;
  if (of === "channels") return channels ? { channel: [...channels] } : null;
  return ANY;
}

const MONTHS: Record<string, number> = { month: 1, quarter: 3, year: 12 };

/**
 * Who was active right before the period is dormant at its beginning, and counted: when the stretch before begins.
 * Undefined where there is none before; null where that cannot be said.
 */
function beforeFirst({ view }: Answer, question: JsonObject): string | undefined | null {
  if (question.from === undefined) return undefined;
  const start = view.shape === "series" && "calendar" in view.axis ? view.axis.calendar.starts[0] : undefined;
  // What is first in the period is another thing in a longer one.
  const steady = ((question.breakdown ?? []) as JsonValue[]).every(
    (by) => typeof by === "object" && by !== null && "trait" in by,
  );
  if (!start || !steady || (question.timezone ?? "UTC") !== "UTC") return null;
  const at = new Date(start);
  const interval = String(question.interval ?? "week");
  if (MONTHS[interval]) at.setUTCMonth(at.getUTCMonth() - MONTHS[interval]);
  else if (interval === "day" || interval === "week") at.setUTCDate(at.getUTCDate() - (interval === "day" ? 1 : 7));
  else return null;
  return at.toISOString();
}
