// The people of a place as a condition on customers: what can be said so, and why the rest cannot.

import type { JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";

export type Expressed = { condition: JsonObject } | { why: string };

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A condition for those who stand at a place, as of the end of the question's period. */
export function segmentOf(analysis: string, question: JsonObject, place: JsonObject): Expressed {
  if (question.unit !== undefined && question.unit !== "customer") {
    return { why: "A segment is made of customers, and this answer counts something else." };
  }
  if (question.sample !== undefined) return { why: "The answer is of a sample; ask for everybody first." };
  const own = condition(analysis, question, place);
  if (typeof own === "string") return { why: own };
  const all = question.segment === undefined ? own : { and: [question.segment, own] as JsonValue[] };
  return { condition: all };
}

/** The condition, or why there is none. */
function condition(analysis: string, question: JsonObject, place: JsonObject): JsonObject | string {
  const within = (step: JsonValue) => (question.filter === undefined ? step : { and: [step, question.filter] });
  switch (analysis) {
    case "overview": {
      const head =
        { events: "event", touchpoints: "touchpoint", channels: "channel" }[String(question.of ?? "events")] ?? "event";
      return { did: within({ [head]: place.name ?? "" }) };
    }
    case "trends": {
      if (place.at !== undefined)
        return "A segment speaks of the whole period, not of one stretch of it. Set the period to that stretch.";
      const measures = Array.isArray(question.measures) ? question.measures : [];
      const measure = measures[Number(place.measure) - 1];
      return { did: within(isObject(measure) && measure.of != null ? stepCondition(measure.of) : { and: [] }) };
    }
    case "follows": {
      if (Array.isArray(place.edge)) {
        if (question.eventually !== true)
          return "That one thing came directly after another cannot be said in a segment.";
        return { sequence: place.edge.map((name) => within(named(question, name))) };
      }
      if (place.node === undefined) return "With what a journey begins or ends cannot be said in a segment.";
      return { did: within(named(question, place.node)) };
    }
    case "funnel":
      return funnel(question, place, within);
    case "map":
      return ofMap(place);
    default:
      return "What this place means cannot be said as a condition on customers.";
  }
}

function ofMap(place: JsonObject): JsonObject | string {
  if (place.touchpoint === undefined && place.stage !== undefined && (place.who ?? "entered") !== "entered")
    return "Who went on, went back or stopped follows from the order of the stages, which a segment does not know.";
  const parts: JsonObject[] = [];
  if (place.persona != null) parts.push({ member: place.persona });
  if (place.touchpoint != null) parts.push({ did: { touchpoint: place.touchpoint } });
  else if (place.stage != null) parts.push({ did: { stage: place.stage } });
  return parts.length === 1 ? (parts[0] as JsonObject) : { and: parts };
}

function named(question: JsonObject, name: JsonValue): JsonObject {
  const head = { touchpoints: "touchpoint", channels: "channel" }[String(question.of)] ?? "event";
  return { [head]: name };
}

function funnel(question: JsonObject, place: JsonObject, within: (step: JsonValue) => JsonValue): JsonObject | string {
  if (place.at !== undefined) return "A segment speaks of the whole period, not of one stretch of it.";
  const steps = Array.isArray(question.steps) ? question.steps : [];
  const strict = ["exclude", "hold", "sessions", "grace"].find((name) => {
    const value = question[name];
    return value != null && !(Array.isArray(value) && value.length === 0);
  });
  if (strict) return `The funnel's setting “${strict}” cannot be said in a segment.`;
  if (question.mode !== undefined && question.mode !== "default")
    return "How strictly these steps follow each other cannot be said in a segment.";
  if (question.attempts !== undefined && question.attempts !== "best")
    return "Which attempt counts cannot be said in a segment.";
  if (steps.some((step) => isObject(step) && step.optional === true))
    return "Steps that may be left out cannot be said in a segment.";
  const upTo = (n: number): JsonObject => {
    const conditions = steps.slice(0, n).map((step) => within(stepCondition(step)));
    return n === 1 ? { did: conditions[0] ?? "" } : { sequence: conditions, within: question.window ?? "7d" };
  };
  const step = Number(place.step);
  if (place.who !== "stopped" || step >= steps.length) return upTo(step);
  return { and: [upTo(step), { not: upTo(step + 1) }] };
}

/** A step of a question as a condition on events. */
export function stepCondition(step: JsonValue): JsonObject {
  if (!isObject(step)) return { and: [] };
  const parts: JsonObject[] = [];
  for (const head of ["event", "touchpoint", "stage"] as const) {
    if (step[head] != null) parts.push({ [head]: step[head] as JsonValue });
  }
  if (step.where != null) parts.push(isObject(step.where) ? step.where : { event: step.where });
  return parts.length === 1 ? (parts[0] as JsonObject) : { and: parts };
}
