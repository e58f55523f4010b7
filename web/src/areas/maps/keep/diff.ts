// What is different between an old version and now: what came, what went, and what changed in each cell.

import type { Lane } from "@/api/model";
import { conditionSentence } from "@/words/condition";
import { plural } from "@/words/format";
import { hypothesisText, type JourneyMap, type Touchpoint } from "../declared";
import { emotionFigure } from "../measured";
import { cellName } from "../read/items";

export type Mark = "added" | "gone";

export interface Changes {
  /** The old version, with what has been added since in its places. */
  both: JourneyMap;
  /** What came and what went, by `markName`. */
  marks: ReadonlyMap<string, Mark>;
  /** What is different now in each cell of the old version, as `lane:stage` with a sentence. */
  said: ReadonlyMap<string, string>;
}

/** What is different, in a few words; what is no longer the same in a cell is counted by cells. */
export function changesWords({ marks, said }: Changes): string {
  const of = (wanted: Mark) => [...marks.values()].filter((mark) => mark === wanted).length;
  const words = [
    of("added") && `${of("added")} added since`,
    of("gone") && `${of("gone")} gone now`,
    said.size && `${plural(said.size, "cell")} changed`,
  ];
  return words.filter(Boolean).join(", ") || "Nothing that the map shows is different now";
}

/** A stage or touchpoint has an id; key figures and hypotheses are told by their names within a stage. */
export const markName = (sort: "stage" | "touchpoint" | "kpi" | "hypothesis", ...names: string[]) =>
  [sort, ...names].join("\n");

export function changesSince(then: JourneyMap, now: JourneyMap): Changes {
  const marks = new Map<string, Mark>();
  const both = <T>(
    old: readonly T[] = [],
    fresh: readonly T[] = [],
    key: (one: T) => string,
    name: (key: string) => string,
  ) => merged(old, fresh, key, (one, mark) => marks.set(name(key(one)), mark));
  const stages = both(then.stages, now.stages, byId, (id) => markName("stage", id)).map((stage) => {
    const current = now.stages.find(({ id }) => id === stage.id);
    // What belongs to a stage that came or went did so with it.
    if (!current || marks.has(markName("stage", stage.id))) return stage;
    return {
      ...stage,
      kpis: both(
        stage.kpis,
        current.kpis,
        ({ name }) => name,
        (name) => markName("kpi", stage.id, name),
      ),
      hypotheses: both(stage.hypotheses, current.hypotheses, hypothesisText, (text) =>
        markName("hypothesis", stage.id, text),
      ),
    };
  });
  const touchpoints = both(then.touchpoints, now.touchpoints, byId, (id) => markName("touchpoint", id));
  return { both: { ...then, stages, touchpoints }, marks, said: saidOf(then, now) };
}

const byId = ({ id }: { id: string }) => id;

/** Two lists as one: what was added stands behind what it follows now. */
function merged<T>(
  old: readonly T[],
  fresh: readonly T[],
  key: (one: T) => string,
  mark: (one: T, mark: Mark) => void,
): T[] {
  const all = [...old];
  const known = new Set(old.map(key));
  const kept = new Set(fresh.map(key));
  for (const one of old) if (!kept.has(key(one))) mark(one, "gone");
  let place = 0;
  for (const one of fresh) {
    if (known.has(key(one))) {
      place = all.findIndex((other) => key(other) === key(one)) + 1;
      continue;
    }
    mark(one, "added");
    all.splice(place++, 0, one);
  }
  return all;
}

function saidOf(then: JourneyMap, now: JourneyMap): Map<string, string> {
  const found = new Map<string, string[]>();
  const note = (lane: Lane, stage: string, sentence: string) => {
    const name = cellName(lane, stage);
    found.set(name, [...(found.get(name) ?? []), sentence]);
  };
  // What moved is told among the stages that there are in both.
  const kept = then.stages.map(byId).filter((id) => now.stages.some((stage) => stage.id === id));
  const order = now.stages.map(byId).filter((id) => kept.includes(id));
  const stages = new Map(now.stages.map((stage, at) => [stage.id, { stage, at }]));
  for (const stage of then.stages) {
    const current = stages.get(stage.id);
    if (!current) continue;
    if (current.stage.name !== stage.name) note("people", stage.id, `Now “${current.stage.name}”`);
    if (order.indexOf(stage.id) !== kept.indexOf(stage.id)) note("people", stage.id, `Now stage ${current.at + 1}`);
    for (const field of ["entry", "exit", "time_limit"] as const) {
      if (!same(current.stage[field], stage[field]))
        note("people", stage.id, `Now with another ${field.replace("_", " ")}`);
    }
    const text = (lane: Lane, field: "goal" | "owner") => {
      const next = current.stage[field] ?? "";
      if (next !== (stage[field] ?? "")) note(lane, stage.id, next ? `Now “${next}”` : "Now empty");
    };
    text("goals", "goal");
    text("owners", "owner");
    const believed = current.stage.believed ?? null;
    if (believed !== (stage.believed ?? null))
      note("emotion", stage.id, `Belief is now ${believed === null ? "not said" : emotionFigure(believed)}`);
    named(stage.kpis ?? [], current.stage.kpis ?? [], (sentence) => note("kpis", stage.id, sentence));
  }
  const points = new Map((now.touchpoints ?? []).map((one) => [one.id, one]));
  for (const one of then.touchpoints ?? []) {
    const current = points.get(one.id);
    const sentence = current && touchpointChange(one, current, now);
    if (sentence) note("touchpoints", one.stage, sentence);
  }
  return new Map([...found].map(([cell, sentences]) => [cell, sentences.join(". ")]));
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

function touchpointChange(then: Touchpoint, now: Touchpoint, map: JourneyMap): string | null {
  if (then.stage !== now.stage)
    return `“${then.name}” is now in ${map.stages.find(({ id }) => id === now.stage)?.name ?? now.stage}`;
  if (!same(then.when, now.when)) return `“${then.name}” is now ${conditionSentence(now.when)}`;
  if (then.name !== now.name) return `“${then.name}” is now “${now.name}”`;
  return same(then, now) ? null : `“${then.name}” changed`;
}

function named<T extends { name: string }>(then: T[], now: T[], note: (sentence: string) => void) {
  const current = new Map(now.map((one) => [one.name, one]));
  for (const one of then) {
    const next = current.get(one.name);
    if (next && !same(one, next)) note(`“${one.name}” changed`);
  }
}
