// What has changed since an old version, cell by cell, for marking the cells of that version.

import type { Lane } from "@/api/model";
import { conditionSentence } from "@/words/condition";
import { hypothesisText, type JourneyMap, type Stage, type Touchpoint } from "../declared";
import { emotionFigure } from "../measured";
import { cellName } from "../read/items";

/** What is different now in each cell of an old version, as `lane:stage` with a sentence. */
export function changedSince(then: JourneyMap, now: JourneyMap): Map<string, string> {
  const found = new Map<string, string[]>();
  const note = (lane: Lane, stage: string, sentence: string) => {
    const name = cellName(lane, stage);
    found.set(name, [...(found.get(name) ?? []), sentence]);
  };
  const stages = new Map(now.stages.map((stage, at) => [stage.id, { stage, at }]));
  for (const [at, stage] of then.stages.entries()) {
    const current = stages.get(stage.id);
    if (!current) {
      note("people", stage.id, "Is gone now");
      continue;
    }
    if (current.stage.name !== stage.name) note("people", stage.id, `Now “${current.stage.name}”`);
    if (current.at !== at) note("people", stage.id, `Now stage ${current.at + 1}`);
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
    listed(hypotheses(stage), hypotheses(current.stage), (sentence) => note("hypotheses", stage.id, sentence));
  }
  const points = new Map((now.touchpoints ?? []).map((one) => [one.id, one]));
  for (const one of then.touchpoints ?? []) {
    const current = points.get(one.id);
    points.delete(one.id);
    const sentence = touchpointChange(one, current, now);
    if (sentence) note("touchpoints", one.stage, sentence);
  }
  for (const added of points.values()) note("touchpoints", added.stage, `“${added.name}” was added`);
  return new Map([...found].map(([cell, sentences]) => [cell, sentences.join(". ")]));
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
const hypotheses = (stage: Stage) => (stage.hypotheses ?? []).map(hypothesisText);

function touchpointChange(then: Touchpoint, now: Touchpoint | undefined, map: JourneyMap): string | null {
  if (!now) return `“${then.name}” is gone now`;
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
    current.delete(one.name);
    if (!next) note(`“${one.name}” is gone now`);
    else if (!same(one, next)) note(`“${one.name}” changed`);
  }
  for (const added of current.values()) note(`“${added.name}” was added`);
}

function listed(then: string[], now: string[], note: (sentence: string) => void) {
  for (const one of then) if (!now.includes(one)) note(`“${one}” is gone now`);
  for (const one of now) if (!then.includes(one)) note(`“${one}” was added`);
}
