import { expect, it } from "vitest";
import type { Came } from "@/api/surveys";
import { rateOf, scoresOf } from "./words";

const few = { value: 0.25, low: 0.21, high: 0.29, n: 20, is_small: true };
const came = { response_rate: few, scores: {} } as unknown as Came;

it("tells figures with their interval, and says when they rest on few", () => {
  expect(rateOf(came)).toEqual({ value: "25.0\u202f%", about: "21.0–29.0\u202f%, n 20: few" });
  expect(rateOf({ ...came, response_rate: null })).toBeNull();
  const nps = {
    variant: "promoters minus detractors",
    figure: { ...few, value: 20.4, low: 3.2, high: 37, is_small: false },
  };
  expect(scoresOf({ ...came, scores: { nps } })).toEqual([
    { name: "NPS", value: "+20", about: "3.2–37, n 20", variant: nps.variant },
  ]);
});
