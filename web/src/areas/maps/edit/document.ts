// Changes of a map, each of which gives a new map and leaves the old one as it was.

import type { Review } from "@/api/contract";
import type { Lane } from "@/api/model";
import { slug } from "@/words/format";
import {
  type JourneyMap,
  type JourneyRule,
  LANES,
  type Persona,
  type Score,
  type Stage,
  type Touchpoint,
} from "../declared";

/** An id that no other thing of the list has. */
export function freshId(name: string, taken: readonly { id: string }[], otherwise: string): string {
  const wish = slug(name) || otherwise;
  const ids = new Set(taken.map(({ id }) => id));
  if (!ids.has(wish)) return wish;
  for (let n = 2; ; n++) if (!ids.has(`${wish}-${n}`)) return `${wish}-${n}`;
}

const patched = <T extends { id: string }>(list: readonly T[], id: string, patch: Partial<T>): T[] =>
  list.map((one) => (one.id === id ? clean({ ...one, ...patch }) : one));

/** Fields that say nothing are left out, so that the file stays short. */
function clean<T extends object>(thing: T): T {
  return Object.fromEntries(Object.entries(thing).filter(([, value]) => !isNothing(value))) as T;
}
const isNothing = (value: unknown) =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

/** A part of a map that is gone when it says nothing. */
function part<T extends object>(thing: T): T | undefined {
  const said = clean(thing);
  return Object.keys(said).length > 0 ? said : undefined;
}

export const setPeriod = (map: JourneyMap, patch: NonNullable<JourneyMap["period"]>): JourneyMap =>
  clean({ ...map, period: part({ ...map.period, ...patch }) });
export const setJourney = (map: JourneyMap, patch: JourneyRule): JourneyMap =>
  clean({ ...map, journey: part({ ...map.journey, ...patch }) });
export const setReview = (map: JourneyMap, patch: Review): JourneyMap =>
  clean({ ...map, review: part({ ...map.review, ...patch }) });

/** One of a list, changed; what must be said stays even when it is empty. */
export const setPersona = (map: JourneyMap, at: number, patch: Partial<Persona>): JourneyMap => {
  const one = { ...(map.personas?.[at] as Persona), ...patch };
  return { ...map, personas: map.personas?.with(at, { ...clean(one), name: one.name }) };
};
export const setScore = (map: JourneyMap, at: number, patch: Partial<Score>): JourneyMap => {
  const one = { ...(map.scores?.[at] as Score), ...patch };
  return { ...map, scores: map.scores?.with(at, { ...clean(one), name: one.name, property: one.property }) };
};

/** Another one up or down among the personas. */
export const movePersona = (map: JourneyMap, at: number, by: number): JourneyMap => ({
  ...map,
  personas: shifted(map.personas ?? [], at, by),
});

export const setStage = (map: JourneyMap, id: string, patch: Partial<Stage>): JourneyMap => ({
  ...map,
  // A stage without a name cannot be said, but it can be written on the way to one.
  stages: patched(map.stages, id, patch).map((stage) => ({ ...stage, name: stage.name ?? "" })),
});

export function addStage(map: JourneyMap, name: string): { map: JourneyMap; id: string } {
  const id = freshId(name, map.stages, "stage");
  return { map: { ...map, stages: [...map.stages, { id, name }] }, id };
}

/** Without the stage, its touchpoints, and the scores that speak about it alone lose their stage. */
export function removeStage(map: JourneyMap, id: string): JourneyMap {
  const next: JourneyMap = {
    ...map,
    stages: map.stages.filter((stage) => stage.id !== id),
    touchpoints: (map.touchpoints ?? []).filter((touchpoint) => touchpoint.stage !== id),
  };
  if (map.scores) {
    next.scores = map.scores.map((score) => {
      if (score.stage !== id) return score;
      const { stage: _, ...rest } = score;
      return rest;
    });
  }
  return next;
}

export function moveStage(map: JourneyMap, id: string, by: number): JourneyMap {
  return {
    ...map,
    stages: shifted(
      map.stages,
      map.stages.findIndex((stage) => stage.id === id),
      by,
    ),
  };
}

function shifted<T>(list: readonly T[], from: number, by: number): T[] {
  const to = from + by;
  const one = list[from];
  if (one === undefined || to < 0 || to >= list.length) return [...list];
  return list.toSpliced(from, 1).toSpliced(to, 0, one);
}

export const setTouchpoint = (map: JourneyMap, id: string, patch: Partial<Touchpoint>): JourneyMap => ({
  ...map,
  touchpoints: patched(map.touchpoints ?? [], id, patch).map((one) => ({ ...one, name: one.name ?? "" })),
});

export function addTouchpoint(map: JourneyMap, stage: string, name: string): { map: JourneyMap; id: string } {
  const touchpoints = map.touchpoints ?? [];
  const id = freshId(name, touchpoints, "touchpoint");
  // Which events it has is said next; until then it has none.
  return { map: { ...map, touchpoints: [...touchpoints, { id, name, stage, when: { or: [] } }] }, id };
}

export const removeTouchpoint = (map: JourneyMap, id: string): JourneyMap => ({
  ...map,
  touchpoints: (map.touchpoints ?? []).filter((touchpoint) => touchpoint.id !== id),
});

/** Up or down among the touchpoints of its stage. The first whose rule an event meets gets it, so the order matters. */
export function moveTouchpoint(map: JourneyMap, id: string, by: -1 | 1): JourneyMap {
  const list = map.touchpoints ?? [];
  const from = list.findIndex((one) => one.id === id);
  const stage = list[from]?.stage;
  for (let to = from + by; to >= 0 && to < list.length; to += by) {
    if (list[to]?.stage === stage) return { ...map, touchpoints: shifted(list, from, to - from) };
  }
  return map;
}

/** To the stage before or after its own. */
export function shiftTouchpoint(map: JourneyMap, id: string, by: -1 | 1): JourneyMap {
  const touchpoint = map.touchpoints?.find((one) => one.id === id);
  const stage = map.stages[map.stages.findIndex((one) => one.id === touchpoint?.stage) + by];
  return stage ? setTouchpoint(map, id, { stage: stage.id }) : map;
}

export const lanesOf = (map: JourneyMap): Lane[] => map.lanes ?? [...LANES];

export function setLane(map: JourneyMap, lane: Lane, shown: boolean): JourneyMap {
  const lanes = lanesOf(map).filter((one) => one !== lane);
  return { ...map, lanes: shown ? [...lanes, lane] : lanes };
}

export const moveLane = (map: JourneyMap, lane: Lane, by: number): JourneyMap => ({
  ...map,
  lanes: shifted(lanesOf(map), lanesOf(map).indexOf(lane), by),
});
