import { describe, expect, it } from "vitest";
import type { Finding, MeasuredMap } from "@/api/model";
import type { JourneyMap } from "./declared";
import { countedOf, type Subject, subjectName, subjectOf, subjectOfFinding } from "./evidence";
import { beliefGap, emotionFigure, findingsAt, groupOf, kpiFigure, verdictOf, withMeasures } from "./measured";
import { itemsOf } from "./read/items";
import { readMapSearch } from "./search";

const declared: JourneyMap = {
  id: "shop",
  title: "Shop",
  stages: [
    { id: "look", name: "Look", kpis: [{ name: "Conversion", kind: "conversion", target: 0.5 }] },
    { id: "buy", name: "Buy" },
  ],
  touchpoints: [
    { id: "home", name: "Home", stage: "look", when: "Home" },
    { id: "order", name: "Order", stage: "buy", when: "Order" },
  ],
};
const finding: Finding = {
  id: "f1ba2d",
  feeling: "pain",
  kind: "drop_off",
  stage: "Buy",
  touchpoint: "order",
  at: "Order",
  who: "Maya",
  personas: ["maya"],
  title: "Visits end at Order (Maya)",
  sentence: "In 30 % of 10 cases in which Maya had Order, the visit ended there.",
  customers: 3,
  rate: { value: 0.3, low: 0.1, high: 0.5, n: 10 },
  expected: 0.1,
  expected_from: "everybody else there",
  difference: { value: 0.2, low: 0, high: 0.4, n: 10 },
  deviates: 4,
  q: 0.01,
  weight: 2,
  status: "observed",
  trend: [],
  place: { kind: "drop_off", touchpoint: "order", happened: true },
};
const base = withMeasures(declared, undefined);
const everybody = { ...groupOf(base, undefined), customers: 100 };
const measured: MeasuredMap = {
  ...base,
  findings: [finding],
  groups: [
    {
      ...everybody,
      stages: everybody.stages.map((stage, at) => ({
        ...stage,
        customers: 100 - 60 * at,
        back_customers: 0,
        dropped: 0,
      })),
      touchpoints: [
        { customers: 90, reach: 0.9, events: 200 },
        { customers: 40, reach: 0.4, events: 50 },
      ],
    },
    {
      ...everybody,
      id: "maya",
      name: "Maya",
      touchpoints: [
        { customers: 9, reach: 0.9, events: 9 },
        { customers: 10, reach: 1, events: 10 },
      ],
    },
  ],
};

describe("a draft with the measurements that there are", () => {
  it("finds figures by id, wherever a thing has moved to", () => {
    const turned = {
      ...declared,
      stages: declared.stages.toReversed(),
      touchpoints: declared.touchpoints?.toReversed(),
    };
    const shown = withMeasures(turned, measured);
    const group = groupOf(shown, undefined);
    expect(group.stages.map(({ customers }) => customers)).toEqual([40, 100]);
    expect(group.touchpoints.map(({ customers }) => customers)).toEqual([40, 90]);
    expect(findingsAt(shown, group, "pains", 0)).toEqual([finding]);
    expect(subjectOfFinding(shown, finding)).toMatchObject({ touchpoint: 0 });
  });
  it("has no figures of what is new, and no findings at what is gone", () => {
    const fewer = {
      ...declared,
      stages: [...declared.stages.slice(0, 1), { id: "new", name: "New" }],
      touchpoints: [],
    };
    const shown = withMeasures(fewer, measured);
    const group = groupOf(shown, undefined);
    expect(group.stages[1]?.customers).toBeNaN();
    for (const stage of [0, 1]) expect(findingsAt(shown, group, "pains", stage)).toEqual([]);
    expect(subjectOfFinding(shown, finding)).toBeNull();
  });
});

describe("evidence", () => {
  const group = groupOf(measured, undefined);
  it("has an address that leads back to it", () => {
    const subjects: Subject[] = [
      { sort: "stage", stage: 1 },
      { sort: "emotion", stage: 0 },
      { sort: "touchpoint", touchpoint: 1 },
      { sort: "kpi", stage: 0, kpi: 0 },
      { sort: "finding", touchpoint: 1, id: finding.id },
    ];
    for (const subject of subjects) {
      expect(subjectOf(measured, group, subjectName(measured, group, subject))).toEqual(subject);
    }
    for (const name of ["", "stage:gone", "finding:gone:f1", "kpi:look:gone", "pain:0", "nonsense"]) {
      expect(subjectOf(measured, group, name)).toBeNull();
    }
  });
  it("names people that the server can count", () => {
    expect(countedOf(measured, group, { sort: "touchpoint", touchpoint: 0 })).toEqual([
      { title: "Had “Home”", count: 90, place: { touchpoint: "home" } },
    ]);
  });
  it("of a finding is everybody's, and of those whom it strikes in particular", () => {
    const told = (id: string | undefined) => findingsAt(measured, groupOf(measured, id), "pains", 1);
    expect([told(undefined), told("maya")]).toEqual([[finding], [finding]]);
    const others = { ...measured, findings: [{ ...finding, personas: undefined }] };
    expect(findingsAt(others, groupOf(others, "maya"), "pains", 1)).toEqual([]);
    expect(findingsAt(measured, groupOf(measured, undefined), "delights", 1)).toEqual([]);
  });
});

describe("figures", () => {
  const kpi = { name: "", format: "share" as const, owner: null, smaller_is_better: false };
  const value = { value: 0.5, low: 0.4, high: 0.6, n: 10 };
  it("are judged by their interval", () => {
    expect(verdictOf({ ...kpi, value, target: 0.3 })).toBe("met");
    expect(verdictOf({ ...kpi, value, target: 0.7 })).toBe("missed");
    expect(verdictOf({ ...kpi, value, target: 0.55 })).toBe("open");
    expect(verdictOf({ ...kpi, value, target: 0.7, smaller_is_better: true })).toBe("met");
    expect(verdictOf({ ...kpi, value: null, target: 0.7 })).toBeNull();
  });
  it("flag a belief by its test, and one that is being drawn by the interval", () => {
    expect(beliefGap(0.45, { emotion: value })).toBeNull();
    expect(beliefGap(0.9, { emotion: value })).toBeCloseTo(0.4);
    expect(beliefGap(null, { emotion: value })).toBeNull();
    const gap = { difference: -0.15, p: 0.08, is_sure: false };
    expect(beliefGap(0.65, { emotion: value, gap })).toBeNull();
    expect(beliefGap(0.7, { emotion: value, gap })).toBeCloseTo(0.2);
  });
  it("keep their sign, of which zero has none", () => {
    expect(emotionFigure(-0.004)).toBe("0.00");
    expect(emotionFigure(0.5)).toBe("+0.50");
    expect(emotionFigure(-0.5)).toBe("−0.50");
    expect(kpiFigure(15.9, "score")).toBe("+16");
  });
});

describe("cells", () => {
  const cells = {
    map: measured,
    group: groupOf(measured, undefined),
    evidence: [],
    folded: [],
    unfolded: new Set<string>(),
    editing: false,
  };
  it("always hold something, so that the focus has a place", () => {
    for (const lane of measured.lanes) {
      for (const stage of [0, 1]) expect(itemsOf(cells, lane, stage).length).toBeGreaterThan(0);
    }
  });
  it("show three pains and say how many more", () => {
    const many = { ...measured, findings: Array.from({ length: 7 }, (_, at) => ({ ...finding, id: `${at}` })) };
    const items = itemsOf({ ...cells, map: many }, "pains", 1);
    expect(items).toHaveLength(4);
    expect(items[3]).toEqual({ sort: "more", count: 4 });
    expect(itemsOf({ ...cells, map: many, unfolded: new Set(["pains:buy"]) }, "pains", 1)).toHaveLength(8);
  });
});

describe("the address", () => {
  it("leaves out what makes no sense", () => {
    expect(readMapSearch({ zoom: "moon", folded: ["goals", "x"], slide: "two", mode: "edit", open: 7 })).toEqual({
      folded: ["goals"],
      mode: "edit",
    });
    expect(readMapSearch({ slide: 0 })).toEqual({ slide: 0 });
  });
});
