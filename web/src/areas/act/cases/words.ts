// How cases and their rules are told.

import type { Case, CaseFigures, CaseRule, CaseStatus, OneCase, Outcome } from "@/api/followup";
import type { Score } from "@/areas/maps/declared";
import { ago, number, plural, seconds } from "@/words/format";
import { spanWords } from "@/words/span";

export const OUTCOMES: Record<Outcome, string> = {
  solved: "solved",
  explained: "explained",
  compensated: "compensated",
  not_reached: "not reached",
  nothing_to_do: "nothing to do",
};

export const STATUSES: Record<CaseStatus, string> = { open: "open", in_hand: "in hand", closed: "closed" };

/** "NPS 3", or what is answered without a mark. */
export const markOf = ({ score, mark }: Pick<Case, "score" | "mark">) =>
  mark === null ? score : `${score} ${number(mark)}`;

/** Where in the journey it was. */
export const placeOf = ({ touchpoint, stage }: Pick<Case, "touchpoint" | "stage">) =>
  [touchpoint, stage].filter(Boolean).join(" · ");

/** By when, or since when it should be closed, or when it was and what came of it. */
export function dueWords(
  { status, due_at, closed_at, outcome }: Pick<Case, "status" | "due_at" | "closed_at" | "outcome">,
  now = Date.now(),
): string {
  if (status === "closed") {
    return [outcome && OUTCOMES[outcome], closed_at && ago(closed_at, now)].filter(Boolean).join(", ");
  }
  const left = (Date.parse(due_at) - now) / 1000;
  const minute = Math.max(60, Math.round(Math.abs(left) / 60) * 60);
  return left < 0 ? `overdue by ${seconds(minute)}` : `due in ${seconds(minute)}`;
}

/** How long until half are closed, and between what it lies. */
export function halfClosed({ median_seconds, median_low, median_high }: CaseFigures) {
  if (median_seconds === null) return { value: "–", about: "Fewer than half are closed" };
  const from = median_low === null ? "" : seconds(median_low);
  return {
    value: seconds(median_seconds),
    about: median_high === null ? `${from} or longer` : `${from} to ${seconds(median_high)}`,
  };
}

const ACTS: Record<OneCase["notes"][number]["act"], string> = {
  open: "opened it",
  take: "sees to it from now on",
  assign: "gave it to",
  note: "wrote",
  due: "moved the time by which it is due to",
  close: "closed it:",
  reopen: "opened it again",
};
export const actWords = (act: string) => ACTS[act as keyof typeof ACTS] ?? act;

/** Which responses a rule means, in a sentence. */
export function ruleWords(
  { score, at_most, with_words, owner, due = "2d", tell = [] }: CaseRule,
  falls = false,
): string {
  const marks = at_most === undefined ? "" : falls ? ` from ${number(at_most)} on` : ` up to ${number(at_most)}`;
  return [
    `${score}${marks}${with_words ? " with words" : ""}, due within ${spanWords(due)}`,
    owner ? `${owner} sees to it` : "whoever answers for the place sees to it",
    tell.length > 0 && `tells ${plural(tell.length, "address", "addresses")}`,
  ]
    .filter(Boolean)
    .join("; ");
}

/** Whether the best mark is the smallest. */
export const fallsIn = ({ scale: [worst, best] }: Pick<Score, "scale">) => best < worst;

/** Which marks of a scale are bad: of 0 to 10 those of detractors, else the lower part of it. */
export function badUpTo({ scale: [worst, best] }: Pick<Score, "scale">): number {
  return worst === 0 && best === 10 ? 6 : Math.round(worst + 0.3 * (best - worst));
}

/** A rule to begin with: of the NPS, if there is one. */
export function firstRule(scores: readonly Score[], map: string | undefined): CaseRule {
  const score = scores.find(({ name, scale }) => /nps|recommend/i.test(name) && scale[1] === 10) ?? scores[0];
  return {
    name: score?.scale[1] === 10 ? "Detractors" : `Bad marks${score ? `: ${score.name}` : ""}`,
    score: score?.name ?? "",
    ...(score && { at_most: badUpTo(score) }),
    ...(map && { map }),
    due: "2d",
    within: "14d",
  };
}
