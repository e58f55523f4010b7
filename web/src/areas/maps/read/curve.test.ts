import { describe, expect, it } from "vitest";
import { CURVE_HEIGHT, feelingAt, gapHeight, heightOf, labelHeight, stretches } from "./curve";

const estimate = (value: number, half = 0.02) => ({ value, low: value - half, high: value + half, n: 100 });

describe("the emotion curve", () => {
  it("is broken where nothing is measured", () => {
    const found = stretches([null, estimate(0.1), estimate(0.2), null, estimate(0.3)], 500);
    expect(found.map((points) => points.map(({ x }) => x))).toEqual([[150, 250], [450]]);
  });
  it("reads a height back as the feeling that was drawn there", () => {
    for (const feeling of [-1, -0.5, 0, 0.37, 1]) expect(feelingAt(heightOf(feeling))).toBeCloseTo(feeling, 2);
    expect(feelingAt(-100)).toBe(1);
    expect(feelingAt(1e4)).toBe(-1);
  });
  it("never writes across the line of zero, nor outside the lane", () => {
    const zero = heightOf(0);
    for (let value = -1; value <= 1; value += 0.01) {
      for (const believed of [null, value - 0.3, value + 0.3]) {
        const y = labelHeight(estimate(value), believed);
        // Letters stand on the line y and are eight pixels high.
        expect(y - 8 > zero || y < zero, `${value} ${believed}`).toBe(true);
        expect(y > 4 && y <= CURVE_HEIGHT, `${value} ${believed}`).toBe(true);
      }
    }
  });
  it("writes the gap at the rim that the curve leaves free", () => {
    expect(gapHeight(estimate(0.5), 0.7)).toBeGreaterThan(heightOf(0.5));
    expect(gapHeight(estimate(-0.9), 0)).toBeLessThan(heightOf(-0.9));
  });
});
