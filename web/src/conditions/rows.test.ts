import { describe, expect, it } from "vitest";
import type { Condition } from "@/api/contract";
import { emptyRow, isComplete, readRows, saysNothing, writeRows } from "./rows";

describe("conditions as rows", () => {
  it.each<[Condition]>([
    [{ trait: "region", is: "north" }],
    [
      {
        and: [
          { trait: "age", at_least: 18 },
          { property: "device", in: ["a", "b"] },
        ],
      },
    ],
    [
      {
        or: [
          { did: { event: "a" } },
          { did: { event: ["a", "b"], where: { property: "p", is: 1 } }, at_least: 2, at_most: 5, within: "30d" },
        ],
      },
    ],
    [{ did: { and: [] }, at_least: 3 }],
    [{ did: { event: "a" }, at_least: 0, at_most: 0 }],
    [{ trait: "tier", exists: false }],
    [{ event: "a*", where: { channel: "web" } }],
    [{ and: [{ channel: ["web", "app"] }, { touchpoint: "cart" }, { stage: "purchase" }, { member: "maya" }] }],
    [{ not: { trait: "tier", is: "gold", for: "30d" } }],
    [{ trait: "tier", is: "gold", for: "30d" }],
    [{ sequence: ["a", "b"], within: "1d" }],
    [{ random: "spring", below: 0.1 }],
    [{ did: { or: [{ event: "a" }, { event: "b" }] } }],
  ])("come out as they went in: %j", (condition) => {
    expect(writeRows(readRows(condition))).toEqual(condition);
  });

  it("leave out what does not say enough yet", () => {
    const rows = [emptyRow("trait"), emptyRow("event"), emptyRow("member")];
    expect(rows.some(isComplete)).toBe(false);
    expect(writeRows({ join: "and", rows })).toBeUndefined();
    expect(writeRows(readRows(undefined))).toBeUndefined();
  });

  it("take a text alone as the name of an event", () => {
    expect(writeRows(readRows("purchase"))).toEqual({ event: "purchase" });
  });
  it("tells what says nothing", () => {
    expect(saysNothing({ and: [] }) && saysNothing({ or: [] })).toBe(true);
    expect(saysNothing(undefined) || saysNothing("Order") || saysNothing({ did: { and: [] } })).toBe(false);
  });
});
