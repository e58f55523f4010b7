import { describe, expect, it } from "vitest";
import type { Analysis } from "@/api/contract";
import { firstQuestion, gallery, lacks } from "./analyses";
import { armsOf } from "./builders/plan";
import { command, fileAddress } from "./share";

const analysis = (name: string, example = {}): Analysis => ({
  name,
  about: `about ${name}`,
  needs_map: false,
  example,
  schema: {},
  place: {},
});

describe("first questions", () => {
  const funnel = analysis("funnel", { steps: [{ event: ["a", "A"] }, { event: ["b", "B"] }], window: "7d" });
  it("are the example in the words of the data", () => {
    expect(firstQuestion(funnel, ["A", "b"])).toEqual({ steps: [{ event: ["A"] }, { event: ["b"] }], window: "7d" });
  });
  it("are empty when the example speaks of what is not there", () => {
    expect(firstQuestion(funnel, ["a"])).toEqual({});
    expect(lacks("funnel", {})).toBe("Choose at least two steps.");
    expect(lacks("funnel", { steps: [{ event: "a" }, {}] })).not.toBeNull();
    expect(lacks("funnel", { steps: [{ event: "a" }, { touchpoint: ["b"] }] })).toBeNull();
  });
});

describe("the arms of a plan", () => {
  it("are the planned ones with whole weights, the control first, whatever they are called", () => {
    expect(armsOf({}, "")).toBe("control:1,treatment:1");
    expect(armsOf({ control: 1 }, "control")).toBe("control:1,treatment:1");
    expect(armsOf({ "a:b, c": 1, old: 2 }, "old")).toBe("control:2,arm1:1");
    expect(armsOf({ old: 0.5, a: 0.25, b: 0.25 }, "old")).toBe("control:500,arm1:250,arm2:250");
  });
});

describe("a scenario", () => {
  const adding = (name: string, ...shares: number[]) =>
    lacks("what_if", {
      conversion: { event: "order" },
      scenarios: [
        { name: "a", edits: [{ add: { name, takes: [], onward: shares.map((share) => ({ to: "b", share })) } }] },
      ],
    });
  it("says what is put in, and where all go on from there", () => {
    expect(adding("store", 0.3, 0.7)).toBeNull();
    expect(adding("store", 0.3, 0.6)).toMatch(/100 %/);
    expect(adding("", 1)).toMatch(/what is put in/);
    expect(lacks("what_if", { conversion: { event: "order" } })).toBeNull();
  });
});

describe("segments without any", () => {
  it("need a map for its personas", () => {
    expect(lacks("segments", {})).not.toBeNull();
    expect(lacks("segments", { map: "shop" })).toBeNull();
    expect(lacks("segments", { segments: { a: { member: "a" } } })).toBeNull();
  });
});

describe("the gallery", () => {
  it("shows what the server has, and what nobody named at the end", () => {
    const shown = gallery([analysis("funnel"), analysis("map"), analysis("brand_new")]);
    expect(shown.map((group) => group.analyses.map((one) => one.title))).toEqual([["Funnel"], ["brand new"]]);
  });
});

describe("sharing", () => {
  it("quotes the question for a shell", () => {
    expect(command("funnel", { steps: [{ event: "it's" }], map: "shop" }, "maps/shop.yaml")).toBe(
      `periplus ask funnel '{"steps":[{"event":"it'\\''s"}]}' --map 'maps/shop.yaml'`,
    );
  });
  it("gives addresses of files", () => {
    expect(fileAddress("trends", { a: 1 }, "svg", "dark")).toBe(
      "/api/ask/trends.svg?question=%7B%22a%22%3A1%7D&theme=dark",
    );
  });
});
