import { describe, expect, it } from "vitest";
import { bandPath, linePath, roundTicks, smooth, stepped } from "./path";

describe("paths", () => {
  const [a, b, c] = [
    { x: 0, y: 1 },
    { x: 4, y: 3 },
    { x: 8, y: 2 },
  ] as const;
  it("break where there is no point", () => {
    expect(linePath([a, b, null, null, c])).toBe("M0,1L4,3M8,2");
    expect(linePath([])).toBe("");
    expect(linePath([null])).toBe("");
  });
  it("stay until the next point, where a value holds until it changes", () => {
    expect(linePath(stepped([a, b, null, c]))).toBe("M0,1L4,1L4,3M8,2");
  });
  it("smoothed go through all points and beyond none", () => {
    const path = linePath([a, b, c], smooth);
    const heights = path
      .slice(1)
      .split(/[MCL]/)
      .flatMap((part) => part.split(",").filter((_, index) => index % 2 === 1))
      .map(Number);
    expect(heights.filter((y) => y < 1 || y > 3)).toEqual([]);
    expect(path.startsWith("M0,1C")).toBe(true);
    expect(path.endsWith(",8,2")).toBe(true);
    expect(linePath([a, b], smooth)).toMatch(/^M0,1C[\d.,]+,4,3$/);
  });
  it("enclose a band, and end one where it breaks", () => {
    const bands = [{ x: 0, low: 1, high: 4 }, { x: 5, low: 3, high: 6 }, null, { x: 9, low: 2, high: 7 }];
    expect(bandPath(bands)).toBe("M0,1L5,3L5,6L0,4ZM9,2L9,7Z");
  });
});

describe("ticks", () => {
  it("are round, and reach over what is drawn", () => {
    expect(roundTicks(0, 1, 4)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(roundTicks(0, 0.37, 4)).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
    expect(roundTicks(0, 1234, 4)).toEqual([0, 500, 1000, 1500]);
    expect(roundTicks(-3, 17, 4)).toEqual([-5, 0, 5, 10, 15, 20]);
    expect(roundTicks(0.001, 0.0123, 4)).toEqual([0, 0.005, 0.01, 0.015]);
    expect(roundTicks(0, 1e7, 4)).toEqual([0, 2e6, 4e6, 6e6, 8e6, 1e7]);
  });
});
