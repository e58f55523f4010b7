import { describe, expect, it } from "vitest";
import { type Arrow, type Layered, layered, type Sizes } from "./layered";

const SIZES: Sizes = { box: { width: 100, height: 40 }, gap: { x: 60, y: 20 }, arrow: 14, margin: 10 };
const lay = (boxes: number, arrows: Arrow[]) => layered(boxes, arrows, SIZES);
const arrow = (from: number, to: number, weight = 1): Arrow => ({ from, to, weight });

function overlaps({ boxes }: Layered) {
  return boxes.some((a, at) =>
    boxes.slice(at + 1).some((b) => Math.abs(a.x - b.x) < 100 && Math.abs(a.y - b.y) < 40 + 19.9),
  );
}

describe("boxes in layers", () => {
  it("lays a chain out on one line, from left to right", () => {
    const { boxes, arrows, width, height } = lay(3, [arrow(0, 1), arrow(1, 2)]);
    expect(boxes.map(({ x }) => x)).toEqual([60, 220, 380]);
    expect(new Set(boxes.map(({ y }) => Math.round(y)))).toHaveLength(1);
    expect([width, Math.round(height)]).toEqual([440, 60]);
    expect(arrows[0]?.points[0]?.x).toBe(110);
    expect(arrows[0]?.points.at(-1)?.x).toBe(170);
    expect(arrows[0]?.label.x).toBe(140);
  });

  it("turns the weaker of two ways, and draws it from where it goes out to where it goes in", () => {
    const { boxes, arrows } = lay(2, [arrow(0, 1, 9), arrow(1, 0, 2)]);
    expect(boxes[0]?.x).toBeLessThan(boxes[1]?.x ?? 0);
    expect(arrows[1]?.points[0]?.x).toBeGreaterThan(arrows[1]?.points.at(-1)?.x ?? 0);
    expect(arrows[0]?.label.y).not.toBe(arrows[1]?.label.y);
  });

  it("keeps boxes apart, also where everything is tied to everything", () => {
    for (const boxes of [1, 2, 5, 12, 40]) {
      const arrows: Arrow[] = [];
      for (let from = 0; from < boxes; from++)
        for (let to = 0; to < boxes; to++)
          if (from !== to && (from * 7 + to * 13) % (boxes > 12 ? 23 : 3) === 0) arrows.push(arrow(from, to, from + 1));
      const placed = lay(boxes, arrows);
      expect(overlaps(placed)).toBe(false);
      const [x, y] = [placed.boxes.map((box) => box.x), placed.boxes.map((box) => box.y)];
      expect(Math.min(...x) - 50).toBeGreaterThanOrEqual(10);
      expect(Math.max(...x) + 50).toBeLessThanOrEqual(placed.width - 9.9);
      expect(Math.min(...y) - 20).toBeGreaterThanOrEqual(9.9);
      expect(Math.max(...y) + 20).toBeLessThanOrEqual(placed.height - 9.9);
    }
  });

  it("uncrosses what need not cross", () => {
    // 0 to 3 and 1 to 2: one of the layers must be swapped.
    const { boxes } = lay(4, [arrow(0, 3), arrow(1, 2)]);
    const y = (box: number) => boxes[box]?.y ?? 0;
    expect((y(0) - y(1)) * (y(3) - y(2))).toBeGreaterThan(0);
  });

  it("has nothing to lay out where there is nothing", () => {
    expect(lay(0, []).boxes).toEqual([]);
    expect(lay(2, []).arrows).toEqual([]);
  });
});
