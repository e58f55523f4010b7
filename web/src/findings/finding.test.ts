import { describe, expect, it } from "vitest";
import type { Dismissed } from "@/api/contract";
import type { Estimate, Finding } from "@/api/model";
import {
  changeSince,
  costsOf,
  falseAlarms,
  followUps,
  isAbout,
  rankOf,
  sorted,
  when,
  whom,
  withPauses,
} from "./finding";

const around = (value: number, half = 0.02, n = 1000): Estimate => ({
  value,
  low: value - half,
  high: value + half,
  n,
});
const finding: Finding = {
  id: "f1",
  feeling: "pain",
  kind: "loop",
  stage: "Purchase",
  touchpoint: "address",
  at: "Address",
  who: "phones",
  from: "2025-05-01T00:00:00Z",
  until: "2025-09-02T00:00:00Z",
  title: "Back from Address",
  sentence: "In 40 % of 1,000 cases they went back.",
  customers: 380,
  rate: around(0.4),
  expected: 0.1,
  expected_from: "all other days",
  difference: around(0.3),
  deviates: 20,
  q: 0.01,
  further: around(-0.2),
  spent: around(-65, 5),
  weight: 300 * 65 * 0.99,
  status: "observed",
  trend: [],
  place: {
    kind: "loop",
    touchpoint: "address",
    happened: true,
    from: "2025-05-01T00:00:00Z",
    until: "2025-09-02T00:00:00Z",
    group: { property: ["device", "phone"] },
  },
};

describe("the days of a finding", () => {
  it("end before the day on which it is over", () => {
    expect(when(finding)).toMatch(/^1 May – 1 Sept? 2025$/);
    expect(when({ from: finding.from })).toBe("since 1 May 2025");
    expect(when({ until: "2025-05-01T00:00:00Z" })).toBe("until 30 Apr 2025");
    expect(when({})).toBe("all along");
  });
  it("have the weeks of which most days belong to them", () => {
    const week = (start: string) => isAbout(finding, { start: `${start}T00:00:00Z`, trials: 1, hits: 1 });
    expect(week("2025-04-27")).toBe(false);
    expect(week("2025-04-28")).toBe(true);
    expect(week("2025-08-29")).toBe(true);
    expect(week("2025-08-30")).toBe(false);
    expect(isAbout({}, { start: "2020-01-01T00:00:00Z", trials: 0, hits: 0 })).toBe(true);
  });
});

describe("a journey", () => {
  it("has its pauses in words, where they are longer than a visit waits", () => {
    const steps = [
      "2025-03-01T10:00:00Z",
      "2025-03-01T10:29:59Z",
      "2025-03-01T10:59:59Z",
      "2025-03-01T12:30:00Z",
      "2025-03-05T12:29:00Z",
    ].map((time) => ({ time, at: "Cart" }));
    expect(withPauses(steps).map(({ pause }) => pause)).toEqual([null, null, "30 minutes", "1 hour", "3 days"]);
    expect(withPauses([])).toEqual([]);
  });
});

describe("the rank", () => {
  it("is made of its parts", () => {
    const { excess, each, sure, least } = rankOf(finding, true);
    expect(excess).toBeCloseTo(300);
    expect(each).toBeCloseTo(65);
    expect(sure).toBeCloseTo(0.99);
    expect(excess * each * sure).toBeCloseTo(finding.weight);
    expect(least).toBe(false);
  });
  it("says when the cost is none that could be told", () => {
    expect(rankOf({ ...finding, spent: around(10, 5), weight: 300 * 2 * 0.99 }, true).least).toBe(true);
    expect(rankOf({ ...finding, spent: null, further: null }, true).least).toBe(true);
    expect(rankOf({ ...finding, spent: null, weight: 300 * 0.2 * 0.99 }, false).least).toBe(false);
  });
  it("is nothing where nothing is sure", () => {
    expect(rankOf({ ...finding, q: 1, weight: 0 }, true).each).toBe(0);
  });
});

describe("what it costs", () => {
  it("is money and getting further, with intervals", () => {
    expect(costsOf(finding).map(({ figure, interval }) => [figure, interval])).toEqual([
      ["−65.00 each", "−70.00 to −60.00"],
      ["−20.0\u202fpt", "−22.0\u202fpt to −18.0\u202fpt"],
    ]);
    expect(costsOf({ ...finding, kind: "goes_on" })).toHaveLength(1);
    expect(costsOf({ ...finding, spent: null, further: null })).toEqual([]);
  });
  it("goes with how sure it is", () => {
    expect(falseAlarms(0)).toBe("less than 0.1\u202f% false alarms");
    expect(falseAlarms(0.012)).toBe("1.2\u202f% false alarms");
  });
});

describe("what was dismissed", () => {
  const dismissed = (value: number): Dismissed => ({
    id: "f1",
    reason: "known",
    title: "",
    rate: around(value),
    customers: 1,
  });
  it("comes back only when it has become more, beyond chance", () => {
    expect(changeSince(finding, dismissed(0.4))).toBeNull();
    expect(changeSince(finding, dismissed(0.37))).toBeNull();
    expect(changeSince(finding, dismissed(0.3))).toBe("worse");
    expect(changeSince(finding, dismissed(0.6))).toBeNull();
    expect(changeSince({ ...finding, feeling: "delight" }, dismissed(0.3))).toBe("better");
  });
  it("is worse when a good thing has become rarer", () => {
    const missing: Finding = { ...finding, kind: "goes_on", expected: 0.7 };
    expect(changeSince(missing, dismissed(0.5))).toBe("worse");
    expect(changeSince(missing, dismissed(0.3))).toBeNull();
  });
  it("is folded with its reason, and the rest is told in its order", () => {
    const other = { ...finding, id: "f2" };
    const { told, folded } = sorted([finding, other], [dismissed(0.4)]);
    expect(told.map((one) => one.finding.id)).toEqual(["f2"]);
    expect(folded.map((one) => [one.finding.id, one.dismissed?.reason])).toEqual([["f1", "known"]]);
    expect(sorted([finding, other], [dismissed(0.3)]).told.map((one) => one.change)).toEqual(["worse", null]);
  });
  it("is another at other times, whatever its number", () => {
    const march = { ...dismissed(0.4), from: "2025-03-01T00:00:00Z", until: "2025-03-20T00:00:00Z" };
    const folds = (id: string, from: string | null, until: string | null) =>
      sorted([{ ...finding, id, from, until }], [march]).folded.length === 1;
    expect(folds("f1", "2025-03-02T00:00:00Z", null)).toBe(true);
    expect(folds("f1-2", null, "2025-03-05T00:00:00Z")).toBe(true);
    expect(folds("f1", "2025-07-20T00:00:00Z", null)).toBe(false);
    expect(folds("f1-2", "2025-07-20T00:00:00Z", "2025-08-01T00:00:00Z")).toBe(false);
  });
});

describe("what one asks next", () => {
  const all = { from: "2025-01-01T00:00:00Z", until: "2026-01-01T00:00:00Z" };
  const map = {
    stages: [
      { id: "purchase", name: "Purchase", time_limit: "10d" },
      { id: "retention", name: "Retention" },
    ],
    touchpoints: [{ id: "cart", name: "Cart" }],
  };
  it("is of the group, as customers or as events", () => {
    const of = (group: object) => whom({ group } as never);
    expect(of({ persona: "maya" })).toEqual({ segment: { member: "maya" } });
    expect(of({ trait: ["gender", "f"] })).toEqual({ segment: { trait: "gender", is: "f" } });
    expect(of({ trait: ["member", "true"] })).toEqual({ segment: { trait: "member", in: ["true", true] } });
    expect(of({ channel: "app" })).toEqual({ where: { channel: "app" } });
    expect(whom({ kind: "loop" })).toEqual({});
  });
  it("is of the days and leads to the next stage", () => {
    const here = { touchpoint: "address", where: { property: "device", is: "phone" } };
    expect(followUps(finding, all, map)).toEqual([
      {
        title: "Funnel to Retention",
        analysis: "funnel",
        question: { steps: [here, { stage: "retention" }], window: "10d" },
        period: "2025-05-01..2025-09-01",
      },
      {
        title: "Customers over time",
        analysis: "trends",
        question: { measures: [{ of: here, show: "customers" }], interval: "week" },
        period: "2025-05-01..2025-09-01",
      },
    ]);
  });
  it("leads to the touchpoint that they were on the way to", () => {
    const way: Finding = { ...finding, from: null, until: null, place: { kind: "long_way", to: "cart" } };
    const [funnel] = followUps(way, all, map);
    expect(funnel?.title).toBe("Funnel to Cart");
    expect(funnel?.question.steps).toEqual([{ touchpoint: "address" }, { touchpoint: "cart" }]);
    expect(funnel?.period).toBeUndefined();
  });
  it("is open at an end that is not known", () => {
    const since: Finding = { ...finding, until: null };
    expect(followUps(since, all, map)[0]?.period).toBe("2025-05-01..2025-12-31");
    expect(followUps({ ...finding, stage: "Retention" }, all, map).map(({ analysis }) => analysis)).toEqual(["trends"]);
  });
});
