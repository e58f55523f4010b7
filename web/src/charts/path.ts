// Points → the data of an SVG path.

export interface At {
  x: number;
  y: number;
}

/** Between two heights at a place. */
export interface Band {
  x: number;
  low: number;
  high: number;
}

type Curve = (points: readonly At[]) => string;

const straight: Curve = (points) => points.map(({ x, y }) => `L${x},${y}`).join("");

/** Smooth, and never higher or lower than the points that it goes through (Steffen 1990). */
export const smooth: Curve = (points) => {
  const slopes = points.map((_, index) => slope(points, index));
  return points
    .map((to, index) => {
      const from = points[index - 1];
      if (!from) return `L${to.x},${to.y}`;
      const third = (to.x - from.x) / 3;
      const [leaving, coming] = [slopes[index - 1] ?? 0, slopes[index] ?? 0];
      return `C${from.x + third},${from.y + third * leaving},${to.x - third},${to.y - third * coming},${to.x},${to.y}`;
    })
    .join("");
};

function slope(points: readonly At[], index: number): number {
  const [before, here, after] = [points[index - 1], points[index] as At, points[index + 1]];
  if (!before || !after) {
    const other = before ?? after;
    if (!other) return 0;
    const along = steepness(here, other);
    // At the ends as the neighbour's slope leaves it.
    const beyond = points[before ? index - 2 : index + 2];
    return beyond ? (3 * along - inner(here, other, beyond)) / 2 : along;
  }
  return inner(before, here, after);
}

function inner(before: At, here: At, after: At): number {
  const [a, b] = [steepness(before, here), steepness(here, after)];
  const [left, right] = [here.x - before.x, after.x - here.x];
  const mean = (a * right + b * left) / (left + right);
  return (Math.sign(a) + Math.sign(b)) * Math.min(Math.abs(a), Math.abs(b), Math.abs(mean) / 2) || 0;
}

const steepness = (a: At, b: At) => (b.x === a.x ? 0 : (b.y - a.y) / (b.x - a.x));

/** A line through points; it breaks where there is none. */
export const linePath = (points: readonly (At | null)[], curve: Curve = straight) =>
  unbroken(points)
    .map((run) => curve(run).replace("L", "M"))
    .join("");

/** What lies between two lines. */
export const bandPath = (bands: readonly (Band | null)[], curve: Curve = straight) =>
  unbroken(bands)
    .map((run) => {
      const low = run.map(({ x, low }) => ({ x, y: low }));
      const high = run.map(({ x, high }) => ({ x, y: high })).reverse();
      return `${curve(low).replace("L", "M")}${curve(high)}Z`;
    })
    .join("");

function unbroken<P>(points: readonly (P | null)[]): P[][] {
  const runs: P[][] = [];
  for (const [index, point] of points.entries()) {
    if (point === null) continue;
    if (index > 0 && points[index - 1] !== null) runs.at(-1)?.push(point);
    else runs.push([point]);
  }
  return runs;
}

/** Points between which the value stays what it was until the next one. */
export function stepped<P extends { x: number } | null>(points: readonly P[]): P[] {
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    return point && before ? [{ ...before, x: point.x }, point] : [point];
  });
}

/** Round heights for an axis, with the first at or below what is lowest and the last at or above what is highest. */
export function roundTicks(low: number, high: number, about: number): number[] {
  const rough = (high - low) / about;
  const power = Math.floor(Math.log10(rough));
  const part = rough / 10 ** power;
  const unit = part >= Math.sqrt(50) ? 10 : part >= Math.sqrt(10) ? 5 : part >= Math.sqrt(2) ? 2 : 1;
  // Dividing by whole numbers keeps 0.3 from becoming 0.30000000000000004.
  const times = (n: number) => (power < 0 ? (n * unit) / 10 ** -power : n * unit * 10 ** power);
  const [first, last] = [Math.floor(low / times(1) + 1e-9), Math.ceil(high / times(1) - 1e-9)];
  // Rounded ends are further apart, and may have room for larger steps.
  if (times(first) < low || times(last) > high) return roundTicks(times(first), times(last), about);
  return Array.from({ length: last - first + 1 }, (_, index) => times(first + index));
}
