import { describe, expect, it } from "vitest";
import { tellLines, tellOf } from "../tell";
import { boundOf, chanceWords, subjectOf, subjectWords, whenWords } from "./words";

describe("what can be watched", () => {
  it("is a series over days, weeks or months, and what is found", () => {
    expect(subjectOf("kpis", { kpis: [{ kpi: "nps" }] })).toBeNull();
    expect(subjectOf("kpis", { kpis: [], interval: "hour" })).toBeNull();
    expect(subjectOf("funnel", { steps: [], interval: "day" })).toBeNull();
    expect(subjectOf("findings", { at_most: 5 })).toEqual({ analysis: "findings", question: { at_most: 5 } });
  });
  it("has no period of its own, and says its interval even where a question leaves it out", () => {
    const asked = {
      measures: [{ show: "events" }],
      from: "2025-01-01",
      to: "2025-02-01",
      compare: "previous",
      map: "shop",
    };
    expect(subjectOf("trends", asked)).toEqual({
      analysis: "trends",
      question: { measures: [{ show: "events" }], interval: "day" },
      map: "shop",
    });
  });
  it("is told in a few words", () => {
    const trend = {
      measures: [{ show: "sum", property: "amount", of: { event: ["Paid", "Sold"] } }],
      interval: "week",
    };
    expect(subjectWords({ analysis: "trends", question: trend })).toBe("sum of amount of Paid or Sold, each week");
    expect(subjectWords({ analysis: "kpis", question: { interval: "day" }, line: "NPS" })).toBe("NPS, each day");
    expect(whenWords({ unusual: { way: "down" } }, "day")).toBe(
      "when it is out of line downwards, by chance once in a thousand days",
    );
    expect(chanceWords(0.02, "week")).toBe("once in 50 weeks");
  });
});

describe("what is written by hand", () => {
  it("is a bound as a number or as a share", () => {
    expect([boundOf("30"), boundOf(" 12,5 % "), boundOf("−3"), boundOf("many"), boundOf("")]).toEqual([
      30,
      0.125,
      -3,
      null,
      null,
    ]);
  });
  it("is addresses on lines, those with a scheme of programs", () => {
    const tell = tellOf("ana@example.org,\n https://example.org/h?a=1,2\n");
    expect(tell).toEqual([{ mail: "ana@example.org" }, { webhook: "https://example.org/h?a=1,2" }]);
    expect(tellOf(tellLines(tell))).toEqual(tell);
  });
});
