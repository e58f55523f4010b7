// The analyses as the gallery shows them, grouped by what one wants to know. An analysis that the server has and that is
// not named here is shown at the end, under its own name.

import type { Analysis, JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";
import { LISTED } from "@/charts/comments";

export interface Shown {
  name: string;
  title: string;
  asks: string;
}

export const GROUPS: { question: string; analyses: Shown[] }[] = [
  {
    question: "Who gets through?",
    analyses: [
      { name: "funnel", title: "Funnel", asks: "How many go from step to step, and where do they stop?" },
      {
        name: "time_to_convert",
        title: "Time to convert",
        asks: "How long does it take to get there, counting those who have not yet?",
      },
      {
        name: "sequence",
        title: "Sequence",
        asks: "How many did one thing and then another, within or after some time?",
      },
      {
        name: "correlation",
        title: "What goes with success",
        asks: "Which earlier events go with reaching a goal or missing it?",
      },
    ],
  },
  {
    question: "Which ways do they go?",
    analyses: [
      { name: "paths", title: "Paths", asks: "Which ways are gone from here, to there, or between the two?" },
      { name: "follows", title: "Journey graph", asks: "What comes after what, how often, and after how long?" },
      { name: "variants", title: "Variants", asks: "Which whole journeys are the most frequent?" },
    ],
  },
  {
    question: "Who comes back?",
    analyses: [
      { name: "retention", title: "Retention", asks: "Who comes back after how many days, weeks or months?" },
      { name: "lifecycle", title: "Lifecycle", asks: "Who is new, returning, back after a pause, or fallen silent?" },
      { name: "stickiness", title: "Stickiness", asks: "On how many days, weeks or months is somebody active?" },
    ],
  },
  {
    question: "How much, and when?",
    analyses: [
      { name: "trends", title: "Trends", asks: "How many events or customers, or how much of something, over time?" },
      { name: "sessions", title: "Sessions", asks: "How many visits, how long, how many of a single event?" },
      { name: "overview", title: "Overview", asks: "Which events are there, of how many, and where in the journey?" },
    ],
  },
  {
    question: "Where does it hurt?",
    analyses: [
      {
        name: "findings",
        title: "Findings",
        asks: "What hurts and what delights: whom, since when, how sure, and what does it cost?",
      },
      { name: "bottlenecks", title: "Bottlenecks", asks: "Between which steps does most time pass?" },
      { name: "loops", title: "Loops", asks: "What is repeated at once, or returned to?" },
    ],
  },
  {
    question: "What do they say, and how do we do?",
    analyses: [
      {
        name: "comments",
        title: "Comments",
        asks: "How do customers feel, what about, and what do they say?",
      },
      {
        name: "kpis",
        title: "Key figures",
        asks: "NPS, CSAT, effort, conversion, retention, revenue: how sure, and is the target met?",
      },
    ],
  },
  {
    question: "What is it worth?",
    analyses: [
      {
        name: "attribution",
        title: "Attribution",
        asks: "Which channels are conversions credited to, by which model, and at what cost?",
      },
      {
        name: "lifetime",
        title: "Lifetime value",
        asks: "What were customers worth, and what will they still be worth?",
      },
      { name: "rfm", title: "How lately, how often, how much", asks: "Who are the champions, and who is at risk?" },
      {
        name: "survival",
        title: "Survival",
        asks: "How long until something happens or somebody is lost, and what makes it sooner?",
      },
    ],
  },
  {
    question: "What would happen?",
    analyses: [
      {
        name: "what_if",
        title: "What if",
        asks: "What would become of conversions if a step were mended, removed or faster?",
      },
      { name: "next_action", title: "Next action", asks: "What is best done next for those who are under way?" },
      { name: "experiment", title: "Experiment", asks: "What did each arm bring, how sure is it, and what now?" },
    ],
  },
  {
    question: "How far along the map?",
    analyses: [
      { name: "stages", title: "Stages", asks: "How many enter each stage, go on, go back or drop off?" },
      { name: "reach", title: "Reach", asks: "How many does each touchpoint touch?" },
      { name: "segments", title: "Segments", asks: "How many belong to each segment, and to two of them?" },
      { name: "personas", title: "Personas", asks: "Which customers or journeys are alike, and what sets them apart?" },
      {
        name: "conformance",
        title: "Conformance",
        asks: "Do customers do what was designed, and where do they leave it?",
      },
    ],
  },
];

const ALL = new Map(GROUPS.flatMap((group) => group.analyses).map((one) => [one.name, one]));

export const titleOf = (name: string) => ALL.get(name)?.title ?? name.replaceAll("_", " ");
export const asksOf = (name: string, analyses: readonly Analysis[] | undefined) =>
  ALL.get(name)?.asks ?? analyses?.find((one) => one.name === name)?.about ?? "";

/** The gallery for what this server has; the map itself is an area of its own. */
export function gallery(analyses: readonly Analysis[]): typeof GROUPS {
  const there = new Set(analyses.map(({ name }) => name));
  const known = GROUPS.map((group) => ({ ...group, analyses: group.analyses.filter(({ name }) => there.has(name)) }));
  const others = analyses.filter(({ name }) => !ALL.has(name) && name !== "map");
  const rest = others.map(({ name, about }) => ({ name, title: titleOf(name), asks: about }));
  return [...known, { question: "And more", analyses: rest }].filter((group) => group.analyses.length > 0);
}

/** Names of events that a question speaks of. */
export function eventsIn(value: JsonValue): string[] {
  if (Array.isArray(value)) return value.flatMap(eventsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([field, inner]) =>
    field === "event"
      ? Array.isArray(inner)
        ? inner.map(String)
        : typeof inner === "string"
          ? [inner]
          : []
      : eventsIn(inner),
  );
}

/**
 * What a new question begins with: the analysis's example if its events are in the data (without names that are not),
 * else nothing that would have to be guessed.
 */
export function firstQuestion(analysis: Analysis, events: readonly string[]): JsonObject {
  const there = new Set(events);
  const kept = keepEvents(analysis.example, there) as JsonObject;
  const lost = eventsIn(analysis.example).length > 0 && eventsIn(kept).length < stepsOf(analysis.example);
  if (lost) return {};
  return analysis.name === "comments" ? { ...kept, list: LISTED } : kept;
}

const stepsOf = (question: JsonObject) => (Array.isArray(question.steps) ? question.steps.length : 1);

function keepEvents(value: JsonValue, there: ReadonlySet<string>): JsonValue {
  if (Array.isArray(value)) return value.map((one) => keepEvents(one, there));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => {
      if (field !== "event" || !Array.isArray(inner)) return [field, keepEvents(inner, there)];
      return [field, inner.filter((name) => there.has(String(name)))];
    }),
  );
}

/** Whether all go on somewhere from a place that is put in. */
function goOn({ add }: JsonObject): boolean {
  const { onward = [] } = (add ?? {}) as { onward?: { share: number }[] };
  return add === undefined || Math.abs(onward.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-6;
}

/** What a question still lacks before it can be asked, in words; null when it is complete. */
export function lacks(analysis: string, question: JsonObject): string | null {
  const filled = (step: JsonValue | undefined) =>
    typeof step === "object" &&
    step !== null &&
    !Array.isArray(step) &&
    ["event", "touchpoint", "stage", "where"].some((head) => {
      const names = step[head];
      return names != null && !(Array.isArray(names) && names.length === 0);
    });
  switch (analysis) {
    case "funnel":
    case "sequence": {
      const steps = Array.isArray(question.steps) ? question.steps : [];
      if (steps.length < 2) return "Choose at least two steps.";
      return steps.every(filled) ? null : "Choose what each step is.";
    }
    case "time_to_convert":
    case "correlation":
      return filled(question.goal) ? null : "Choose what they are to reach.";
    case "what_if": {
      if (!filled(question.conversion)) return "Choose what a conversion is.";
      const edits = ((question.scenarios ?? []) as JsonObject[]).flatMap(({ edits }) => (edits ?? []) as JsonObject[]);
      if (JSON.stringify(edits).includes('""')) return "Choose where each change is, and what is put in.";
      return edits.every(goOn) ? null : "The ways on from a place that is put in are to be 100 % together.";
    }
    case "attribution":
    case "next_action":
      return filled(question.conversion) ? null : "Choose what a conversion is.";
    case "conformance":
      return (question.model ?? "stages") === "stages" && question.map === undefined && question.declared === undefined
        ? "Choose a map, or another design: the stages are those of a map."
        : null;
    case "lifetime":
    case "rfm":
      return filled(question.purchase) ? null : "Choose what a purchase is.";
    case "survival":
      if (question.churn === undefined && !filled(question.event)) return "Choose what is waited for.";
      return (question.show ?? "curves") === "curves" ||
        (Array.isArray(question.covariates) && question.covariates.length > 0)
        ? null
        : "Add a covariate: what may make it happen sooner.";
    case "experiment": {
      const metrics = Array.isArray(question.metrics) ? (question.metrics as JsonObject[]) : [];
      if (!filled(question.exposure) || !question.arm) return "Choose what assigned customers to an arm.";
      if (!question.control) return "Write the name of the arm that is the control.";
      if (metrics.length === 0) return "Add a metric.";
      return metrics.every(({ event, of }) => filled(event) && (of === undefined || filled(of)))
        ? null
        : "Choose what each metric counts.";
    }
    case "trends":
      return Array.isArray(question.measures) && question.measures.length > 0 ? null : "Choose what is measured.";
    case "segments": {
      const { segments } = question;
      const none = typeof segments !== "object" || segments === null || Object.keys(segments).length === 0;
      return none && question.map === undefined && question.declared === undefined
        ? "Add a segment, or choose a map: its personas are segments too."
        : null;
    }
    default:
      return null;
  }
}
