import { describe, expect, it } from "vitest";
import type { Analysis } from "@/api/contract";
import { firstQuestion, gallery, lacks } from "./analyses";
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
