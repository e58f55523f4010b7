import { describe, expect, it } from "vitest";
import type { CaseFigures } from "@/api/followup";
import { freeId } from "../KeptPanel";
import { badUpTo, dueWords, firstRule, halfClosed, ruleWords } from "./words";

const NOW = Date.parse("2026-03-10T12:00:00Z");
const score = (name: string, scale: [number, number]) => ({ name, scale, when: "answered", property: "score" });

describe("cases in words", () => {
  it("say how long there is, and what came of them", () => {
    const due = (due_at: string) => dueWords({ status: "open", due_at }, NOW);
    expect(due("2026-03-10T15:00:00Z")).toBe("due in 3\u202fh");
    expect(due("2026-03-08T12:00:00Z")).toBe("overdue by 2\u202fd");
    expect(due("2026-03-10T12:00:05Z")).toBe("due in 1\u202fmin");
    const closed = { status: "closed", due_at: "", closed_at: "2026-03-09T12:00:00Z", outcome: "not_reached" } as const;
    expect(dueWords(closed, NOW)).toBe("not reached, 1 day ago");
  });
  it("say that it is not known when half will be closed", () => {
    const figures = { median_seconds: null, median_low: null, median_high: null } as CaseFigures;
    expect(halfClosed(figures).value).toBe("–");
    const open = { ...figures, median_seconds: 7200, median_low: 3600 };
    expect(halfClosed(open)).toEqual({ value: "2\u202fh", about: "1\u202fh or longer" });
  });
});

describe("a rule for cases", () => {
  it("begins with the detractors", () => {
    const scores = [score("Stars", [1, 5]), score("NPS", [0, 10])];
    expect(firstRule(scores, "shop")).toMatchObject({ name: "Detractors", score: "NPS", at_most: 6, map: "shop" });
    expect(firstRule(scores.slice(0, 1), "shop")).toMatchObject({ score: "Stars", at_most: 2 });
    expect(firstRule([], undefined)).not.toHaveProperty("at_most");
  });
  it("takes the lower part of a scale, whichever way it runs", () => {
    expect([badUpTo(score("CES", [1, 7])), badUpTo(score("Grade", [5, 1])), badUpTo(score("x", [0, 100]))]).toEqual([
      3, 4, 30,
    ]);
  });
  it("is told in a sentence", () => {
    const rule = { name: "D", score: "NPS", at_most: 6, due: "2d", owner: "Ana", tell: [{ mail: "a@b.example" }] };
    expect(ruleWords(rule)).toBe("NPS up to 6, due within 2 days; Ana sees to it; tells 1 address");
    expect(ruleWords({ name: "W", score: "NPS", with_words: true })).toBe(
      "NPS with words, due within 2 days; whoever answers for the place sees to it",
    );
    expect(ruleWords({ name: "G", score: "Grade", at_most: 4 }, true)).toMatch(/^Grade from 4 on/);
  });
  it("has an id of its own in every script", () => {
    expect(freeId("Detractors", [], "rule")).toBe("detractors");
    expect(freeId("Detractors", ["detractors"], "rule")).toBe("detractors-2");
    expect(freeId("批評", ["rule"], "rule")).toBe("rule-2");
  });
});
