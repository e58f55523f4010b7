// The people of a place as a condition on customers: what can be said so, and why the rest cannot.

import type { JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";

export type Expressed = { condition: JsonObject } | { why: string };

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A condition for those who stand at a place, as of the end of the question's period. */
export function segmentOf(analysis: string, asked: JsonObject, at: JsonObject): Expressed {
  const { group, compared, ...place } = at;
  const question = compared === true ? otherSide(asked) : asked;
  if (typeof question === "string") return { why: question };
  const belongs = group === undefined ? [] : groupConditions(question, group);
  if (typeof belongs === "string") return { why: belongs };
  if (question.unit !== undefined && question.unit !== "customer") {
    return { why: "A segment is made of customers, and this answer counts something else." };
  }
  if (place.all === true) return { why: "Who was counted here takes more than one condition to say." };
  if (question.sample !== undefined) return { why: "The answer is of a sample; ask for everybody first." };
  const own = condition(analysis, question, place);
  if (typeof own === "string") return { why: own };
  const all = [...(question.segment === undefined ? [] : [question.segment]), ...belongs, own];
  return { condition: all.length === 1 ? own : { and: all } };
}

/** The question as it is asked of the other side of its comparison; else why a segment cannot speak of that. */
function otherSide(question: JsonObject): JsonObject | string {
  const { compare, ...rest } = question;
  if (isObject(compare) && compare.segment != null) return { ...rest, segment: compare.segment };
  return "These people are of another time. Set the period to that time first.";
}

/** What somebody of a group of the breakdown has; else why that cannot be said. */
function groupConditions(question: JsonObject, group: JsonValue): JsonValue[] | string {
  const breakdown = Array.isArray(question.breakdown) ? question.breakdown : [];
  const names = Array.isArray(group) ? group : [group];
  const conditions: JsonValue[] = [];
  for (const [index, by] of breakdown.entries()) {
    const name = names[index];
    if (isObject(by) && typeof by.trait === "string") {
      // The group has the value's text. Where the value is no text, the count beside the new segment tells.
      if (name === NO_VALUE) conditions.push({ trait: by.trait, exists: false });
      else conditions.push({ trait: by.trait, is: name ?? "" });
    } else if (isObject(by) && isObject(by.segments) && typeof name === "string" && by.segments[name] != null) {
      conditions.push(by.segments[name] as JsonValue);
    } else {
      return "To which group of this breakdown somebody belongs cannot be said in a segment.";
    }
  }
  return conditions;
}

/** What the server calls a value that is not there. */
const NO_VALUE = "(none)";

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
    case "stages":
    case "reach":
      return ofMap(place);
    case "loops":
      return place.who === undefined || place.who === "have"
        ? { did: within(named(question, place.name ?? "")) }
        : "That somebody repeated something or returned to it cannot be said in a segment.";
    case "segments":
      return ofSegments(question, place);
    case "findings":
      return ON_VISITS;
    case "rfm":
      return ofRfm(question, place, within);
    default:
      return "What this place means cannot be said as a condition on customers.";
  }
}

const ON_VISITS = "What happened to them on a visit cannot be said as a condition on customers.";

function ofMap(place: JsonObject): JsonObject | string {
  if (place.signal !== undefined) return ON_VISITS;
  if (place.touchpoint === undefined && place.stage !== undefined && (place.who ?? "entered") !== "entered")
    return "Who went on, went back or stopped follows from the order of the stages, which a segment does not know.";
  const parts: JsonObject[] = [];
  if (place.persona != null) parts.push({ member: place.persona });
  if (place.touchpoint != null) parts.push({ did: { touchpoint: place.touchpoint } });
  else if (place.stage != null) parts.push({ did: { stage: place.stage } });
  return parts.length === 1 ? (parts[0] as JsonObject) : { and: parts };
}

function ofSegments({ segments }: JsonObject, place: JsonObject): JsonObject | string {
  const conditionOf = (name: JsonValue) => (isObject(segments) ? segments[String(name)] : undefined);
  const names = (value: JsonValue | undefined) => (Array.isArray(value) ? value : []);
  const belong = names(place.in).map(conditionOf);
  const not = names(place.not_in).map(conditionOf);
  if ([...belong, ...not].includes(undefined))
    return "These are personas of the map: compare or filter by them instead.";
  const all = [...belong, ...not.map((condition) => ({ not: condition as JsonValue }))] as JsonValue[];
  return all.length === 1 && isObject(all[0]) ? all[0] : { and: all };
}

/** How often somebody bought is a number of events; how lately and how much is reckoned otherwise than conditions do. */
function ofRfm(question: JsonObject, place: JsonObject, within: (step: JsonValue) => JsonValue): JsonObject | string {
  if (place.scored !== "purchases")
    return "How lately somebody bought as against all others, and how much that was, cannot be said in a segment.";
  const ends = [place.cuts, question.cuts].map((cuts) => isObject(cuts) && cuts.purchases).find(Array.isArray) ?? [];
  const score = Number(place.score);
  const [above, most] = [ends[score - 2], ends[score - 1]];
  return {
    did: within(stepCondition(question.purchase ?? {})),
    ...(above === undefined ? {} : { at_least: Number(above) + 1 }),
    ...(most === undefined ? {} : { at_most: most }),
  };
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
