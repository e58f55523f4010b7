import { describe, expect, it } from "vitest";
import type { Answer, Difference } from "@/api/model";
import { byStrength, compared, movedIn } from "./moved";

const difference = (figure: string, value: number, half: number, p: number): Difference => ({
  figure,
  kind: "share",
  here: 0.5 + value,
  there: 0.5,
  difference: { value, low: value - half, high: value + half, n: 100 },
  p,
});
const answer = (differences: Difference[]) => ({ compared: { differences } }) as unknown as Answer;

describe("what moved", () => {
  it("is only what is beyond noise", () => {
    const given = answer([
      difference("a", 0.02, 0.05, 0.4),
      difference("b", 0.1, 0.02, 0.001),
      difference("c", 0, 0, 0),
    ]);
    expect(movedIn(given).map((one) => one.difference.figure)).toEqual(["b"]);
    expect(compared(given)).toBe(3);
  });
  it("knows that going on is better", () => {
    const [down, share] = movedIn(
      answer([difference("go on from A", -0.1, 0.02, 0), difference("share in A", 0.1, 0.02, 0)]),
    );
    expect(down?.better).toBe(false);
    expect(share?.better).toBeUndefined();
  });
  it("has the surest first", () => {
    const moved = movedIn(answer([difference("unsure", 0.1, 0.09, 0.04), difference("sure", -0.05, 0.01, 0)]));
    expect(byStrength(moved).map((one) => one.difference.figure)).toEqual(["sure", "unsure"]);
  });
  it("is nothing without a comparison", () => {
    expect(movedIn(undefined)).toEqual([]);
    expect(movedIn({} as Answer)).toEqual([]);
  });
});
