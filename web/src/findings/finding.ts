// What a finding says, beyond the words that the server gives it.

import type { Dismissed, JsonObject } from "@/api/contract";
import type { Estimate, ExampleStep, Finding, FindingKind, Findings, JsonValue, Status, TrendPoint } from "@/api/model";
import { date, difference, plural, points, roughly, share } from "@/words/format";
import { customPeriod, rangeName } from "@/words/period";

/** What happened, as one chooses it. */
export const KINDS: Record<FindingKind, string> = {
  drop_off: "visits that end",
  loop: "going back",
  again: "the same step again",
  same_again: "the very same once more",
  error: "errors",
  met: "errors that come up",
  rage: "the same thing in a rush",
  dead_end: "a glance and back",
  to_service: "asking for help",
  help_again: "asking for help again",
  lost_switch: "lost between channels",
  late: "later than promised",
  bad_score: "bad marks",
  long_way: "long ways",
  long_step: "long steps",
  goes_on: "going on to the next stage",
  bought_again: "buying again",
  referral: "bringing others",
  settled: "what was wanted is settled",
  fast_way: "fast ways",
  quick_step: "quick steps",
  good_score: "the best marks",
  complaint: "complaints in words",
  praise: "praise in words",
};

export const STATUS_MEANS: Record<Status, string> = {
  assumed: "somebody believes it",
  reported: "several customers said so",
  observed: "customers do otherwise than was to be expected",
  confirmed: "what customers do and what they say agree",
  fixed: "it is over: since then it is as was to be expected",
};

const DAY_MS = 86_400_000;
const iso = (at: number) => new Date(at).toISOString().slice(0, 10);
/** The last day of something that is over on a day. */
const dayBefore = (until: string) => iso(Date.parse(until) - DAY_MS);

/** Since when until when, in words. */
export function when({ from, until }: Pick<Finding, "from" | "until">): string {
  if (from && until) return rangeName(from.slice(0, 10), dayBefore(until));
  if (from) return `since ${date(from)}`;
  if (until) return `until ${date(dayBefore(until))}`;
  return "all along";
}

/** Whether most of a week belongs to the days that a finding is about. */
export function isAbout({ from, until }: Pick<Finding, "from" | "until">, { start }: TrendPoint): boolean {
  const middle = Date.parse(start) + 3 * DAY_MS;
  return !(from && middle < Date.parse(from)) && !(until && middle >= Date.parse(until));
}

/** How many false alarms there would be among all that are at least as sure. */
export const falseAlarms = (q: number) => `${q < 0.001 ? "less than 0.1\u202f%" : share(q)} false alarms`;

/** By what a finding is ranked: how many times too many (or too few) × what each costs or brings × how sure. */
export interface Rank {
  excess: number;
  each: number;
  sure: number;
  /** Nothing that it cost could be told: it is ranked as if it cost a little. */
  least: boolean;
}

export function rankOf(finding: Finding, money: boolean): Rank {
  const excess = Math.abs(finding.rate.value - finding.expected) * finding.rate.n;
  const sure = 1 - finding.q;
  const each = excess * sure > 0 ? finding.weight / (excess * sure) : 0;
  const told = money ? finding.spent : (finding.spent ?? finding.further);
  const towards = finding.feeling === "pain" ? -1 : 1;
  return { excess, each, sure, least: (told?.value ?? 0) * towards < each * 0.99 };
}

export interface Cost {
  what: string;
  /** The same in a word, where there is little room. */
  short: string;
  /** With "each" where it is an amount. */
  figure: string;
  interval: string;
  /** Whether its interval leaves out that it is nothing. */
  sure: boolean;
}

/** What it cost or brought those whom it struck, against those at the same place whom it did not; nothing where too few can be judged. */
export function costsOf({ kind, spent, further }: Finding): Cost[] {
  const costs: Cost[] = [];
  if (spent)
    costs.push({
      what: "Spent afterwards",
      short: "spent",
      ...amounts(spent, (value) => difference(value, "money"), " each"),
    });
  // Who goes on has got further: that says nothing more.
  if (further && kind !== "goes_on") costs.push({ what: "Got further", short: "further", ...amounts(further, points) });
  return costs;
}

const amounts = ({ value, low, high }: Estimate, show: (value: number) => string, unit = "") => ({
  figure: show(value) + unit,
  interval: `${show(low)} to ${show(high)}`,
  sure: low > 0 || high < 0,
});

/** After so long a visit is over. */
const PAUSE_MS = 30 * 60_000;

export interface PausedStep extends ExampleStep {
  /** How long nothing had come before it, where that is longer than a visit waits. */
  pause: string | null;
}

/** The steps of an example, with the pauses between them. */
export const withPauses = (steps: readonly ExampleStep[]): PausedStep[] =>
  steps.map((step, at) => {
    const before = steps[at - 1];
    const passed = before ? Date.parse(step.time) - Date.parse(before.time) : 0;
    return { ...step, pause: passed >= PAUSE_MS ? roughly(passed / 1000) : null };
  });

export type Change = "worse" | "better";

/** Whether a finding has become more than it was when it was dismissed, beyond chance. */
export function changeSince({ feeling, rate, expected }: Finding, { rate: before }: Dismissed): Change | null {
  const more = rate.value >= expected ? rate.low > before.high : rate.high < before.low;
  return more ? (feeling === "pain" ? "worse" : "better") : null;
}

/** Whether a finding is what was dismissed: the same thing at the same place for the same people, on days that meet. */
function isThat(finding: Finding, was: Dismissed): boolean {
  // What is behind the hyphen tells the same thing at several times apart, which depends on the period.
  const what = (id: string) => id.split("-")[0];
  const begins = Math.max(...[was.from, finding.from].map((day) => (day ? Date.parse(day) : Number.NEGATIVE_INFINITY)));
  const ends = Math.min(...[was.until, finding.until].map((day) => (day ? Date.parse(day) : Number.POSITIVE_INFINITY)));
  return what(was.id) === what(finding.id) && begins < ends;
}

export interface Told {
  finding: Finding;
  /** When it had been dismissed and comes back. */
  change: Change | null;
  /** How it was dismissed. */
  dismissed: Dismissed | null;
}

/** Findings that are told, and those that are dismissed and have not become more. */
export function sorted(
  findings: readonly Finding[],
  dismissed: readonly Dismissed[],
): { told: Told[]; folded: Told[] } {
  const all = findings.map((finding): Told => {
    const was = dismissed.find((one) => isThat(finding, one)) ?? null;
    return { finding, dismissed: was, change: was && changeSince(finding, was) };
  });
  // What is over comes after what goes on.
  all.sort((one, other) => Number(one.finding.status === "fixed") - Number(other.finding.status === "fixed"));
  return {
    told: all.filter((one) => !one.dismissed || one.change),
    folded: all.filter((one) => one.dismissed && !one.change),
  };
}

/** Whom a finding is about, as a question says it: a segment of customers, or a condition on the events themselves. */
export function whom(place: JsonValue): { segment?: JsonObject; where?: JsonObject } {
  const own = isObject(place) ? place : {};
  const group = own.whom ?? own.group;
  if (!isObject(group)) return {};
  const { persona, trait, property, channel } = group;
  if (typeof persona === "string") return { segment: { member: persona } };
  if (Array.isArray(trait)) return { segment: { trait: trait[0] ?? "", ...is(trait[1]) } };
  if (Array.isArray(property)) return { where: { property: property[0] ?? "", ...is(property[1]) } };
  if (typeof channel === "string") return { where: { channel } };
  return {};
}

/** A group has the text of its value, which may have been a truth. */
const is = (value: JsonValue = ""): JsonObject =>
  value === "true" || value === "false" ? { in: [value, value === "true"] } : { is: value };

/** A question in Explore that goes on from a finding. */
export interface FollowUp {
  title: string;
  analysis: "funnel" | "trends";
  question: JsonObject;
  /** The days that the finding is about; those of the context when it is about all. */
  period?: string;
}

interface Way {
  touchpoints?: readonly { id: string; name: string }[];
  stages?: readonly { id: string; name: string; time_limit?: string | null }[];
  window?: string | null;
}

/** What one asks next: how many come here over time, and how many get on. */
export function followUps(
  finding: Finding,
  all: { from: string | null; until: string | null },
  { stages = [], touchpoints = [], window }: Way,
): FollowUp[] {
  const { segment, where } = whom(finding.place);
  const here: JsonObject = { touchpoint: finding.touchpoint, ...(where ? { where } : {}) };
  const of: JsonObject = segment ? { segment } : {};
  const [from, until] = [finding.from ?? all.from, finding.until ?? all.until];
  const period =
    (finding.from || finding.until) && from && until ? customPeriod(from.slice(0, 10), dayBefore(until)) : undefined;
  const days = from && until ? (Date.parse(until) - Date.parse(from)) / DAY_MS : 365;
  const at = stages.findIndex(({ name }) => name === finding.stage);
  const next = stages[at + 1];
  const to = isObject(finding.place) && typeof finding.place.to === "string" ? finding.place.to : null;
  const onward: JsonObject | null = to ? { touchpoint: to } : at >= 0 && next ? { stage: next.id } : null;
  const name = to ? touchpoints.find(({ id }) => id === to)?.name : next?.name;
  const trend: FollowUp = {
    title: "Customers over time",
    analysis: "trends",
    question: { measures: [{ of: here, show: "customers" }], interval: days > 60 ? "week" : "day", ...of },
    period,
  };
  if (!onward) return [trend];
  const limit = to ? "60d" : (stages[at]?.time_limit ?? window ?? "30d");
  const funnel: FollowUp = {
    title: `Funnel to ${name ?? to}`,
    analysis: "funnel",
    question: { steps: [here, onward], window: limit, ...of },
    period,
  };
  return [funnel, trend];
}

/** How many it struck, as they are counted: "1 customer", "20 households". */
export const struck = ({ customers }: Finding, unit: string) => plural(customers, unit.replace(/s$/, ""), unit);

type Looked = Pick<Findings, "comparisons" | "places" | "groups">;

/** How much was looked at. */
export const lookedAt = ({ comparisons, places, groups }: Looked) =>
  `${plural(comparisons, "comparison")} of ${plural(groups, "group")} at ${plural(places, "place")}`;

/** What it means that nothing was found: of so many comparisons, or because there was nothing to compare. */
export const nothingFound = (what: string, looked: Looked) =>
  looked.comparisons === 0
    ? "There are too few people here to compare."
    : `${what} stands out beyond chance, in ${lookedAt(looked)}.`;

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
