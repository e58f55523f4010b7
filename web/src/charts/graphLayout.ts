// Where the nodes and edges of a journey graph lie: layered from left to right by the usual order of things.

import { Graph as Layered, layout } from "@dagrejs/dagre";
import type { Graph } from "@/api/model";

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
  const layered = new Layered({ multigraph: true });
  layered.setGraph({
    rankdir: "LR",
    acyclicer: "greedy",
    nodesep: 22,
    ranksep: 52,
    edgesep: 14,
    marginx: 4,
    marginy: 22,
  });
  layered.setDefaultEdgeLabel(() => ({}));
  for (const index of nodes) layered.setNode(String(index), { width: NODE.width, height: NODE.height });
  for (const index of edges) {
    const edge = graph.edges[index];
    if (edge)
      layered.setEdge(
        String(edge.from),
        String(edge.to),
        { weight: edge.count, minlen: 1, labelpos: "c", width: 34, height: 12 },
        String(index),
      );
  }
  layout(layered);
  const size = layered.graph();
  return {
    width: size.width ?? 0,
    height: size.height ?? 0,
    nodes: nodes.map((index) => {
      const { x, y } = layered.node(String(index)) as { x: number; y: number };
      return { index, x, y, ...NODE };
    }),
    edges: edges.flatMap((index) => {
      const edge = graph.edges[index];
      const found =
        edge &&
        (layered.edge(String(edge.from), String(edge.to), String(index)) as {
          points?: Point[];
          x?: number;
          y?: number;
        });
      const points = found?.points;
      if (!points || points.length === 0) return [];
      const middle = points[Math.floor(points.length / 2)] as Point;
      return [{ index, path: smooth(points), label: { x: found.x ?? middle.x, y: found.y ?? middle.y } }];
    }),
  };
}

interface Point {
  x: number;
  y: number;
}

/** A curve through the middles between the points. */
function smooth(points: Point[]): string {
  const [first, ...rest] = points as [Point, ...Point[]];
  let path = `M${first.x},${first.y}`;
  for (const [at, point] of rest.entries()) {
    const next = rest[at + 1];
    path += next
      ? `Q${point.x},${point.y} ${(point.x + next.x) / 2},${(point.y + next.y) / 2}`
      : `L${point.x},${point.y}`;
  }
  return path;
}
