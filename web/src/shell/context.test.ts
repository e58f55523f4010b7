import { describe, expect, it } from "vitest";
import type { Saved } from "@/api/contract";
import { contextQuestion, inContext, readContext } from "./context";

const saved: Saved = {
  segments: [{ id: "vip", name: "VIP", about: "", condition: { trait: "tier", is: "gold" } }],
  answers: [],
  dashboards: [],
};
const ask = (search: Record<string, unknown>) => contextQuestion(readContext(search), "2025-12-31", saved);

describe("the context of the address", () => {
  it("leaves out what makes no sense", () => {
    expect(readContext({ who: "nobody", period: "soon", compare: "x", where: [1], map: "", other: 1 })).toEqual({});
    expect(readContext({ who: "persona:maya", period: "7d", map: "shop", version: 3 })).toEqual({
      who: "persona:maya",
      period: "7d",
      map: "shop",
      version: "3",
    });
  });
  it("becomes the fields of a question", () => {
    expect(ask({})).toEqual({});
    expect(ask({ period: "7d", compare: "year", who: "segment:vip", map: "shop" })).toEqual({
      from: "2025-12-25",
      to: "2026-01-01",
      compare: { earlier: "364d" },
      segment: { trait: "tier", is: "gold" },
      map: "shop",
    });
    expect(ask({ period: "7d", compare: "2025-01-01..2025-01-07" }).compare).toEqual({
      period: { from: "2025-01-01", to: "2025-01-08" },
    });
    expect(ask({ compare: "persona:maya" }).compare).toEqual({ segment: { member: "maya" } });
  });
  it("speaks of a map as it was in the version that is chosen", () => {
    const declared = { title: "Shop" };
    const old = contextQuestion({ map: "shop", version: "a1" }, "2025-06-30", undefined, declared);
    expect(old).toEqual({ map: "shop", declared });
    expect(contextQuestion({ map: "shop" }, "2025-06-30", undefined, declared)).toEqual({ map: "shop" });
    expect(inContext(old, { map: "other" })).toEqual({ map: "other" });
    expect(inContext(old, { map: "shop" })).toEqual(old);
  });
  it("compares all time with days that are said", () => {
    expect(ask({ compare: "2025-01-01..2025-01-07" })).toEqual({
      compare: { period: { from: "2025-01-01", to: "2025-01-08" } },
    });
  });
  it("compares nothing with what lies before all time", () => {
    expect(ask({ compare: "previous" })).toEqual({});
  });
  it("joins several segments", () => {
    expect(ask({ who: "segment:vip", where: { trait: "a", is: 1 } }).segment).toEqual({
      and: [
        { trait: "tier", is: "gold" },
        { trait: "a", is: 1 },
      ],
    });
    expect(inContext({ segment: "a" }, { segment: "b" })).toEqual({ segment: { and: ["a", "b"] } });
  });
  it("asks of everybody when a segment was removed", () => {
    expect(ask({ who: "segment:gone" })).toEqual({});
  });
});
