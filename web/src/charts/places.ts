// At which places of an answer people are counted. Each analysis has its own; these are the schemas of /api/analyses.

import type { DeclaredMap, JsonObject } from "@/api/contract";
import type { Answer, JsonValue, Line, Table, View } from "@/api/model";

/** A place, and what to call it. */
export interface Place {
  place: JsonObject;
  title: string;
}

/** The place of a point of a line, in the view of everybody, a group or the other side; null where nobody is counted. */
export function seriesPlace(answer: Answer, view: View, index: number, point: number, map?: Declared): Place | null {
  if (view.shape !== "series") return null;
  const { axis } = view;
  const line = view.lines[index];
  const at = "calendar" in axis ? axis.calendar.starts[point] : undefined;
  const label = "calendar" in axis ? (axis.calendar.labels[point] ?? "") : "";
  if (!line) return null;
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
    case "kpis": {
      const place = at === undefined ? null : kpiPlace(line.name, fields(answer).by, map);
      return place && { place: { ...place, at: at ?? "" }, title: `${line.name}, ${label}` };
    }
    case "survival":
      return {
        place: { ...survivalGroup(view.lines, index, fields(answer).by), point: point + 1 },
        title: `${line.name}: stretch ${point + 1}`,
      };
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

/** The key figure of a line, and of which place: lines are called by both. */
function kpiPlace(line: string, by: JsonValue | undefined, map: Declared | undefined): JsonObject | null {
  // The median, and the time of nine of ten, are of the same people.
  const whole = { kpi: line.replace(/, nine of ten(?= ·|$)/, "") };
  const cut = whole.kpi.lastIndexOf(" · ");
  if (cut < 0 || by === undefined || by === "none") return whole;
  const [kpi, name] = [whole.kpi.slice(0, cut), whole.kpi.slice(cut + 3)];
  if (by === "channel") return { kpi, of: name };
  const of = (by === "stage" ? map?.stages : map?.touchpoints)?.find((one) => one.name === name)?.id;
  return of === undefined ? null : { kpi, of };
}

/** A map's stages and touchpoints by their names, and their ids. */
export type Declared = Pick<DeclaredMap, "stages" | "touchpoints">;

/** The place of a cell of a table, where the answer says that it counts people. */
export function cellPlace(view: Table, row: number, column: number): Place | null {
  const found = view.people?.find((cell) => cell.row === row && cell.column === column);
  if (!found) return null;
  const [first, second] = view.rows[row] ?? [];
  const names = [first, second].slice(0, view.columns[1]?.kind === "text" ? 2 : 1);
  const between = view.columns[0]?.name === "from" ? " → " : " · ";
  const of = names.filter((name) => typeof name === "string" && name !== "").join(between);
  const title = [of, view.columns[column]?.name].filter(Boolean).join(": ");
  return { place: found.place as JsonObject, title };
}

const OTHERS = "(others)";

/** The group of a line of survival: its value, or none of those that have lines of their own. */
export function survivalGroup(lines: readonly Line[], index: number, by: JsonValue | undefined): JsonObject {
  const name = lines[index]?.name ?? "";
  if (by == null) return {};
  if (name === OTHERS && index === lines.length - 1)
    return { but: lines.filter((_, at) => at !== index).map((line) => line.name) };
  return { by: name };
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
export const seriesHasPlaces = (answer: Answer, map?: Declared) =>
  answer.view.shape === "series" &&
  answer.view.lines.some((_, index) => seriesPlace(answer, answer.view, index, 0, map));
