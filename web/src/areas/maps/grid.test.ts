import { describe, expect, it } from "vitest";
import { moved, settle, spotName } from "./grid";

// Heads, then a lane whose second stage holds three things, then one with a thing per cell.
const shape = [
  [1, 1, 1],
  [1, 1, 3],
  [1, 2, 1],
];
const at = (row: number, column: number, item = 0) => ({ row, column, item });
const go = (from: ReturnType<typeof at>, ...keys: string[]) => {
  let spot = from;
  for (const key of keys) spot = moved(shape, spot, key) ?? spot;
  return spotName(spot);
};

describe("walking the map", () => {
  it("goes through the things of a cell before the next lane", () => {
    expect(go(at(1, 2), "ArrowDown")).toBe("1.2.1");
    expect(go(at(1, 2), "ArrowDown", "ArrowDown", "ArrowDown")).toBe("2.2.0");
    expect(go(at(2, 2), "ArrowUp")).toBe("1.2.2");
  });
  it("keeps the place in the list as far as the next stage has one", () => {
    expect(go(at(1, 2, 2), "ArrowLeft")).toBe("1.1.0");
    expect(go(at(2, 1, 1), "ArrowRight")).toBe("2.2.0");
  });
  it("stops at the rims", () => {
    expect(go(at(0, 0), "ArrowUp", "ArrowLeft")).toBe("0.0.0");
    expect(go(at(2, 2), "ArrowDown", "ArrowRight")).toBe("2.2.0");
  });
  it("jumps by lanes, and to both ends", () => {
    expect(go(at(1, 2, 1), "PageDown")).toBe("2.2.0");
    expect(go(at(1, 2, 1), "Home")).toBe("1.0.0");
    expect(spotName(moved(shape, at(0, 0), "End", true) ?? at(0, 0))).toBe("2.2.0");
  });
  it("knows which keys are not its own", () => {
    expect(moved(shape, at(0, 0), "x")).toBeNull();
  });
  it("finds the nearest place when what was focused is gone", () => {
    expect(spotName(settle(shape, at(9, 9, 9)))).toBe("2.2.0");
  });
});
