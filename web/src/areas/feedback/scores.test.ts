import { expect, it } from "vitest";
import { looksLikeScore, scoreQuestion } from "./scores";

const score = { name: "CSAT", property: "score", scale: [1, 5] as [number, number] };

it("asks for the mean of what the map calls a score", () => {
  const of = (when: never) => (scoreQuestion({ ...score, when }).measures as { of: unknown }[])[0]?.of;
  expect(of("CSAT" as never)).toEqual({ event: "CSAT" });
  const narrow = { event: "CSAT", where: { property: "about", is: "cart" } };
  expect(of(narrow as never)).toEqual(narrow);
  expect(of({ or: ["A", "B"] } as never)).toEqual({ where: { or: ["A", "B"] } });
});

it("knows scores by their names, and only where they are numbers", () => {
  const property = (name: string, kind: "number" | "text") => ({ name, kind, events: [], values: [] });
  expect(["score", "nps_score", "stars", "Rating"].every((name) => looksLikeScore(property(name, "number")))).toBe(
    true,
  );
  expect(looksLikeScore(property("underscore", "number"))).toBe(false);
  expect(looksLikeScore(property("score", "text"))).toBe(false);
});
