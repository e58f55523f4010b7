// Lays boxes and arrows out in layers from left to right, in the usual four steps: turn the few arrows that go against
// the stream, give each box a layer, order each layer so that few arrows cross, and straighten. Between any two layers
// of boxes lies one of waypoints, so that each arrow has a place of its own, also for its label.

export interface Arrow {
  from: number;
  to: number;
  /** Heavy arrows are the stream: they are kept short and straight. */
  weight: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Sizes {
  box: { width: number; height: number };
  /** Between boxes of a layer, between layers, and the height that an arrow is given. */
  gap: { y: number; x: number };
  arrow: number;
  margin: number;
}

export interface Layered {
  width: number;
  height: number;
  boxes: Point[];
  arrows: { points: Point[]; label: Point }[];
}

/** A box, or the waypoint of an arrow. */
interface Stop {
  layer: number;
  height: number;
  y: number;
  order: number;
  box: boolean;
  before: Link[];
  after: Link[];
}

interface Link {
  stop: Stop;
  weight: number;
}

/** Boxes are numbered from 0; no arrow goes from a box to itself. */
export function layered(boxes: number, arrows: readonly Arrow[], sizes: Sizes): Layered {
  const heaviest = Math.max(1, ...arrows.map(({ weight }) => weight));
  const place = stream(boxes, arrows);
  const turned = arrows.map(({ from, to, weight }) => ({
    ...((place[from] ?? 0) < (place[to] ?? 0) ? { from, to } : { from: to, to: from }),
    weight: 0.1 + weight / heaviest,
  }));
  const ranks = rank(boxes, turned);
  const stops: Stop[] = ranks.map((at) => stop(2 * at, sizes.box.height, true));
  const ways = turned.map(({ from, to, weight }) => {
    const [first, last] = [stops[from] as Stop, stops[to] as Stop];
    const way = [first];
    for (let layer = first.layer + 1; layer < last.layer; layer++) {
      const waypoint = stop(layer, sizes.arrow, false);
      stops.push(waypoint);
      way.push(waypoint);
    }
    way.push(last);
    for (const [at, here] of way.slice(0, -1).entries()) {
      const next = way[at + 1] as Stop;
      // A crooked arrow is worst between its waypoints.
      const pull = weight * (here.box || next.box ? 1 : 8);
      here.after.push({ stop: next, weight: pull });
      next.before.push({ stop: here, weight: pull });
    }
    return way;
  });
  const layers = order(stops);
  straighten(layers, sizes);
  const top = Math.min(0, ...stops.map(({ y, height }) => y - height / 2)) - sizes.margin;
  const bottom = Math.max(0, ...stops.map(({ y, height }) => y + height / 2)) + sizes.margin;
  const half = sizes.box.width / 2;
  const x = (layer: number) => sizes.margin + half + (layer * (sizes.box.width + sizes.gap.x)) / 2;
  const at = (one: Stop): Point => ({ x: x(one.layer), y: one.y - top });
  return {
    width: x(Math.max(0, ...ranks) * 2) + half + sizes.margin,
    height: bottom - top,
    boxes: stops.slice(0, boxes).map(at),
    arrows: ways.map((way, index) => {
      const points = way.flatMap((one, here): Point[] => {
        const { x, y } = at(one);
        if (here === 0) return [{ x: x + half, y: y + port(one.after, way[1] as Stop, one.height) }];
        if (here === way.length - 1)
          return [{ x: x - half, y: y + port(one.before, way[here - 1] as Stop, one.height) }];
        // Beside boxes it goes straight.
        return one.layer % 2 === 0
          ? [
              { x: x - half, y },
              { x: x + half, y },
            ]
          : [{ x, y }];
      });
      // The layer of waypoints in the middle of the way.
      const middle = way[2 * Math.floor((way.length - 1) / 4) + 1] as Stop;
      const backward = turned[index]?.from !== arrows[index]?.from;
      return { points: backward ? points.reverse() : points, label: at(middle) };
    }),
  };
}

const stop = (layer: number, height: number, box: boolean): Stop => ({
  layer,
  height,
  y: 0,
  order: 0,
  box,
  before: [],
  after: [],
});

/** Where on the side of a box an arrow ends: in the order of where the arrows come from. */
function port(links: readonly Link[], other: Stop, height: number): number {
  const sorted = links.map((link) => link.stop).sort((a, b) => a.y - b.y);
  const step = Math.min(9, (height - 12) / sorted.length);
  return (sorted.indexOf(other) - (sorted.length - 1) / 2) * step;
}

/**
 * The boxes in an order against which little goes (Eades, Lin and Smyth): ends last, beginnings first, and between them
 * whichever gives more than it takes.
 */
function stream(boxes: number, arrows: readonly Arrow[]): number[] {
  const place = new Array<number>(boxes).fill(0);
  const left = new Set(place.keys());
  let [first, last] = [0, boxes - 1];
  while (left.size > 0) {
    let best = { box: -1, more: Number.NEGATIVE_INFINITY, end: false };
    for (const box of left) {
      let [gives, takes] = [0, 0];
      for (const { from, to, weight } of arrows) {
        if (from === box && left.has(to)) gives += weight;
        if (to === box && left.has(from)) takes += weight;
      }
      const end = gives === 0 && takes > 0;
      const more = end || takes === 0 ? Number.POSITIVE_INFINITY : gives - takes;
      if (more > best.more) best = { box, more, end };
    }
    place[best.box] = best.end ? last-- : first++;
    left.delete(best.box);
  }
  return place;
}

/** A layer for each box: as far left as the arrows allow, then moved to where its arrows are shortest. */
function rank(boxes: number, arrows: readonly Arrow[]): number[] {
  const ranks = new Array<number>(boxes).fill(0);
  for (let round = 0, moved = true; moved && round < boxes; round++) {
    moved = false;
    for (const { from, to } of arrows) {
      const least = (ranks[from] ?? 0) + 1;
      if ((ranks[to] ?? 0) < least) {
        ranks[to] = least;
        moved = true;
      }
    }
  }
  for (let round = 0, moved = true; moved && round < 20; round++) {
    moved = false;
    for (const box of ranks.keys()) {
      let [pull, low, high] = [0, 0, Number.POSITIVE_INFINITY];
      for (const { from, to, weight } of arrows) {
        if (to === box) [pull, low] = [pull - weight, Math.max(low, (ranks[from] ?? 0) + 1)];
        if (from === box) [pull, high] = [pull + weight, Math.min(high, (ranks[to] ?? 0) - 1)];
      }
      const best = pull > 0 ? high : pull < 0 ? low : (ranks[box] ?? 0);
      if (Number.isFinite(best) && best !== ranks[box]) {
        ranks[box] = best;
        moved = true;
      }
    }
  }
  const least = Math.min(...ranks);
  return ranks.map((one) => one - least);
}

/** Orders each layer by the middle of what it is tied to, to and fro, and keeps the order with the fewest crossings. */
function order(stops: readonly Stop[]): Stop[][] {
  const layers: Stop[][] = Array.from({ length: Math.max(0, ...stops.map(({ layer }) => layer)) + 1 }, () => []);
  const seen = new Set<Stop>();
  const visit = (one: Stop) => {
    if (seen.has(one)) return;
    seen.add(one);
    one.order = layers[one.layer]?.push(one) ?? 0;
    for (const { stop } of [...one.after].sort((a, b) => b.weight - a.weight)) visit(stop);
  };
  for (const one of [...stops].sort((a, b) => a.layer - b.layer)) visit(one);
  const number = () => {
    for (const layer of layers) for (const [at, one] of layer.entries()) one.order = at;
  };
  number();
  let best = { crossings: crossings(layers), layers: layers.map((layer) => [...layer]) };
  for (let round = 0; round < 16 && best.crossings > 0; round++) {
    const right = round % 2 === 0;
    for (const layer of right ? layers : layers.toReversed()) {
      const wish = new Map(
        layer.map((one) => [one, mean(right ? one.before : one.after, ({ order }) => order, one.order)]),
      );
      layer.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
      for (const [at, one] of layer.entries()) one.order = at;
    }
    const now = crossings(layers);
    if (now < best.crossings) best = { crossings: now, layers: layers.map((layer) => [...layer]) };
  }
  return best.layers;
}

function mean(links: readonly Link[], value: (stop: Stop) => number, otherwise: number): number {
  const all = links.reduce((sum, { weight }) => sum + weight, 0);
  return all === 0 ? otherwise : links.reduce((sum, { stop, weight }) => sum + weight * value(stop), 0) / all;
}

function crossings(layers: readonly Stop[][]): number {
  let found = 0;
  for (const layer of layers) {
    const links = layer.flatMap((one) => one.after.map(({ stop }) => [one.order, stop.order] as const));
    for (const [at, [from, to]] of links.entries())
      for (const [other, end] of links.slice(at + 1)) if ((from - other) * (to - end) < 0) found++;
  }
  return found;
}

/** Moves each layer to the middle of its neighbours, as near as order and gaps allow, to and fro until it rests. */
function straighten(layers: readonly Stop[][], { gap }: Sizes) {
  for (const layer of layers)
    settle(
      layer,
      layer.map(() => 0),
      layer.map(() => 1),
      gap.y,
    );
  for (let round = 0; round < 40; round++) {
    for (const layer of round % 2 === 0 ? layers : layers.toReversed()) {
      const wishes = layer.map((one) => mean([...one.before, ...one.after], ({ y }) => y, one.y));
      const weights = layer.map((one) => [...one.before, ...one.after].reduce((sum, link) => sum + link.weight, 0.01));
      settle(layer, wishes, weights, gap.y);
    }
  }
}

/**
 * The heights nearest to the wishes (by least squares) that keep the order and the gaps: neighbours that would overlap
 * are pooled and share the mean of their wishes.
 */
function settle(layer: readonly Stop[], wishes: readonly number[], weights: readonly number[], gap: number) {
  const pools: { sum: number; weight: number; first: number }[] = [];
  const offsets: number[] = [];
  for (const [at, one] of layer.entries()) {
    const above = layer[at - 1];
    // Waypoints need less room than boxes do.
    const room = above ? (above.height + one.height) / 2 + (above.box || one.box ? gap : gap / 4) : 0;
    offsets.push((offsets[at - 1] ?? 0) + room);
    const weight = weights[at] ?? 1;
    let pool = { sum: ((wishes[at] ?? 0) - (offsets[at] ?? 0)) * weight, weight, first: at };
    for (let last = pools.at(-1); last && last.sum / last.weight >= pool.sum / pool.weight; last = pools.at(-1)) {
      pool = { sum: last.sum + pool.sum, weight: last.weight + pool.weight, first: last.first };
      pools.pop();
    }
    pools.push(pool);
  }
  for (const [at, { sum, weight, first }] of pools.entries()) {
    const end = pools[at + 1]?.first ?? layer.length;
    for (let index = first; index < end; index++) (layer[index] as Stop).y = sum / weight + (offsets[index] ?? 0);
  }
}
