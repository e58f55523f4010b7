// Which cells of the map differ between two versions of it, for marking them.

import type { Lane } from "@/api/model";
import { conditionSentence } from "@/words/condition";
import { hypothesisText, type JourneyMap, type Stage, type Touchpoint } from "../declared";
import { cellName } from "../read/items";

/**
 * What changed in each cell from one version to the one that is shown, as `lane:stage` with a sentence. Of stages that
 * are gone there is no cell to mark.
 */
export function changedCells(before: JourneyMap, after: JourneyMap): Map<string, string> {
	const found = new Map<string, string[]>();
	const note = (lane: Lane, stage: string, sentence: string) => {
		const name = cellName(lane, stage);
		found.set(name, [...(found.get(name) ?? []), sentence]);
	};
	const old = new Map(before.stages.map((stage, at) => [stage.id, { stage, at }]));
	for (const [at, stage] of after.stages.entries()) {
		const was = old.get(stage.id);
		if (!was) {
			note("people", stage.id, "New stage");
			continue;
		}
		if (was.stage.name !== stage.name) note("people", stage.id, `Was called “${was.stage.name}”`);
		if (was.at !== at) note("people", stage.id, `Was stage ${was.at + 1}`);
		for (const field of ["entry", "exit", "time_limit"] as const) {
			if (!same(was.stage[field], stage[field])) note("people", stage.id, `Another ${field.replace("_", " ")}`);
		}
		const text = (lane: Lane, field: "goal" | "owner") => {
			if ((was.stage[field] ?? "") !== (stage[field] ?? ""))
				note(lane, stage.id, was.stage[field] ? `Was “${was.stage[field]}”` : "New");
		};
		text("goals", "goal");
		text("owners", "owner");
		if ((was.stage.believed ?? null) !== (stage.believed ?? null))
			note("emotion", stage.id, `Belief was ${was.stage.believed ?? "not said"}`);
		named(was.stage.kpis ?? [], stage.kpis ?? [], (sentence) => note("kpis", stage.id, sentence));
		listed(hypotheses(was.stage), hypotheses(stage), (sentence) => note("hypotheses", stage.id, sentence));
	}
	const points = new Map((before.touchpoints ?? []).map((one) => [one.id, one]));
	for (const one of after.touchpoints ?? []) {
		const was = points.get(one.id);
		points.delete(one.id);
		const sentence = touchpointChange(was, one, before);
		if (sentence) note("touchpoints", one.stage, sentence);
	}
	for (const gone of points.values()) note("touchpoints", gone.stage, `Without “${gone.name}”`);
	return new Map([...found].map(([cell, sentences]) => [cell, sentences.join(". ")]));
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
const hypotheses = (stage: Stage) => (stage.hypotheses ?? []).map(hypothesisText);

function touchpointChange(was: Touchpoint | undefined, now: Touchpoint, before: JourneyMap): string | null {
	if (!was) return `New: “${now.name}”`;
	if (was.stage !== now.stage)
		return `“${now.name}” came from ${before.stages.find(({ id }) => id === was.stage)?.name ?? was.stage}`;
	if (!same(was.when, now.when)) return `“${now.name}” had another rule: ${conditionSentence(was.when)}`;
	if (was.name !== now.name) return `“${now.name}” was called “${was.name}”`;
	return same(was, now) ? null : `“${now.name}” changed`;
}

function named<T extends { name: string }>(before: T[], after: T[], note: (sentence: string) => void) {
	const old = new Map(before.map((one) => [one.name, one]));
	for (const one of after) {
		const was = old.get(one.name);
		old.delete(one.name);
		if (!was) note(`New: “${one.name}”`);
		else if (!same(was, one)) note(`“${one.name}” changed`);
	}
	for (const gone of old.values()) note(`Without “${gone.name}”`);
}

function listed(before: string[], after: string[], note: (sentence: string) => void) {
	for (const one of after) if (!before.includes(one)) note(`New: “${one}”`);
	for (const one of before) if (!after.includes(one)) note(`Without “${one}”`);
}
