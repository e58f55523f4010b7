// What a map's page keeps in the address beside the context.

import type { Lane } from "@/api/model";
import { LANES } from "./declared";

export interface MapSearch {
  /** How near one looks; the whole journey when absent. */
  zoom?: "lifecycle" | "step";
  /** The stage that one looks at from near. */
  stage?: string;
  /** Whose journey: a persona of the map, everybody when absent. */
  group?: string;
  /** Who stands beside them: a persona, or `all`. */
  beside?: string;
  /** Lanes that are folded. */
  folded?: Lane[];
  /** Of what the evidence is open; see `evidence.ts`. */
  open?: string;
  /** What one does with the map; reading when absent. */
  mode?: "edit" | "text" | "versions";
  /** Full screen: 0 is the whole map, then its stages. */
  slide?: number;
}

export function readMapSearch(search: Record<string, unknown>): MapSearch {
  const text = (key: string) =>
    typeof search[key] === "string" && search[key] !== "" ? String(search[key]) : undefined;
  const one = <T extends string>(key: string, of: readonly T[]) => of.find((value) => value === search[key]);
  const folded = Array.isArray(search.folded)
    ? LANES.filter((lane) => (search.folded as unknown[]).includes(lane))
    : [];
  const slide = Number(search.slide);
  const found: MapSearch = {
    zoom: one("zoom", ["lifecycle", "step"] as const),
    stage: text("stage"),
    group: text("group"),
    beside: text("beside"),
    folded: folded.length > 0 ? folded : undefined,
    open: text("open"),
    mode: one("mode", ["edit", "text", "versions"] as const),
    slide: search.slide !== undefined && Number.isInteger(slide) && slide >= 0 ? slide : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
