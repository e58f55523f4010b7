// Where the nodes and edges of a journey graph lie: layered from left to right by the usual order of things.

import type { Graph } from "@/api/model";
import { layered, type Point } from "./layered";

export interface PlacedGraph {
  width: number;
  height: number;
  nodes: { index: number; x: number; y: number; width: number; height: number }[];
  edges: { index: number; path: string; label: { x: number; y: number } }[];
}

export const NODE = { width: 168, height: 46 };

/** The edges that are shown: the most frequent ones that leave no node alone. Loops are shown on the node itself. */
export function shownEdges(graph: Graph, nodes: ReadonlySet<number>, atMost: number): number[] {
  const candidates = graph.edges
    .map((edge, index) => ({ ...edge, index }))
    .filter((edge) => edge.from !== edge.to && nodes.has(edge.from) && nodes.has(edge.to))
    .sort((a, b) => b.count - a.count);
  const chosen = new Set(candidates.slice(0, atMost).map(({ index }) => index));
  for (const node of nodes) {
    const strongest = candidates.find((edge) => edge.from === node || edge.to === node);
    if (
      strongest &&
      ![...chosen].some((index) => graph.edges[index]?.from === node || graph.edges[index]?.to === node)
    ) {
      chosen.add(strongest.index);
    }
  }
  return [...chosen];
}

export function layoutGraph(graph: Graph, nodes: readonly number[], edges: readonly number[]): PlacedGraph {
  const at = new Map(nodes.map((index, place) => [index, place]));
  const shown = edges.flatMap((index) => {
    const { from = -1, to = -1, count = 0 } = graph.edges[index] ?? {};
    const [start, end] = [at.get(from), at.get(to)];
    return start === undefined || end === undefined ? [] : [{ index, from: start, to: end, weight: count }];
  });
  const placed = layered(nodes.length, shown, { box: NODE, gap: { x: 86, y: 22 }, arrow: 14, margin: 12 });
  return {
    width: placed.width,
    height: placed.height,
    nodes: nodes.map((index, place) => ({ index, ...(placed.boxes[place] as Point), ...NODE })),
    edges: placed.arrows.map(({ points, label }, place) => ({
      index: shown[place]?.index ?? 0,
      path: smooth(points),
      label,
    })),
  };
}

/** A curve that leaves and reaches each point level. */
function smooth([first, ...rest]: Point[]): string {
  let path = `M${first?.x},${first?.y}`;
  let last = first;
  for (const point of rest) {
    const middle = ((last?.x ?? 0) + point.x) / 2;
    path += last?.y === point.y ? `H${point.x}` : `C${middle},${last?.y} ${middle},${point.y} ${point.x},${point.y}`;
    last = point;
  }
  return path;
}
