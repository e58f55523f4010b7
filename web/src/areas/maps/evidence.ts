// Of what one can ask for the evidence, and how that stands in the address.

import type { JsonObject } from "@/api/contract";
import type { MeasuredGroup, MeasuredMap, Signal } from "@/api/model";
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
  | { sort: "emotion"; stage: number }
  | { sort: "signal"; signal: Signal };

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
    case "signal":
      return `${subject.signal.feeling}:${signalKey(map, subject.signal)}`;
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
    case "pain":
    case "delight": {
      const signal = group.signals.find((one) => one.feeling === sort && signalKey(map, one) === id);
      return signal ? { sort: "signal", signal } : null;
    }
    default:
      return null;
  }
}

/** A short name of a signal, the same as long as it is about the same thing. */
export function signalKey(map: MeasuredMap, signal: Signal): string {
  const touchpoint = signal.touchpoint === null ? "" : (map.touchpoints[signal.touchpoint]?.id ?? "");
  const text = [map.stages[signal.stage]?.id, touchpoint, signal.what, signal.title].join("\n");
  let hash = 5381;
  for (let at = 0; at < text.length; at++) hash = ((hash * 33) ^ text.charCodeAt(at)) >>> 0;
  return hash.toString(36);
}

/** People that can be listed: a place of the measured map and what to call them. */
export interface Counted {
  title: string;
  count: number;
  place: JsonObject;
}

/** Of whom a signal speaks. */
export function groupOfSignal(map: MeasuredMap, signal: Signal): string {
  const persona = map.groups.find(({ id }) => id === signal.persona);
  return (persona ?? map.groups[0])?.id ?? EVERYBODY;
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
      case "signal": {
        const { title, customers, place } = subject.signal;
        return [{ title, count: customers, place: place as JsonObject }];
      }
    }
  };
  return found().filter(({ count }) => count > 0);
}
