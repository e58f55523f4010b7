import { describe, expect, it } from "vitest";
import type { MeasuredMap, Series, Signal } from "@/api/model";
import type { JourneyMap } from "../declared";
import { rateInterval, rateQuestion } from "./rate";

const touchpoint = (id: string, stage: number) => ({
  id,
  name: id,
  stage,
  channel: null,
  owned_by: "brand",
  offline: false,
});
const map = {
  from: "2025-01-01T00:00:00Z",
  to: "2025-12-31T00:00:00Z",
  stages: [{ id: "look" }, { id: "buy" }],
  touchpoints: [touchpoint("cart", 1), touchpoint("home", 0), touchpoint("pay", 1)],
} as unknown as MeasuredMap;
const declared = {
  stages: [
    { id: "look", name: "Look", time_limit: "7d" },
    { id: "buy", name: "Buy", entry: "Order" },
  ],
  scores: [{ name: "CES", when: "Asked", property: "mark", scale: [5, 1], stage: "buy" }],
} as unknown as JourneyMap;
const ask = (what: Signal["what"], stage: number, at: number | null) =>
  rateQuestion(map, declared, { what, stage, touchpoint: at } as Signal);
const series = (values: (number | null)[], intervals: ([number, number] | null)[], of: number[]): Series => ({
  axis: { calendar: { interval: "month", starts: [], labels: values.map((_, at) => `m${at}`) } },
  lines: [
    { name: "rate", kind: "share", values, intervals },
    { name: "of", kind: "count", values: of },
  ],
  style: "lines",
  unfinished_from: values.length - 1,
});

describe("the rate of a signal over time", () => {
  it("of leaving is the share of visits that did not go on", () => {
    const found = ask("drop_off", 1, 0);
    expect(found?.own).toMatchObject({
      unit: "session",
      steps: [{ touchpoint: "cart" }, { touchpoint: ["home", "pay"] }],
      trend: "month",
    });
    const [point, ...more] = found?.read(series([null, 0.75], [null, [0.7, 0.85]], [0, 40])) ?? [];
    expect(more).toEqual([]);
    expect(point).toMatchObject({ label: "m1", value: 0.25, n: 40, open: true });
    expect(point?.low).toBeCloseTo(0.15);
    expect(point?.high).toBeCloseTo(0.3);
  });
  it("of going back is about what lies before in the journey", () => {
    expect(ask("loop", 1, 2)?.own.steps).toEqual([{ touchpoint: "pay" }, { touchpoint: ["cart", "home"] }]);
    expect(ask("loop", 0, 1)).toBeNull();
  });
  it("of going on takes the next stage's entry and the time that one may take", () => {
    const found = ask("conversion", 0, 1);
    expect(found?.own).toMatchObject({ steps: [{ touchpoint: "home" }, { where: "Order" }], window: "7d" });
    expect(found?.title).toBe("Went on to Buy within 7 days of home");
    expect(ask("conversion", 1, 2)).toBeNull();
  });
  it("of marks is brought to −1 to +1, whichever end is the best", () => {
    const [point] = ask("score", 1, null)?.read(series([2], [[1.5, 2.5]], [9])) ?? [];
    expect(point).toMatchObject({ value: 0.5, low: 0.25, high: 0.75, n: 9 });
    expect(ask("score", 0, null)).toBeNull();
  });
  it("of waiting is not asked for, and short periods are cut finely", () => {
    expect(ask("wait", 1, 2)).toBeNull();
    expect(rateInterval("2025-01-01", "2025-01-20")).toBe("day");
    expect(rateInterval("2025-01-01", "2025-03-01")).toBe("week");
  });
});
