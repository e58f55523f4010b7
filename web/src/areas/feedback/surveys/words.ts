import type { Came, Told } from "@/api/surveys";
import { count, interval, number, share } from "@/words/format";

/** What a score is called, and how it is written: shares of 1 as such. */
const SCORES: Record<string, { name: string; kind: "share" | "number" }> = {
  nps: { name: "NPS", kind: "number" },
  csat: { name: "CSAT", kind: "share" },
  ces: { name: "CES", kind: "number" },
  stars: { name: "Stars", kind: "number" },
};

export interface ScoreWords {
  name: string;
  value: string;
  about: string;
  variant: string;
}

const aboutOf = ({ low, high, n, is_small }: Told, kind: "share" | "number") =>
  `${interval(round(low), round(high), kind)}, n ${count(n)}${is_small ? ": few" : ""}`;
/** Marks have no more than two decimals that say anything. */
const round = (value: number) => Number(value.toFixed(3));

/** The scores of a survey, each with its interval and the number it rests on. */
export const scoresOf = ({ scores }: Came): ScoreWords[] =>
  Object.entries(scores).map(([id, { variant, figure }]) => {
    const { name, kind } = SCORES[id] ?? { name: id, kind: "number" as const };
    const value = kind === "share" ? share(figure.value) : number(Number(figure.value.toFixed(id === "nps" ? 0 : 2)));
    return {
      name,
      value: id === "nps" && figure.value > 0 ? `+${value}` : value,
      about: aboutOf(figure, kind),
      variant,
    };
  });

/** How many of those who were asked answered. */
export const rateOf = ({ response_rate: rate }: Came) =>
  rate && { value: share(rate.value), about: aboutOf(rate, "share") };
