// At which places of an answer people are counted. Each analysis has its own; these are the schemas of /api/analyses.

import type { JsonObject } from "@/api/contract";
import type { Answer, JsonValue, Line, Series } from "@/api/model";

/** The place of a point of a line, and what to call it; null where nobody is counted. */
export function seriesPlace(
  answer: Answer,
  line: Line,
  index: number,
  point: number,
): { place: JsonObject; title: string } | null {
  if (answer.view.shape !== "series") return null;
  const { axis } = answer.view;
  const at = "calendar" in axis ? axis.calendar.starts[point] : undefined;
  const label = "calendar" in axis ? (axis.calendar.labels[point] ?? "") : "";
  switch (answer.analysis) {
    case "trends": {
      // Lines beyond the measures are formulas: they count nobody.
      const measures = fields(answer).measures;
      if (at === undefined || !Array.isArray(measures) || index >= measures.length) return null;
      return { place: { measure: index + 1, at }, title: `${line.name}, ${label}` };
    }
    case "lifecycle":
      return at === undefined ? null : { place: { at, phase: line.name }, title: `${line.name}, ${label}` };
    case "funnel": {
      const steps = fields(answer).steps;
      if (at === undefined || !Array.isArray(steps)) return null;
      // The first line is the share, then those who entered, then those who converted.
      const step = index === 1 ? 1 : steps.length;
      return { place: { step, at }, title: `${index === 1 ? "Entered" : "Converted"}, ${label}` };
    }
    case "sessions":
      if (at === undefined) return null;
      return line.name === "of a single event"
        ? { place: { at, single: true }, title: `Sessions of a single event, ${label}` }
        : { place: { at }, title: `Sessions, ${label}` };
    case "time_to_convert":
      return { place: { converted: true, point: point + 1 }, title: `Got there in stretch ${point + 1}` };
    case "stickiness": {
      const active = "numbers" in axis ? axis.numbers[point] : undefined;
      if (active === undefined) return null;
      const orMore = line.kind === "share";
      return { place: { active, or_more: orMore }, title: `Active in ${orMore ? "at least " : ""}${active}` };
    }
    default:
      return null;
  }
}

/** The place of a row of a table. */
export function rowPlace(answer: Answer, row: JsonValue[]): JsonObject | null {
  const [first, second] = row;
  if (typeof first !== "string") return null;
  switch (answer.analysis) {
    case "overview":
    case "loops":
      return { name: first };
    case "correlation":
      return { name: first, reached: true };
    case "bottlenecks":
      return typeof second === "string" ? { from: first, to: second } : null;
    default:
      return null;
  }
}

/** When the cohort of a name begins, as the question cuts time. */
export function cohortStart(name: string): string | null {
  const quarter = /^(\d{4}) Q([1-4])$/.exec(name);
  if (quarter) return `${quarter[1]}-${String((Number(quarter[2]) - 1) * 3 + 1).padStart(2, "0")}-01T00:00:00Z`;
  const date = /^(\d{4})(-\d{2})?(-\d{2})?(?: (\d{2}:\d{2}))?$/.exec(name);
  if (!date) return null;
  return `${date[1]}${date[2] ?? "-01"}${date[3] ?? "-01"}T${date[4] ?? "00:00"}:00Z`;
}

/** Whether times of the answer are UTC; of another zone the name of a cohort does not say when it begins. */
export const inUtc = (answer: Answer) => (fields(answer).timezone ?? "UTC") === "UTC";

function fields(answer: Answer): JsonObject {
  const { question } = answer.meta;
  return typeof question === "object" && question !== null && !Array.isArray(question) ? (question as JsonObject) : {};
}

/** Whether any line of a series counts people somewhere. */
export const seriesHasPlaces = (answer: Answer & { view: Series & { shape: "series" } }) =>
  answer.view.lines.some((line, index) => seriesPlace(answer, line, index, 0) !== null);
