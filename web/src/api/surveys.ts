// Types of surveys: files in which it is written what is asked of whom, and what came of them.

import type { Estimate } from "./model";

/** A figure; of few observations it is marked as such. */
export type Told = Estimate & { is_small: boolean };

export interface SurveyProblem {
  line: number;
  column: number;
  message: string;
}

export interface Came {
  asked: number;
  responses: number;
  response_rate: Told | null;
  completed: number;
  comments: number;
  /** By kind of mark: nps, csat, ces, stars. */
  scores: Record<string, { variant: string; figure: Told }>;
  last: string | null;
}

export interface ListedSurvey {
  id: string;
  /** False: answers came for it, and there is no file of it. */
  is_written: boolean;
  came: Came;
  version?: string;
  /** Not there while the file has problems. */
  title?: string;
  is_open?: boolean;
  /** The path of its page, if everybody can open it. */
  page?: string | null;
  survey?: { channels?: ("page" | "widget" | "email")[] };
  problems?: SurveyProblem[];
}

export interface OneSurvey extends ListedSurvey {
  version: string;
  toml: string;
}

export interface SurveyTemplate {
  id: string;
  about: string;
  toml: string;
}
