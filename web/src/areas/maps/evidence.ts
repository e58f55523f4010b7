// Of what one can ask for the evidence, and how that stands in the address.

import type { JsonObject } from "@/api/contract";
import type { Finding, MeasuredGroup, MeasuredMap } from "@/api/model";
import { EVERYBODY } from "./measured";

/** A finding, by the touchpoint at which it was made: what it is comes with the findings. */
export interface FindingSubject {
  sort: "finding";
  touchpoint: number;
  id: string;
}

export type Subject = MeasuredSubject | FindingSubject;

/** What the measured map itself has the evidence of. */
export type MeasuredSubject =
  | { sort: "stage"; stage: number }
  | { sort: "touchpoint"; touchpoint: number }
  | { sort: "kpi"; stage: number; kpi: number }
  | { sort: "emotion"; stage: number };

/** The subject that a finding is; nothing when the map does not have its touchpoint. */
export function subjectOfFinding(map: MeasuredMap, { touchpoint: at, id }: Finding): FindingSubject | null {
  const touchpoint = map.touchpoints.findIndex((one) => one.id === at);
  return touchpoint < 0 ? null : { sort: "finding", touchpoint, id };
}

/** The name of a subject for the address. Names of stages and touchpoints are their ids, so edits elsewhere keep it. */
export function subjectName(map: MeasuredMap, group: MeasuredGroup, subject: Subject): string {
  const stage = "stage" in subject ? (map.stages[subject.stage]?.id ?? "") : "";
  switch (subject.sort) {
    case "stage":
    case "emotion":
      return `${subject.sort}:${stage}`;
    case "touchpoint":
      return `touchpoint:${map.touchpoints[subject.touchpoint]?.id ?? ""}`;
    case "finding":
      return `finding:${map.touchpoints[subject.touchpoint]?.id ?? ""}:${subject.id}`;
    case "kpi":
      return `kpi:${stage}:${group.stages[subject.stage]?.kpis[subject.kpi]?.name ?? ""}`;
  }
}

/** The subject of a name; null when the map has nothing of that name (any more). */
export function subjectOf(map: MeasuredMap, group: MeasuredGroup, name: string | undefined): Subject | null {
  if (name === undefined) return null;
  const [sort, id = "", ...rest] = name.split(":");
  const stage = map.stages.findIndex((one) => one.id === id);
  switch (sort) {
    case "stage":
    case "emotion":
      return stage < 0 ? null : { sort, stage };
    case "touchpoint": {
      const touchpoint = map.touchpoints.findIndex((one) => one.id === id);
      return touchpoint < 0 ? null : { sort, touchpoint };
    }
    case "finding": {
      const touchpoint = map.touchpoints.findIndex((one) => one.id === id);
      return touchpoint < 0 ? null : { sort, touchpoint, id: rest.join(":") };
    }
    case "kpi": {
      const kpi = group.stages[stage]?.kpis.findIndex((one) => one.name === rest.join(":")) ?? -1;
      return kpi < 0 ? null : { sort, stage, kpi };
    }
    default:
      return null;
  }
}

/** People that can be listed: a place of the measured map and what to call them. */
export interface Counted {
  title: string;
  count: number;
  place: JsonObject;
}

/** Which people stand behind a subject, the most telling first. */
export function countedOf(map: MeasuredMap, group: MeasuredGroup, subject: MeasuredSubject): Counted[] {
  const whose = group.id === EVERYBODY ? "" : ` (${group.name})`;
  const persona: JsonObject = group.id === EVERYBODY ? {} : { persona: group.id };
  const stageCounts = (index: number): Counted[] => {
    const info = map.stages[index];
    const stage = group.stages[index];
    if (!info || !stage) return [];
    const at = (who: string, title: string, count: number): Counted => ({
      title: title + whose,
      count,
      place: { ...persona, stage: info.id, who },
    });
    return [
      at("entered", `In ${info.name}`, stage.customers),
      at("went_back", `Went back from ${info.name}`, stage.back_customers),
      at("dropped_off", `No further than ${info.name}`, stage.dropped),
    ];
  };
  const touchpointCounts = (index: number): Counted[] => {
    const info = map.touchpoints[index];
    const touchpoint = group.touchpoints[index];
    if (!info || !touchpoint) return [];
    return [
      { title: `Had “${info.name}”${whose}`, count: touchpoint.customers, place: { ...persona, touchpoint: info.id } },
    ];
  };
  const found = (): Counted[] => {
    switch (subject.sort) {
      case "stage":
      case "emotion":
      case "kpi":
        return stageCounts(subject.stage);
      case "touchpoint":
        return touchpointCounts(subject.touchpoint);
    }
  };
  return found().filter(({ count }) => count > 0);
}
