// One sentence for each analysis: what is asked, with its settings as parts of the sentence.

import type { ReactNode } from "react";
import { Reach, Segments, Stages } from "./along";
import { Lifecycle, Retention, Stickiness } from "./back";
import { Experiment } from "./experiment";
import { Findings } from "./hurts";
import { Overview, Sessions, Trends } from "./much";
import type { BuilderProps } from "./parts";
import { Comments, Kpis } from "./said";
import { Correlation, Funnel, Sequence, TimeToConvert } from "./through";
import { Bottlenecks, Follows, Loops, Paths, Variants } from "./ways";
import { Conformance, NextAction, Personas, WhatIf } from "./whatif";
import { Attribution, Lifetime, Rfm, Survival } from "./worth";

export const BUILDERS: Record<string, (props: BuilderProps) => ReactNode> = {
  funnel: Funnel,
  time_to_convert: TimeToConvert,
  sequence: Sequence,
  correlation: Correlation,
  paths: Paths,
  follows: Follows,
  variants: Variants,
  retention: Retention,
  lifecycle: Lifecycle,
  stickiness: Stickiness,
  trends: Trends,
  sessions: Sessions,
  overview: Overview,
  findings: Findings,
  bottlenecks: Bottlenecks,
  loops: Loops,
  stages: Stages,
  reach: Reach,
  segments: Segments,
  comments: Comments,
  kpis: Kpis,
  attribution: Attribution,
  lifetime: Lifetime,
  rfm: Rfm,
  survival: Survival,
  experiment: Experiment,
  conformance: Conformance,
  what_if: WhatIf,
  next_action: NextAction,
  personas: Personas,
};
