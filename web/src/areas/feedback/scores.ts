// The scores that a map declares, and questions about them.

import type { JsonObject, Vocabulary } from "@/api/contract";
import type { JsonValue } from "@/api/model";

export interface Score {
  name: string;
  when: JsonValue;
  property: string;
  scale: [worst: number, best: number];
  comment?: string | null;
  stage?: string | null;
}

/** How a score went, month by month. */
export function scoreQuestion(score: Score): JsonObject {
  return {
    measures: [{ of: stepOf(score.when), show: "mean", property: score.property }],
    interval: "month",
  };
}

/** A condition on events as a step of a question. */
function stepOf(when: JsonValue): JsonObject {
  if (typeof when === "string") return { event: when };
  const fields = when as JsonObject;
  const known = Object.keys(fields).every((name) => name === "event" || name === "where");
  return known && fields.event !== undefined ? fields : { where: fields };
}

const NAMES = /(^|_)(score|rating|stars?|nps|csat|ces|satisfaction|grade|sentiment)($|_)/i;

/** A property that might be a score, by its name and type. */
export const looksLikeScore = ({ name, kind }: Vocabulary["properties"][number]) =>
  kind === "number" && NAMES.test(name);
