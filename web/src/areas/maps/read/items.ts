// What stands in each cell of the map.

import type { Finding, Lane, MeasuredGroup, MeasuredMap, Quote } from "@/api/model";
import type { Evidence } from "../declared";
import type { Shape } from "../grid";
import { findingsAt, touchpointsAt } from "../measured";

export type Item =
  | { sort: "people" | "goal" | "emotion" | "owner" | "nothing" }
  | { sort: "touchpoint"; touchpoint: number }
  | { sort: "quote"; quote: Quote }
  | { sort: "finding"; finding: Finding }
  | { sort: "kpi"; kpi: number }
  | { sort: "hypothesis"; text: string; evidence: Evidence }
  | { sort: "more"; count: number; less?: boolean }
  | { sort: "add" };

/** How many of a lane's things are shown before "n more". */
const AT_FIRST: Partial<Record<Lane, number>> = { touchpoints: 6, quotes: 1, pains: 3, delights: 3, hypotheses: 3 };

interface CellsOf {
  map: MeasuredMap;
  group: MeasuredGroup;
  /** How well each hypothesis is borne out, by stage; nothing where it is not known. */
  evidence: readonly (readonly Evidence[])[];
  /** Lanes that are folded: their cells are empty. */
  folded: readonly Lane[];
  /** Cells that show all they have, as `lane:stage`. */
  unfolded: ReadonlySet<string>;
  editing: boolean;
  /** Whether nothing is left out, so that two versions can be compared. */
  whole?: boolean;
}

export const cellName = (lane: Lane, stageId: string) => `${lane}:${stageId}`;

/** The things in one cell; never none, so that the focus has a place. */
export function itemsOf(
  { map, group, evidence, folded, unfolded, editing, whole }: CellsOf,
  lane: Lane,
  stage: number,
): Item[] {
  if (folded.includes(lane)) return [{ sort: "nothing" }];
  const info = map.stages[stage];
  if (!info) return [{ sort: "nothing" }];
  const all = ((): Item[] => {
    switch (lane) {
      case "people":
        return [{ sort: "people" }];
      case "goals":
        return info.goal || editing ? [{ sort: "goal" }] : [];
      case "touchpoints":
        return touchpointsAt(map, stage).map((touchpoint) => ({ sort: "touchpoint", touchpoint }));
      case "quotes":
        return (group.stages[stage]?.quotes ?? []).map((quote) => ({ sort: "quote", quote }));
      case "emotion":
        return [{ sort: "emotion" }];
      case "pains":
      case "delights":
        return findingsAt(map, group, lane, stage).map((finding) => ({ sort: "finding", finding }));
      case "kpis":
        return (group.stages[stage]?.kpis ?? []).map((_, kpi) => ({ sort: "kpi", kpi }));
      case "hypotheses":
        return info.hypotheses.map((text, at) => ({
          sort: "hypothesis",
          text,
          evidence: evidence[stage]?.[at] ?? "assumed",
        }));
      case "owners":
        return info.owner || editing ? [{ sort: "owner" }] : [];
    }
  })();
  const most = whole && (lane === "touchpoints" || lane === "hypotheses") ? undefined : AT_FIRST[lane];
  // One more is shown rather than "1 more", which takes the same room. What is edited is all there.
  const cut =
    most !== undefined && all.length > most + (lane === "quotes" ? 0 : 1) && !(editing && lane === "touchpoints");
  const open = unfolded.has(cellName(lane, info.id));
  const shown: Item[] = cut && !open ? [...all.slice(0, most), { sort: "more", count: all.length - most }] : all;
  if (cut && open) shown.push({ sort: "more", count: 0, less: true });
  if (editing && (lane === "touchpoints" || lane === "kpis" || lane === "hypotheses")) shown.push({ sort: "add" });
  return shown.length > 0 ? shown : [{ sort: "nothing" }];
}

/** How many things each cell holds, with the heads of lanes and stages. */
export function shapeOf(cells: readonly (readonly Item[])[][], stages: number, adds: boolean): Shape {
  const heads = Array.from({ length: stages + 1 + (adds ? 1 : 0) }, () => 1);
  return [heads, ...cells.map((row) => [1, ...row.map((items) => items.length)])];
}
