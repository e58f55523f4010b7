// What a map's file declares, as docs/schema/map.schema.json says.

import type { Condition, Review } from "@/api/contract";
import type { Lane, OwnedBy } from "@/api/model";

export interface JourneyMap {
  version?: number;
  id: string;
  title: string;
  about?: string;
  window?: string | null;
  lanes?: Lane[];
  personas?: Persona[];
  stages: Stage[];
  touchpoints?: Touchpoint[];
  unit?: Unit;
  period?: { from?: string | null; to?: string | null } | null;
  journey?: JourneyRule | null;
  review?: Review | null;
  scores?: Score[];
  /** What is not known here is kept as it is. */
  [more: string]: unknown;
}

/** What is counted; `id` is a property, such as that of an order. */
export type Unit = "customer" | "session" | "household" | { id: string };

/** How a customer's events are cut into journeys. */
export interface JourneyRule {
  start?: Condition | null;
  end?: Condition | null;
  inactivity?: string | null;
}

export interface Score {
  name: string;
  when: Condition;
  property: string;
  /** The worst and the best mark. */
  scale: [worst: number, best: number];
  comment?: string | null;
  stage?: string | null;
}

export interface Persona {
  id: string;
  name: string;
  about?: string;
  segment: Condition;
  goals?: string[];
}

export interface Stage {
  id: string;
  name: string;
  goal?: string | null;
  entry?: Condition | null;
  exit?: Condition | null;
  owner?: string | null;
  /** How customers feel here, as the team believes: −1 to 1. */
  believed?: number | null;
  time_limit?: string | null;
  kpis?: Kpi[];
  hypotheses?: Hypothesis[];
}

export const EVIDENCE = ["assumed", "reported", "observed", "confirmed", "fixed"] as const;
export type Evidence = (typeof EVIDENCE)[number];
export type Hypothesis = string | { text: string; evidence?: Evidence };

export const hypothesisText = (one: Hypothesis) => (typeof one === "string" ? one : one.text);
export const evidenceOf = (one: Hypothesis): Evidence =>
  typeof one === "string" ? "assumed" : (one.evidence ?? "assumed");

export type PlainKpi = "conversion" | "reach" | "time_to_next" | "nps" | "csat" | "ces";
export type KpiKind =
  | PlainKpi
  | { mean: { property: string; when?: Condition | null } }
  | { sum: { property?: string | null; when?: Condition | null } }
  | { count: { when: Condition } }
  | { share: { segment: Condition } };

export interface Kpi {
  name: string;
  kind: KpiKind;
  target?: number | string | null;
  smaller_is_better?: boolean | null;
  score?: string | null;
  owner?: string | null;
}

export interface Touchpoint {
  id: string;
  name: string;
  stage: string;
  when: Condition;
  channel?: string | null;
  owned_by?: OwnedBy;
  offline?: boolean;
  owner?: string | null;
}

export const LANES: readonly Lane[] = [
  "people",
  "goals",
  "touchpoints",
  "quotes",
  "emotion",
  "pains",
  "delights",
  "kpis",
  "hypotheses",
  "owners",
];

export const LANE_NAMES: Record<Lane, string> = {
  people: "People",
  goals: "Goals",
  touchpoints: "Touchpoints",
  quotes: "Quotes",
  emotion: "Emotion",
  pains: "Pains",
  delights: "Delights",
  kpis: "Key figures",
  hypotheses: "Hypotheses",
  owners: "Owners",
};
