// What hurts and what delights, across maps.

import type { Feeling, MeasuredMap, Signal } from "@/api/model";
import { signalKey } from "@/areas/maps/evidence";

export interface Finding {
  map: MeasuredMap;
  signal: Signal;
  stage: string;
  owner: string | null;
  touchpoint: string | null;
}

/** All findings of some maps of one feeling. Each map has its worst (or best) first; they take turns. */
export function findings(maps: readonly MeasuredMap[], feeling: Feeling): Finding[] {
  const lists = maps.map((map) =>
    (map.groups[0]?.signals ?? [])
      .filter((signal) => signal.feeling === feeling)
      .map(
        (signal): Finding => ({
          map,
          signal,
          stage: map.stages[signal.stage]?.name ?? "",
          owner: map.stages[signal.stage]?.owner ?? null,
          touchpoint: signal.touchpoint === null ? null : (map.touchpoints[signal.touchpoint]?.name ?? null),
        }),
      ),
  );
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, turn) => lists.flatMap((list) => list[turn] ?? [])).flat();
}

/** Where the evidence of a finding stands: on its map. */
export function evidenceLink({ map, signal }: Pick<Finding, "map" | "signal">) {
  return {
    to: "/maps/$id" as const,
    params: { id: map.id },
    search: (now: object) =>
      ({ ...now, map: map.id, version: undefined, open: `${signal.feeling}:${signalKey(map, signal)}` }) as never,
  };
}
