// What a measured map says, as the page needs it.

import type {
  BeliefGap,
  ColumnKind,
  Estimate,
  Finding,
  KpiFormat,
  Lane,
  MeasuredGroup,
  MeasuredKpi,
  MeasuredMap,
  MeasuredStage,
  MeasuredTouchpoint,
} from "@/api/model";
import { count, figure, number, share } from "@/words/format";
import { hypothesisText, type JourneyMap, type KpiKind, LANES } from "./declared";

/** Who or what stands beside the group that is shown: another persona, or the same people in another period. */
export interface Beside {
  name: string;
  group: MeasuredGroup;
  sort: "persona" | "comparison";
}

export const EVERYBODY = "all";

export function groupOf(map: MeasuredMap, id: string | undefined): MeasuredGroup {
  return map.groups.find((group) => group.id === (id ?? EVERYBODY)) ?? (map.groups[0] as MeasuredGroup);
}

/** What is not measured (yet). It is printed as a dash. */
const UNKNOWN = Number.NaN;
const unknownStage = (): MeasuredStage => ({
  customers: UNKNOWN,
  share: UNKNOWN,
  events: UNKNOWN,
  conversion: null,
  dropped: UNKNOWN,
  median_seconds_to_next: null,
  back_customers: UNKNOWN,
  back_count: UNKNOWN,
  emotion: null,
  quotes: [],
  kpis: [],
});
const unknownTouchpoint = (): MeasuredTouchpoint => ({ customers: UNKNOWN, reach: UNKNOWN, events: UNKNOWN });

/** Whether a stage has been measured at all. */
export const isMeasured = (stage: MeasuredStage | undefined) => stage !== undefined && !Number.isNaN(stage.customers);

/** People as they are counted; a dash where it is not known. */
export const people = (n: number) => (Number.isNaN(n) ? "–" : count(n));
export const shareOf = (n: number) => (Number.isNaN(n) ? "–" : share(n));

/**
 * What a map declares, with the newest measurements that there are of it: whatever is edited is seen at once, and its
 * figures follow when they are counted.
 */
export function withMeasures(declared: JourneyMap, measured: MeasuredMap | undefined): MeasuredMap {
  const touchpoints = declared.touchpoints ?? [];
  const stageAt = new Map(declared.stages.map((stage, index) => [stage.id, index]));
  const stagesBefore = new Map(measured?.stages.map((stage, index) => [stage.id, index]));
  const touchpointsBefore = new Map(measured?.touchpoints.map((touchpoint, index) => [touchpoint.id, index]));
  const regroup = (group: MeasuredGroup): MeasuredGroup => ({
    ...group,
    stages: declared.stages.map((stage) => {
      const before = group.stages[stagesBefore.get(stage.id) ?? -1] ?? unknownStage();
      const kpis = (stage.kpis ?? []).map((kpi): MeasuredKpi => {
        const known = before.kpis.find((one) => one.name === kpi.name);
        return {
          name: kpi.name,
          value: known?.value ?? null,
          format: known?.format ?? formatOf(kpi.kind),
          target: typeof kpi.target === "number" ? kpi.target : kpi.target == null ? null : (known?.target ?? null),
          smaller_is_better: kpi.smaller_is_better ?? known?.smaller_is_better ?? false,
          owner: kpi.owner ?? null,
          response: known?.response ?? null,
        };
      });
      return { ...before, kpis };
    }),
    touchpoints: touchpoints.map(({ id }) => group.touchpoints[touchpointsBefore.get(id) ?? -1] ?? unknownTouchpoint()),
  });
  const nobody: MeasuredGroup = {
    id: EVERYBODY,
    name: "Everybody",
    about: null,
    customers: UNKNOWN,
    stages: [],
    touchpoints: [],
  };
  return {
    id: declared.id,
    title: declared.title,
    about: declared.about ?? "",
    from: measured?.from ?? null,
    to: measured?.to ?? null,
    unit: measured?.unit ?? "customers",
    lanes: declared.lanes ?? [...LANES],
    stages: declared.stages.map((stage) => ({
      id: stage.id,
      name: stage.name,
      goal: stage.goal ?? null,
      owner: stage.owner ?? null,
      believed: stage.believed ?? null,
      hypotheses: (stage.hypotheses ?? []).map(hypothesisText),
    })),
    touchpoints: touchpoints.map((touchpoint) => ({
      id: touchpoint.id,
      name: touchpoint.name,
      stage: stageAt.get(touchpoint.stage) ?? 0,
      channel: touchpoint.channel ?? null,
      owned_by: touchpoint.owned_by ?? "brand",
      offline: touchpoint.offline ?? false,
    })),
    groups: (measured?.groups ?? [nobody]).map(regroup),
    findings: measured?.findings ?? [],
    coverage: measured?.coverage ?? { events: 0, mapped: 0, unmapped: [] },
  };
}

/** How a key figure will be printed, before the server has measured it. */
function formatOf(kind: KpiKind): KpiFormat {
  switch (kind) {
    case "conversion":
    case "reach":
    case "csat":
    case "ces":
      return "share";
    case "nps":
      return "score";
    case "time_to_next":
      return "seconds";
    default:
      if ("share" in kind) return "share";
      return "sum" in kind && !kind.sum.property ? "money" : "number";
  }
}

/** What hurts or delights a group in one stage, the weightiest first: everybody in all ways, a persona in what strikes it in particular. */
export function findingsAt(map: MeasuredMap, group: MeasuredGroup, lane: Lane, stage: number): Finding[] {
  const feeling = lane === "pains" ? "pain" : "delight";
  const here = new Set(map.touchpoints.filter((touchpoint) => touchpoint.stage === stage).map(({ id }) => id));
  return map.findings.filter(
    (finding) =>
      finding.feeling === feeling &&
      here.has(finding.touchpoint) &&
      (group.id === EVERYBODY || finding.personas?.includes(group.id)),
  );
}

/** The places of a stage's touchpoints in the map's list. */
export function touchpointsAt(map: MeasuredMap, stage: number): number[] {
  return map.touchpoints.flatMap((touchpoint, index) => (touchpoint.stage === stage ? [index] : []));
}

/** Whether two 95 % intervals lie apart: a difference that is certainly beyond chance. */
export const apart = (a: Estimate, b: Estimate) => a.low > b.high || b.low > a.high;

type Felt = Pick<MeasuredStage, "emotion" | "gap">;

/** The test of a belief, if it is the one that was measured against. */
export function gapTest(believed: number | null, { emotion, gap }: Felt): BeliefGap | null {
  if (believed === null || emotion === null || gap == null) return null;
  return Math.abs(gap.difference + believed - emotion.value) < 1e-9 ? gap : null;
}

/** How far the belief lies from what is measured, when that is more than chance explains; else null. */
export function beliefGap(believed: number | null, felt: Felt): number | null {
  const { emotion } = felt;
  if (believed === null || emotion === null) return null;
  // Of a belief that is being drawn the test is not known yet: the interval stands for it.
  const isSure = gapTest(believed, felt)?.is_sure ?? (believed < emotion.low || believed > emotion.high);
  return isSure ? believed - emotion.value : null;
}

export type Verdict = "met" | "missed" | "open";

/** Whether a target is met: open while it lies within the interval. */
export function verdictOf({ value, target, smaller_is_better }: MeasuredKpi): Verdict | null {
  if (value === null || target === null) return null;
  if (target >= value.low && target <= value.high) return "open";
  return value.value > target !== smaller_is_better ? "met" : "missed";
}

export const VERDICT_WORDS: Record<Verdict, string> = {
  met: "target met",
  missed: "target missed",
  open: "target within the interval",
};

const KINDS: Record<KpiFormat, ColumnKind> = {
  share: "share",
  number: "number",
  score: "number",
  seconds: "seconds",
  money: "money",
};
export const kindOf = (format: KpiFormat): ColumnKind => KINDS[format];

/** A key figure's value; scores keep their sign. */
export function kpiFigure(value: number, format: KpiFormat): string {
  if (format === "score") return emotionFigure(value, 0);
  if (format === "number")
    return Math.abs(value) >= 100 ? number(Math.round(value)) : number(Number(value.toPrecision(3)));
  return figure(value, KINDS[format]);
}

/** A mark from −1 to 1 with its sign. */
export function emotionFigure(value: number, digits = 2): string {
  // Zero has no sign, however it was rounded to.
  const text = value.toFixed(digits).replace(/^-(?=0\.?0*$)/, "");
  return Number(text) > 0 ? `+${text}` : text.replace("-", "−");
}
