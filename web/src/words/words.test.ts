import { describe, expect, it } from "vitest";
import { conditionSentence } from "./condition";
import { cell, difference, interval, list, seconds, share, short, slug } from "./format";
import { customPeriod, daysOf, isPeriod, newestDay, periodName, shifted } from "./period";
import { isSpan, spanWords } from "./span";

const plain = (text: string) => text.replaceAll("\u202f", " ");

describe("figures", () => {
  it("writes shares so that tiny ones are not nothing", () => {
    expect(plain(share(0.2305))).toBe("23.1 %");
    expect(plain(share(0))).toBe("0.0 %");
    expect(plain(share(0.0004))).toBe("<0.1 %");
    expect(plain(share(-0.5))).toBe("−50.0 %");
  });
  it("writes spans in their two largest units", () => {
    expect([0, 0.25, 47.6, 226, 7_800, 93_600, 864_000].map((n) => plain(seconds(n)))).toEqual([
      "0 s",
      "250 ms",
      "48 s",
      "3 min 46 s",
      "2 h 10 min",
      "1 d 2 h",
      "10 d",
    ]);
  });
  it("writes cells by their kind, and absent ones as a dash", () => {
    expect(cell(null, "count")).toBe("–");
    expect(cell(1_353_472, "count")).toBe("1,353,472");
    expect(cell(true, "text")).toBe("yes");
    expect(cell("2025-12-31T22:59:59.988Z", "time")).toBe("31 Dec 2025, 22:59");
  });
  it("writes differences with their sign, of shares in points", () => {
    expect(plain(difference(0.069, "share"))).toBe("+6.9 pt");
    expect(plain(difference(-0.069, "share"))).toBe("−6.9 pt");
    expect(plain(interval(0.402, 0.418, "share"))).toBe("40.2–41.8 %");
  });
  it("shortens long figures and names ids", () => {
    expect([999, 9_999, 102_000].map(short)).toEqual(["999", "9,999", "102k"]);
    expect(slug("  Käufer – mobil! ")).toBe("kaufer-mobil");
    expect(slug("…")).toBe("");
    expect(list(["a", "b", "c"], "or")).toBe("a, b or c");
  });
});

describe("periods", () => {
  const newest = "2025-12-31";
  it("count back from the newest day, whose end is exclusive", () => {
    expect(daysOf("7d", newest)).toEqual({ from: "2025-12-25", to: "2026-01-01" });
    expect(daysOf("day", newest)).toEqual({ from: "2025-12-31", to: "2026-01-01" });
    expect(daysOf("month", "2025-12-10")).toEqual({ from: "2025-12-01", to: "2025-12-11" });
    expect(daysOf("12mo", newest)).toEqual({ from: "2025-01-01", to: "2026-01-01" });
    expect(daysOf(undefined, newest)).toBeNull();
    expect(daysOf(customPeriod("2025-03-01", "2025-03-31"), newest)).toEqual({ from: "2025-03-01", to: "2025-04-01" });
  });
  it("never count back from a day in the future", () => {
    expect(newestDay("2030-01-01T00:00:00Z", new Date("2026-02-03T10:00:00Z"))).toBe("2026-02-03");
    expect(newestDay("2025-12-31T22:59:59Z", new Date("2026-02-03T10:00:00Z"))).toBe(newest);
    expect(newestDay(null, new Date("2026-02-03T10:00:00Z"))).toBe("2026-02-03");
  });
  it("move by their own length, whole months by months", () => {
    expect(shifted("7d", -1, newest)).toBe("2025-12-18..2025-12-24");
    expect(shifted("2025-03-01..2025-03-31", -1, newest)).toBe("2025-02-01..2025-02-28");
    expect(shifted("2025-02-01..2025-02-28", 1, newest)).toBe("2025-03-01..2025-03-31");
    expect(shifted("7d", 1, newest)).toBeNull();
    expect(shifted(undefined, -1, newest)).toBeNull();
  });
  it("are told from nonsense", () => {
    expect(["30d", "2025-01-01..2025-01-01"].every(isPeriod)).toBe(true);
    expect(["soon", "2025-02-30..2025-03-01", "2025-03-02..2025-03-01", "toString"].some(isPeriod)).toBe(false);
    expect(periodName("2025-01-06..2025-02-01")).toBe("6 Jan – 1 Feb 2025");
  });
  it("have spans in words", () => {
    expect([spanWords("7d"), spanWords("1d12h"), spanWords("soon")]).toEqual(["7 days", "1 day 12 hours", "soon"]);
    expect([isSpan("30m"), isSpan("m"), isSpan("-1d")]).toEqual([true, false, false]);
  });
});

describe("conditions as sentences", () => {
  it.each([
    [{ event: "purchase", where: { property: "amount", above: 50 } }, "“purchase” where amount is above 50"],
    [{ trait: "age", in: ["19-24", "25-34"] }, "age is “19-24” or “25-34”"],
    [{ did: { event: "support call" }, at_least: 2, within: "30d" }, "did “support call” at least 2 times within 30d"],
    [{ did: { and: [] }, at_most: 0 }, "did not do anything"],
    [
      { and: [{ member: "maya" }, { or: [{ channel: "web" }, { stage: "buy" }] }] },
      "is “maya” and (channel is “web” or stage “buy”)",
    ],
    [{ not: { sequence: ["a", "b"], within: "7d" } }, "not did “a”, then “b” within 7d"],
    [{ something: "new" }, '{"something":"new"}'],
  ])("%j", (condition, sentence) => {
    expect(conditionSentence(condition)).toBe(sentence);
  });
});
