// Where the places and links of a path diagram lie: steps are columns, heights are counts.

import type { Paths } from "@/api/model";

export interface PlacedNode {
  index: number;
  x: number;
  y: number;
  width: number;
  height: number;
  /** How much of its height ends here, at the lower end. */
  endsHeight: number;
}
export interface PlacedLink {
  index: number;
  /** A closed shape. */
  path: string;
}

/** Two lines of text beside each place, and air. */
const SLOT_MIN = 26;
const GAP = 8;
const BAR = 10;
const HEIGHT_MIN = 2;

export function layoutPaths(
  { nodes, links }: Paths,
  width: number,
  height: number,
): { nodes: PlacedNode[]; links: PlacedLink[] } {
  const columns = new Map<number, number[]>();
  for (const [index, node] of nodes.entries()) columns.set(node.step, [...(columns.get(node.step) ?? []), index]);
  const steps = Math.max(1, ...columns.keys());
  const total = (column: number[]) => column.reduce((sum, index) => sum + (nodes[index]?.count ?? 0), 0);
  // Every place has room for its name; what is left is shared out by counts.
  const room = (column: number[]) => height - (SLOT_MIN + GAP) * column.length;
  const perCount = Math.min(...[...columns.values()].map((column) => room(column) / Math.max(1, total(column))));
  const columnWidth = width / (steps + 1);

  const placed: PlacedNode[] = nodes.map((_, index) => ({ index, x: 0, y: 0, width: BAR, height: 0, endsHeight: 0 }));
  for (const [step, column] of columns) {
    let y = 0;
    for (const index of column) {
      const [node, place] = [nodes[index], placed[index]];
      if (!node || !place) continue;
      place.x = step * columnWidth;
      place.y = y;
      place.height = Math.max(HEIGHT_MIN, node.count * perCount);
      place.endsHeight = node.count > 0 ? (node.ends / node.count) * place.height : 0;
      y += Math.max(place.height, SLOT_MIN) + GAP;
    }
  }

  // Links leave and enter in the order of their other ends, so that as few as possible cross.
  const offsets = { out: nodes.map(() => 0), into: nodes.map(() => 0) };
  const order = links
    .map((_, index) => index)
    .sort((a, b) => {
      const [one, other] = [links[a], links[b]];
      if (!one || !other) return 0;
      return (
        (placed[one.from]?.y ?? 0) - (placed[other.from]?.y ?? 0) ||
        (placed[one.to]?.y ?? 0) - (placed[other.to]?.y ?? 0)
      );
    });
  const shapes: PlacedLink[] = [];
  for (const index of order) {
    const link = links[index];
    const [from, to] = [link && placed[link.from], link && placed[link.to]];
    if (!link || !from || !to) continue;
    const thick = Math.max(1, link.count * perCount);
    const y0 = from.y + (offsets.out[link.from] ?? 0);
    const y1 = to.y + (offsets.into[link.to] ?? 0);
    offsets.out[link.from] = (offsets.out[link.from] ?? 0) + link.count * perCount;
    offsets.into[link.to] = (offsets.into[link.to] ?? 0) + link.count * perCount;
    shapes.push({ index, path: ribbon(from.x + BAR, y0, to.x, y1, thick) });
  }
  return { nodes: placed, links: shapes };
}

function ribbon(x0: number, y0: number, x1: number, y1: number, thick: number): string {
  const middle = (x0 + x1) / 2;
  const [a, b] = [y0 + thick, y1 + thick];
  return `M${x0},${y0}C${middle},${y0} ${middle},${y1} ${x1},${y1}L${x1},${b}C${middle},${b} ${middle},${a} ${x0},${a}Z`;
}
