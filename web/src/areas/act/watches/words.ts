// How watches are told, and made of what one can watch.

import type { JsonObject, SavedAnswer } from "@/api/contract";
import type { Judged, Rhythm, Watch, When } from "@/api/followup";
import type { JsonValue, KpiFigure } from "@/api/model";
import { list, number } from "@/words/format";

export const INTERVALS = ["day", "week", "month"] as const;
export type Interval = (typeof INTERVALS)[number];

export const RHYTHMS: Record<Rhythm, string> = {
  at_once: "at once",
  daily: "once a day, all together",
  weekly: "on Mondays, all together",
};

export const STATES: Record<Judged["state"], string> = {
  well: "as expected",
  alarm: "out of line",
  too_little: "too little to say",
};

/** The interval of a question that can be watched: answers of key figures and of trends, over days, weeks or months. */
export function intervalOf(analysis: string, { interval }: JsonObject): Interval | null {
  const own = interval ?? (analysis === "trends" ? "day" : undefined);
  const known = INTERVALS.find((one) => one === own) ?? null;
  return analysis === "kpis" || analysis === "trends" ? known : null;
}

/** What a watch asks: of a whole question only what is not the watch's own. */
export type Subject = Pick<Watch, "analysis" | "question" | "map" | "line">;

export function subjectOf(analysis: string, question: JsonObject): Subject | null {
  const { map, declared: _, from: __, to: ___, compare: ____, ...own } = question;
  const of = typeof map === "string" ? { map } : {};
  if (analysis === "findings") return { analysis, question: own, ...of };
  const interval = intervalOf(analysis, own);
  return interval && { analysis, question: { ...own, interval }, ...of };
}

/** A key figure of a map as something to watch. */
export const kpiSubject = ({ kpi, name }: KpiFigure, map: string, interval: Interval): Subject => ({
  analysis: "kpis",
  question: { kpis: [{ kpi }], interval },
  map,
  line: name,
});

/** A saved answer as something to watch; null where it is no series. */
export const savedSubject = ({ analysis, question, map }: SavedAnswer): Subject | null =>
  analysis === "findings" ? null : subjectOf(analysis, { ...question, ...(map ? { map } : {}) });

/** What is asked, in a few words. */
export function subjectWords({ analysis, question, line }: Subject): string {
  if (analysis === "findings") return "New findings";
  const { kpis, measures } = question;
  const what =
    line ??
    (Array.isArray(kpis) && kpis.length > 0
      ? kpis.map((one) => String((one as JsonObject).kpi ?? "").replaceAll("_", " ")).join(", ")
      : Array.isArray(measures)
        ? list(measures.map(measureWords))
        : "key figures");
  return `${what}, each ${String(question.interval ?? "day")}`;
}

const measureWords = (measure: JsonValue): string => {
  const { show = "events", property, of } = measure as JsonObject;
  const event = (of as JsonObject | undefined)?.event;
  const what = event === undefined ? "all events" : [event].flat().join(" or ");
  return `${String(show)}${property === undefined ? "" : ` of ${String(property)}`} of ${what}`;
};

/** "once in a thousand days" */
export const chanceWords = (chance: number, interval: string) =>
  `once in ${
    { 0.01: "a hundred", 0.001: "a thousand", 0.0001: "ten thousand" }[chance] ?? number(1 / chance)
  } ${interval}s`;

/** When it tells, in words. */
export function whenWords(when: When, interval: string): string {
  if (when === "found") return "when there is one that was not there before";
  if ("below" in when) return `when it is surely below ${number(when.below)}`;
  if ("above" in when) return `when it is surely above ${number(when.above)}`;
  const { way, chance = 0.001 } = when.unusual;
  return `when it is ${way ? `out of line ${way}wards` : "out of line"}, by chance ${chanceWords(chance, interval)}`;
}

/** A bound as it is written: "30", "1.5", "30 %" for a share. */
export function boundOf(text: string): number | null {
  const [, figure, percent] = /^\s*([-−]?[\d.,]+)\s*(%?)\s*$/.exec(text) ?? [];
  if (figure === undefined) return null;
  const value = Number(figure.replace("−", "-").replace(",", "."));
  return Number.isNaN(value) ? null : percent ? value / 100 : value;
}
