import { describe, expect, it } from "vitest";
import type { JsonObject } from "@/api/contract";
import type { Line } from "@/api/model";
import { layoutGraph, shownEdges } from "./graphLayout";
import { layoutPaths } from "./pathLayout";
import { cellPlace, cohortStart, survivalGroup } from "./places";
import { segmentOf } from "./segmentOf";

describe("people as a segment", () => {
  const question: JsonObject = {
    steps: [{ event: "a" }, { event: "b", where: { property: "p", is: 1 } }],
    window: "1d",
  };
  it("says who reached a step and who stopped there", () => {
    expect(segmentOf("funnel", question, { step: 1 })).toEqual({ condition: { did: { event: "a" } } });
    const both = { sequence: [{ event: "a" }, { and: [{ event: "b" }, { property: "p", is: 1 }] }], within: "1d" };
    expect(segmentOf("funnel", question, { step: 2 })).toEqual({ condition: both });
    expect(segmentOf("funnel", question, { step: 1, who: "stopped" })).toEqual({
      condition: { and: [{ did: { event: "a" } }, { not: both }] },
    });
  });
  it("keeps the question's segment and filter", () => {
    const asked = { segment: { member: "maya" }, filter: { channel: "web" } };
    expect(segmentOf("overview", asked, { name: "a" })).toEqual({
      condition: { and: [{ member: "maya" }, { did: { and: [{ event: "a" }, { channel: "web" }] } }] },
    });
  });
  it("says to which group or side they belong", () => {
    const did = { did: { event: "a" } };
    const by = (breakdown: unknown, group: string[]) =>
      segmentOf("funnel", { ...question, breakdown } as JsonObject, { step: 1, group });
    expect(by([{ trait: "tier" }], ["gold"])).toEqual({ condition: { and: [{ trait: "tier", is: "gold" }, did] } });
    expect(by([{ trait: "tier" }], ["(none)"])).toEqual({
      condition: { and: [{ trait: "tier", exists: false }, did] },
    });
    expect(by([{ segments: { vip: { member: "v" } } }], ["vip"])).toEqual({
      condition: { and: [{ member: "v" }, did] },
    });
    expect(by([{ channel: "first" }], ["web"])).toHaveProperty("why");
    const versus = (compare: unknown) =>
      segmentOf("funnel", { ...question, segment: { member: "v" }, compare } as JsonObject, {
        step: 1,
        compared: true,
      });
    expect(versus({ segment: { member: "w" } })).toEqual({ condition: { and: [{ member: "w" }, did] } });
    expect(versus("previous")).toHaveProperty("why");
  });
  it("says what segments they belong to", () => {
    const segments = { a: { member: "a" }, b: { member: "b" } };
    expect(segmentOf("segments", { segments }, { in: ["a"] })).toEqual({ condition: { member: "a" } });
    expect(segmentOf("segments", { segments }, { in: ["a"], not_in: ["b"] })).toEqual({
      condition: { and: [{ member: "a" }, { not: { member: "b" } }] },
    });
    expect(segmentOf("segments", {}, { in: ["a"] })).toHaveProperty("why");
  });
  it("say how often somebody bought, but not how lately as against all others", () => {
    const asked: JsonObject = { purchase: { event: "order" } };
    const cuts = { purchases: [1, 2, 4, 8] };
    const did = { event: "order" };
    const at = (score: number) => segmentOf("rfm", asked, { scored: "purchases", score, cuts });
    expect(at(1)).toEqual({ condition: { did, at_most: 1 } });
    expect(at(3)).toEqual({ condition: { did, at_least: 3, at_most: 4 } });
    expect(at(5)).toEqual({ condition: { did, at_least: 9 } });
    expect(segmentOf("rfm", { ...asked, cuts }, { scored: "purchases", score: 1 })).toEqual(at(1));
    expect(segmentOf("rfm", asked, { scored: "days", score: 5, cuts })).toHaveProperty("why");
    expect(segmentOf("rfm", asked, { segment: "Champions", cuts })).toHaveProperty("why");
  });
  it("says why where it cannot", () => {
    for (const [analysis, asked, place] of [
      ["funnel", { ...question, exclude: [{ what: { event: "c" } }] }, { step: 1 }],
      ["funnel", { ...question, mode: "strict_order" }, { step: 2 }],
      ["funnel", { ...question, unit: "session" }, { step: 1 }],
      ["trends", { measures: [{}] }, { measure: 1, at: "2025-01-01T00:00:00Z" }],
      ["follows", {}, { edge: ["a", "b"] }],
      ["variants", {}, { steps: ["a"] }],
    ] as const) {
      expect(segmentOf(analysis, asked as never, place as never)).toHaveProperty("why");
    }
  });
});

describe("places", () => {
  const column = (name: string, kind: "count" | "text" = "count") => ({ name, kind });
  const view = {
    columns: [column("from", "text"), column("to", "text"), column("customers")],
    rows: [
      ["a", "b", 5],
      ["a", "c", 0],
    ],
    people: [{ row: 0, column: 2, place: { from: "a", to: "b" } }],
  };
  it("are of the cells of which the answer says so", () => {
    expect(cellPlace(view, 0, 2)).toEqual({ place: { from: "a", to: "b" }, title: "a → b: customers" });
    expect([cellPlace(view, 0, 0), cellPlace(view, 1, 2), cellPlace({ ...view, people: [] }, 0, 2)]).toEqual([
      null,
      null,
      null,
    ]);
  });
  it("of a line of survival are a group's, or all others'", () => {
    const lines = ["web", "app", "(others)"].map((name) => ({ name }) as Line);
    expect(survivalGroup(lines, 1, { property: "channel" })).toEqual({ by: "app" });
    expect(survivalGroup(lines, 2, { property: "channel" })).toEqual({ but: ["web", "app"] });
    expect(survivalGroup([{ name: "not yet" } as Line], 0, undefined)).toEqual({});
  });
  it("know when a cohort begins by its name", () => {
    expect(["2025-01-06", "2025-03", "2025 Q3", "2025", "2025-01-06 13:00"].map(cohortStart)).toEqual([
      "2025-01-06T00:00:00Z",
      "2025-03-01T00:00:00Z",
      "2025-07-01T00:00:00Z",
      "2025-01-01T00:00:00Z",
      "2025-01-06T13:00:00Z",
    ]);
    expect(cohortStart("everybody")).toBeNull();
  });
});

describe("layouts", () => {
  it("keep places of a step from covering each other", () => {
    const nodes = Array.from({ length: 8 }, (_, n) => ({
      step: n % 2,
      name: `n${n}`,
      count: 10 ** n,
      ends: 0,
      beyond: 0,
    }));
    const links = [{ from: 0, to: 1, count: 1, median_seconds: 1 }];
    const placed = layoutPaths({ nodes, links, paths: 10, steps: 2 }, 800, 500);
    for (const a of placed.nodes) {
      for (const b of placed.nodes) {
        if (a.index < b.index && a.x === b.x) expect(a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(true);
      }
    }
    expect(Math.max(...placed.nodes.map((node) => node.y + node.height))).toBeLessThanOrEqual(500);
    expect(placed.links).toHaveLength(1);
  });
  it("leave no place of a graph alone, and draw no loop as a link", () => {
    const node = (name: string) => ({ name, count: 1, sequences: 1, starts: 0, ends: 0 });
    const edge = (from: number, to: number, count: number) => ({
      from,
      to,
      count,
      sequences: count,
      mean_seconds: null,
      median_seconds: null,
    });
    const graph = {
      nodes: ["a", "b", "c"].map(node),
      edges: [edge(0, 0, 9), edge(0, 1, 5), edge(1, 0, 4), edge(2, 0, 1)],
      sequences: 10,
    };
    const edges = shownEdges(graph, new Set([0, 1, 2]), 1);
    expect(edges).toEqual([1, 3]);
    const placed = layoutGraph(graph, [0, 1, 2], edges);
    expect(placed.nodes.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(placed.edges.every(({ path }) => path.startsWith("M"))).toBe(true);
  });
});
