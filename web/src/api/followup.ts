// Types of what follows up: watches, alerts, cases, and who is told of them.

import type { JsonObject } from "./contract";
import type { Estimate } from "./model";

/** Who is told: a program by its address, or a person by theirs. */
export type Tell = { webhook: string } | { mail: string };

export type Rhythm = "at_once" | "daily" | "weekly";
export type When =
  | { unusual: { chance?: number; way?: "up" | "down" } }
  | { below: number }
  | { above: number }
  | "found";

/** A question that is asked again and again, and when somebody is told. */
export interface Watch {
  name: string;
  analysis: string;
  question: JsonObject;
  map?: string;
  /** Which line of the answer; each of them when absent. */
  line?: string;
  when: When;
  tell?: Tell[];
  rhythm?: Rhythm;
  is_off?: boolean;
}

/** One figure as a watch judged it. */
export interface Judged {
  /** The line of the answer, or the id of a finding. */
  about: string;
  state: "well" | "alarm" | "too_little";
  text: string;
  at?: string;
  value?: number;
  expected?: [low: number, middle: number, high: number];
  p?: number;
}

/** Which responses become cases, who sees to them and until when. */
export interface CaseRule {
  name: string;
  score: string;
  /** Marks up to this one; from this one on, where the best mark is the smallest. */
  at_most?: number;
  with_words?: boolean;
  map?: string;
  owner?: string;
  due?: string;
  within?: string;
  tell?: Tell[];
  is_off?: boolean;
}

export interface Watches {
  watches: {
    id: string;
    watch: Watch;
    /** How it was answered last; null before. */
    checked: { at: string; judged: Judged[]; trouble: string | null } | null;
    going_on: number;
  }[];
  case_rules: { id: string; rule: CaseRule }[];
  mail: { is_ready: boolean; problem: string | null };
  webhooks: { key: string | null; anywhere: boolean };
  address: string | null;
  /** False: this server does not collect, and looks at nothing by itself. */
  is_followed: boolean;
}

/** How a message is on its way. */
export interface Message {
  to: Tell;
  state: "waiting" | "sending" | "sent" | "unknown" | "failed";
  tries: number;
  problem: string | null;
  ended_at: string | null;
}

/** What became of a test. */
export interface Sent {
  to: Tell;
  is_sent: boolean;
  problem: string | null;
}

export interface Alert {
  id: number;
  watch: string;
  /** What the watch is called. */
  name: string;
  judged: Judged;
  began_at: string;
  last_at: string;
  ended_at: string | null;
  seen_by: string | null;
  seen_at: string | null;
  messages: Message[];
}

export type CaseStatus = "open" | "in_hand" | "closed";
export type Outcome = "solved" | "explained" | "compensated" | "not_reached" | "nothing_to_do";

/** A bad response that somebody sees to. */
export interface Case {
  id: string;
  rule: string;
  score: string;
  responded_at: string;
  mark: number | null;
  words: string | null;
  distinct_id: string;
  customer?: string;
  touchpoint: string | null;
  stage: string | null;
  owner: string | null;
  opened_at: string;
  due_at: string;
  status: CaseStatus;
  outcome?: Outcome;
  closed_at?: string;
}
export type ListedCase = Case & { is_overdue: boolean };

export interface CaseFigures {
  cases: number;
  open: number;
  in_hand: number;
  overdue: number;
  closed: number;
  /** Of those that are closed or overdue. */
  in_time: Estimate | null;
  /** Until half are closed; those that are not count as far as they got. */
  median_seconds: number | null;
  median_low: number | null;
  median_high: number | null;
  outcomes: [Outcome, number][];
}

export interface Cases {
  cases: ListedCase[];
  total: number;
  /** Of all of them, whatever was asked for. */
  figures: CaseFigures;
  by_owner: { owner: string | null; figures: CaseFigures }[];
}

export interface OneCase {
  case: Case;
  is_overdue: boolean;
  notes: { at: string; who: string; act: CaseAct["do"] | "open"; text: string }[];
  messages: Message[];
}

export type CaseAct =
  | { do: "take"; by: string }
  | { do: "assign"; owner: string }
  | { do: "note"; text: string }
  | { do: "due"; at: string }
  | { do: "close"; outcome: Outcome; text: string }
  | { do: "reopen"; text: string };
