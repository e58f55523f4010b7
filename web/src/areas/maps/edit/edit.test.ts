import { describe, expect, it } from "vitest";
import type { JourneyMap } from "../declared";
import { changedSince } from "../keep/diff";
import {
  addStage,
  addTouchpoint,
  freshId,
  moveLane,
  moveStage,
  moveTouchpoint,
  removeStage,
  setLane,
  setStage,
  shiftTouchpoint,
} from "./document";
import { begin, draftStep } from "./draft";
import { around, lineDiff } from "./lines";

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
    const found = changedSince(map, { ...next, stages: [...next.stages, { id: "stay", name: "Stay" }] });
    expect(Object.fromEntries(found)).toEqual({
      "people:look": "Now “See”",
      "emotion:look": "Belief is now +0.50",
      "goals:buy": "Now “Pay fast”",
      "touchpoints:look": "“Home” is now in Buy",
    });
    expect(changedSince(map, map).size).toBe(0);
  });
});
