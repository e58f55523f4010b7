import { describe, expect, it } from "vitest";
import type { JsonObject } from "@/api/contract";
import type { Answer } from "@/api/model";
import { groupPeople } from "./groupPeople";

const answer = (analysis: string) =>
  ({
    analysis,
    view: { shape: "series", axis: { calendar: { starts: ["2025-06-02T00:00:00Z"], labels: [] } }, lines: [] },
  }) as unknown as Answer;
const of = (analysis: string, question: JsonObject, known = {}) =>
  groupPeople(answer(analysis), question, ["web"], known);
const events = (analysis: string, question: JsonObject, known = {}) =>
  (of(analysis, question, known).question.measures as JsonObject[] | undefined)?.[0]?.of;
const BREAKDOWN = [{ channel: "first" }];

describe("all of a group", () => {
  it("stand at a place of the answer where there is one", () => {
    const question = { steps: [], breakdown: BREAKDOWN };
    expect(of("funnel", question)).toEqual({ analysis: "funnel", question, place: { step: 1, group: ["web"] } });
  });

  it("are else those with an event that counts, asked in the same context", () => {
    const question = {
      measures: [{ of: { event: "a" } }, { of: { event: "b" } }],
      breakdown: BREAKDOWN,
      from: "2025-01-01",
    };
    expect(of("trends", { ...question, compare: "previous" })).toEqual({
      analysis: "trends",
      question: {
        from: "2025-01-01",
        breakdown: BREAKDOWN,
        measures: [{ of: { where: { or: [{ event: "a" }, { event: "b" }] } }, show: "customers" }],
        interval: "year",
      },
      place: { measure: 1, group: ["web"] },
    });
    expect(events("time_to_convert", { start: { event: "a" }, goal: { event: "b" } })).toEqual({
      where: { event: "a" },
    });
    expect(events("variants", {})).toEqual({ where: { and: [] } });
    expect(events("follows", { of: "channels" }, { channels: ["web"] })).toEqual({ where: { channel: ["web"] } });
    expect(events("paths", { start: ["a"], without: ["b"] })).toEqual({
      where: { and: [{ event: ["a"] }, { not: { event: ["b"] } }] },
    });
  });

  it("are just all who were counted where that needs more than an event", () => {
    for (const [analysis, question] of [
      ["paths", { start: ["a"], end: ["b"] }],
      ["variants", { of: "touchpoints" }],
      ["kpis", {}],
    ] as const) {
      expect(of(analysis, question as never)).toEqual({ analysis, question, place: { all: true, group: ["web"] } });
    }
  });

  it("of a lifecycle begin one stretch earlier, where nothing else hangs on the beginning", () => {
    const question = { from: "2025-06-04", interval: "week", breakdown: [{ trait: "tier" }] };
    expect(of("lifecycle", question).question.from).toBe("2025-05-26T00:00:00.000Z");
    expect(of("lifecycle", { ...question, breakdown: BREAKDOWN }).place).toEqual({ all: true, group: ["web"] });
    expect(of("lifecycle", { breakdown: BREAKDOWN }).question.from).toBeUndefined();
  });
});
