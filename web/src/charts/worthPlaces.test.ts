import { describe, expect, it } from "vitest";
import type { JsonObject } from "@/api/contract";
import type { JsonValue, Line } from "@/api/model";
import { survivalGroup, worthPlace } from "./worthPlaces";

const of = (analysis: string, question: JsonObject, cells: JsonValue[], column: number, notes?: string[]) =>
  worthPlace(analysis, question, cells, column, notes);

describe("people in the tables of what is worth what", () => {
  it("are those of a channel, and those of them who converted", () => {
    expect(of("attribution", {}, ["web", 10, 4], 1)).toEqual({ channel: "web" });
    expect(of("attribution", {}, ["web", 10, 4], 2)).toEqual({ channel: "web", converted: true });
    expect(of("attribution", {}, ["web", 10, 4, 3.5], 3)).toBeNull();
  });

  it("are those of a band, by its ends", () => {
    const band = (again: string, last: string) => of("lifetime", {}, [again, last, 3], 2);
    expect(band("never", "up to 30 days ago")).toEqual({ repeats_from: 0, repeats_to: 0, days_from: 0, days_to: 30 });
    expect(band("3 to 5 times", "91 to 180 days ago")).toEqual({
      repeats_from: 3,
      repeats_to: 5,
      days_from: 91,
      days_to: 180,
    });
    expect(band("more than 10 times", "more than a year ago")).toEqual({ repeats_from: 11, days_from: 366 });
    expect(of("lifetime", { by: { trait: "tier" } }, ["gold", 3], 1)).toEqual({ by: "gold" });
    expect(of("lifetime", { show: "holdout" }, ["7 or more", 3], 1)).toEqual({ repeats_from: 7, held: true });
    expect(of("lifetime", { show: "holdout" }, ["2", 3], 1)).toEqual({ repeats_from: 2, repeats_to: 2, held: true });
  });

  it("carry where scores end, as the answer tells it", () => {
    const notes = [
      "Scores end at: days since the last purchase 12, 40, 90, 1,180; purchases 1, 2, 3, 5; spent 9.5, 20, 30, 1,000; equal values share a score.",
    ];
    const cuts = { days: [12, 40, 90, 1180], purchases: [1, 2, 3, 5], money: [0, 0, 0, 0] };
    expect(of("rfm", {}, ["Champions", 3], 1, notes)).toEqual({ segment: "Champions", cuts });
    expect(of("rfm", { show: "scores" }, ["purchases", 5, "", 3], 3, notes)).toEqual({
      scored: "purchases",
      score: 5,
      cuts,
    });
    // Money is told in rounded numbers.
    expect(of("rfm", { show: "scores" }, ["spent", 5, "", 3], 3, notes)).toBeNull();
    expect(of("rfm", {}, ["Champions", 3], 1)).toBeNull();
    const own = { days: [1, 2, 3, 4], purchases: [1, 2, 3, 4], money: [1, 2, 3, 4] };
    expect(of("rfm", { cuts: own }, ["Champions", 3], 1)).toEqual({ segment: "Champions" });
  });

  it("are those of a scenario, a deviation, a next action, an arm", () => {
    expect(of("what_if", {}, ["as measured", 9, 2], 1)).toEqual({});
    expect(of("what_if", {}, ["mended", 9, 2], 2)).toEqual({ scenario: "mended", converted: true });
    expect(of("conformance", {}, ["skips 'Pay's'", 9], 1)).toEqual({ skips: "Pay's" });
    expect(of("conformance", {}, ["does 'Call' where the design does not have it", 9], 1)).toEqual({ adds: "Call" });
    expect(of("next_action", {}, ["a → b", 9], 1)).toEqual({ now: ["a → b"] });
    expect(of("next_action", { recent: 2 }, ["a → b", 9], 1)).toEqual({ now: ["a", "b"] });
    expect(of("experiment", {}, ["orders", "b", 9, 3], 3)).toEqual({ arm: "b", metric: "orders", converted: true });
    expect(of("experiment", { by: "tier" }, ["gold", "orders", "b", 9, 3], 3)).toEqual({ arm: "b", by: "gold" });
    expect(of("experiment", { by: "tier" }, ["(all)", "orders", "b", 9, 3], 3)).toEqual({ arm: "b" });
  });

  it("of a curve are its group, or all that have no curve of their own", () => {
    const lines = ["web", "app", "(others)"].map((name) => ({ name }) as Line);
    expect(survivalGroup(lines, 1, { property: "channel" })).toEqual({ by: "app" });
    expect(survivalGroup(lines, 2, { property: "channel" })).toEqual({ but: ["web", "app"] });
    expect(survivalGroup([{ name: "not yet" } as Line], 0, undefined)).toEqual({});
    const hazards: JsonObject = { show: "hazards", covariates: [{ trait: "age" }, { property: "channel" }] };
    expect(of("survival", hazards, ["channel", "app", "web", 9], 3)).toEqual({ covariate: 1, level: "app" });
    expect(of("survival", hazards, ["age", "one more", "one less", 9], 3)).toEqual({ covariate: 0 });
    expect(of("survival", hazards, ["channel", "(others)", "web", null], 3)).toBeNull();
  });
});
