import { describe, expect, it } from "vitest";
import type { JourneyMap, Persona, Stage } from "../declared";
import { changesSince, markName } from "../keep/diff";
import {
  addStage,
  addTouchpoint,
  freshId,
  moveLane,
  movePersona,
  moveStage,
  moveTouchpoint,
  removeStage,
  removeTouchpoint,
  setJourney,
  setLane,
  setPeriod,
  setPersona,
  setReview,
  setScore,
  setStage,
  shiftTouchpoint,
} from "./document";
import { begin, draftStep } from "./draft";
import { around, lineDiff } from "./lines";
import { lineOf } from "./place";

const map: JourneyMap = {
  id: "shop",
  title: "Shop",
  stages: [
    { id: "look", name: "Look", believed: 0.2, hypotheses: ["They look"] },
    { id: "buy", name: "Buy", goal: "Pay" },
  ],
  touchpoints: [
    { id: "home", name: "Home", stage: "look", when: "Home" },
    { id: "order", name: "Order", stage: "buy", when: "Order" },
    { id: "search", name: "Search", stage: "look", when: "Search" },
  ],
  scores: [{ name: "NPS", when: "nps", property: "score", scale: [0, 10], stage: "buy" }],
};
const touchpoints = (of: JourneyMap) => of.touchpoints?.map(({ id, stage }) => `${stage}/${id}`);

describe("editing a map", () => {
  it("leaves the map as it was", () => {
    const before = JSON.stringify(map);
    moveStage(removeStage(setStage(map, "look", { name: "See" }), "buy"), "look", 1);
    expect(JSON.stringify(map)).toBe(before);
  });
  it("gives ids that nothing else has", () => {
    expect(freshId("Look!", map.stages, "stage")).toBe("look-2");
    expect(freshId("شكرا", map.stages, "stage")).toBe("stage");
    expect(addStage(map, "New stage").id).toBe("new-stage");
    expect(addTouchpoint(map, "buy", "Order").id).toBe("order-2");
  });
  it("leaves out what says nothing", () => {
    expect(setStage(map, "buy", { goal: "", believed: null }).stages[1]).toEqual({ id: "buy", name: "Buy" });
    expect(setStage(map, "buy", { name: "" }).stages[1]?.name).toBe("");
    expect(setStage(map, "buy", { believed: 0 }).stages[1]?.believed).toBe(0);
  });
  it("takes a stage's touchpoints along, and the stage of its scores", () => {
    const without = removeStage(map, "buy");
    expect(touchpoints(without)).toEqual(["look/home", "look/search"]);
    expect(without.scores).toEqual([{ name: "NPS", when: "nps", property: "score", scale: [0, 10] }]);
  });
  it("moves touchpoints within their stage and beyond it", () => {
    expect(touchpoints(moveTouchpoint(map, "search", -1))).toEqual(["look/search", "look/home", "buy/order"]);
    expect(touchpoints(moveTouchpoint(map, "home", -1))).toEqual(touchpoints(map));
    expect(touchpoints(shiftTouchpoint(map, "home", 1))?.[0]).toBe("buy/home");
    expect(shiftTouchpoint(map, "order", 1)).toBe(map);
  });
  it("says when journeys begin and maps are reviewed, and leaves out what says nothing", () => {
    const said = setPeriod(setReview(setJourney(map, { start: "Visit" }), { every: "90d" }), { from: "2025-01-01" });
    expect(said).toMatchObject({
      journey: { start: "Visit" },
      review: { every: "90d" },
      period: { from: "2025-01-01" },
    });
    const unsaid = setPeriod(setReview(setJourney(said, { start: undefined }), { every: "", owners: [] }), {
      from: "",
    });
    expect(unsaid).toEqual(map);
  });
  it("changes personas and scores", () => {
    const personas: Persona[] = [
      { id: "a", name: "A", segment: { trait: "a", exists: true }, goals: ["Pay"] },
      { id: "b", name: "B", segment: { and: [] } },
    ];
    const next = setPersona({ ...map, personas }, 0, { name: "", goals: [] });
    expect(next.personas?.[0]).toEqual({ id: "a", name: "", segment: { trait: "a", exists: true } });
    expect(movePersona(next, 1, -1).personas?.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(setScore(map, 0, { stage: "", scale: [1, 5] }).scores).toEqual([
      { name: "NPS", when: "nps", property: "score", scale: [1, 5] },
    ]);
  });
  it("knows where things stand in the file", () => {
    const yaml = "id: shop\nstages:\n  - id: look\n  - {id: buy, name: Buy}\nscores:\n  - name: buy # NPS\n";
    expect(lineOf(yaml, ["stages", "buy"])).toBe(4);
    expect(lineOf(yaml, ["scores", "buy"])).toBe(6);
    expect(lineOf(yaml, ["id"])).toBe(1);
    expect(lineOf(yaml, ["stages", "new"])).toBe(2);
    expect(lineOf(yaml, ["journey"])).toBe(0);
  });
  it("shows, hides and moves lanes", () => {
    expect(setLane(map, "goals", false).lanes).not.toContain("goals");
    expect(moveLane({ ...map, lanes: ["people", "kpis"] }, "kpis", -1).lanes).toEqual(["kpis", "people"]);
  });
});

describe("undo and redo", () => {
  it("joins what is written into one field", () => {
    let draft = begin(map);
    for (const name of ["B", "Bu", "Buy!"]) {
      draft = draftStep(draft, { do: "change", map: setStage(map, "buy", { name }), tag: "buy name" });
    }
    expect(draft.past).toHaveLength(1);
    draft = draftStep(draft, { do: "undo" });
    expect(draft.now).toBe(map);
    expect(draftStep(draft, { do: "redo" }).now.stages[1]?.name).toBe("Buy!");
    expect(draftStep(draft, { do: "undo" })).toBe(draft);
  });
  it("forgets the future once something else is done", () => {
    let draft = draftStep(begin(map), { do: "change", map: moveStage(map, "buy", -1) });
    draft = draftStep(draftStep(draft, { do: "undo" }), { do: "change", map: setStage(map, "buy", { name: "Pay" }) });
    expect(draft.future).toEqual([]);
  });
});

describe("differences", () => {
  it("of texts name what went and what came", () => {
    const signs = (a: string, b: string) => lineDiff(a, b).map(({ sort, text }) => `${sort} ${text}`);
    expect(signs("a\nb\nc", "a\nx\nc")).toEqual(["same a", "out b", "in x", "same c"]);
    expect(signs("a\na", "a\na\na")).toEqual(["same a", "same a", "in a"]);
    expect(signs("", "a")).toEqual(["out ", "in a"]);
    expect(lineDiff("a\nb", "a\nb").every(({ sort }) => sort === "same")).toBe(true);
  });
  it("leave out what is far from a change", () => {
    const text = Array.from({ length: 20 }, (_, line) => `${line}`).join("\n");
    const shown = around(lineDiff(text, text.replace("10", "ten")), 1);
    expect(shown.map((line) => line?.text ?? "…")).toEqual(["…", "9", "10", "ten", "11", "…"]);
  });
  it("of maps are told cell by cell", () => {
    const next = shiftTouchpoint(
      setStage(setStage(map, "look", { believed: 0.5, name: "See" }), "buy", { goal: "Pay fast" }),
      "home",
      1,
    );
    const { said } = changesSince(map, { ...next, stages: [...next.stages, { id: "stay", name: "Stay" }] });
    expect(Object.fromEntries(said)).toEqual({
      "people:look": "Now “See”",
      "emotion:look": "Belief is now +0.50",
      "goals:buy": "Now “Pay fast”",
      "touchpoints:look": "“Home” is now in Buy",
    });
    const none = changesSince(map, map);
    expect([none.said.size, none.marks.size]).toEqual([0, 0]);
    expect(none.both).toEqual(map.touchpoints && { ...map, stages: none.both.stages });
  });
  it("of maps mark what came and what went, each in its place", () => {
    const [look, buy] = map.stages as [Stage, Stage];
    const now: JourneyMap = {
      ...removeTouchpoint(map, "home"),
      stages: [{ ...look, hypotheses: ["They look twice"] }, { id: "try", name: "Try" }, buy],
    };
    now.touchpoints?.push({ id: "fit", name: "Fitting room", stage: "try", when: "Fit" });
    const { both, marks, said } = changesSince(map, now);
    expect(both.stages.map(({ id }) => id)).toEqual(["look", "try", "buy"]);
    expect(both.stages[0]?.hypotheses).toEqual(["They look twice", "They look"]);
    expect(touchpoints(both)).toEqual(["look/home", "buy/order", "look/search", "try/fit"]);
    expect(Object.fromEntries(marks)).toEqual({
      [markName("stage", "try")]: "added",
      [markName("hypothesis", "look", "They look twice")]: "added",
      [markName("hypothesis", "look", "They look")]: "gone",
      [markName("touchpoint", "home")]: "gone",
      [markName("touchpoint", "fit")]: "added",
    });
    // The stages that stayed did not move.
    expect(said.size).toBe(0);
    expect(changesSince(now, map).marks.get(markName("stage", "try"))).toBe("gone");
  });
});
