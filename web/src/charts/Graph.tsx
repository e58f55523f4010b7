import { useId, useMemo, useState } from "react";
import { count, seconds, short } from "@/words/format";
import { layoutGraph, NODE, shownEdges } from "./graphLayout";
import { type Layer, type OnPeople, ofLayer, type ViewOf } from "./layers";
import { Mark } from "./Mark";

interface GraphProps {
  layers: Layer<"graph">[];
  unit: string;
  onPeople?: OnPeople;
}

/** The journey graph: what comes after what. */
export default function GraphChart({ layers, unit, onPeople }: GraphProps) {
  return (
    <div className="flex flex-col gap-10">
      {layers.map((layer) => (
        <section key={layer.name} aria-label={`Journey graph, ${layer.name}`}>
          {layers.length > 1 && (
            <h3 className="mb-2 font-semibold text-sm" dir="auto">
              {layer.name}
            </h3>
          )}
          <Diagram view={layer.view} unit={unit} onPeople={ofLayer(layer, onPeople)} />
        </section>
      ))}
    </div>
  );
}

function Diagram({ view, unit, onPeople }: { view: ViewOf<"graph">; unit: string; onPeople?: GraphProps["onPeople"] }) {
  const nodeRange = Math.min(view.nodes.length, 40);
  const [nodesShown, setNodesShown] = useState(12);
  const [edgesShown, setEdgesShown] = useState(18);
  const [over, setOver] = useState<number | null>(null);
  const arrow = useId();
  const placed = useMemo(() => {
    const nodes = view.nodes
      .map((node, index) => ({ node, index }))
      .sort((a, b) => b.node.sequences - a.node.sequences)
      .slice(0, nodesShown)
      .map(({ index }) => index);
    return layoutGraph(view, nodes, shownEdges(view, new Set(nodes), edgesShown));
  }, [view, nodesShown, edgesShown]);
  const most = Math.max(1, ...placed.edges.map(({ index }) => view.edges[index]?.count ?? 0));
  const loops = new Map(view.edges.filter((edge) => edge.from === edge.to).map((edge) => [edge.from, edge]));
  const dim = (from: number, to: number) => over !== null && from !== over && to !== over;
  return (
    <div>
      <div className="mb-3 flex flex-wrap gap-x-6 gap-y-2 text-sm">
        <Amount label="Places" value={Math.min(nodesShown, nodeRange)} max={nodeRange} onChange={setNodesShown} />
        <Amount
          label="Links"
          value={edgesShown}
          max={Math.min(80, Math.max(view.edges.length, 2))}
          onChange={setEdgesShown}
        />
      </div>
      <section
        className="max-h-[640px] overflow-auto rounded-lg border border-line"
        tabIndex={0}
        aria-label="Journey graph"
      >
        <svg
          width={placed.width}
          height={placed.height}
          className="mx-auto block"
          role="group"
          aria-label="What comes after what"
        >
          <defs>
            <marker
              id={arrow}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="8"
              markerHeight="8"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path d="M0,0.5 L8,4 L0,7.5 Z" fill="var(--color-muted)" />
            </marker>
          </defs>
          {placed.edges.map(({ index, path, label }) => {
            const edge = view.edges[index];
            const [from, to] = [edge && view.nodes[edge.from], edge && view.nodes[edge.to]];
            if (!edge || !from || !to) return null;
            const wait = edge.median_seconds === null ? "" : `, ${seconds(edge.median_seconds)} between (median)`;
            return (
              <g key={index} className={dim(edge.from, edge.to) ? "opacity-15" : ""}>
                <Mark
                  name={`${from.name} → ${to.name}: ${count(edge.count)} times in ${count(edge.sequences)} ${unit}${wait}`}
                  onOpen={onPeople && (() => onPeople({ edge: [from.name, to.name] }, `${from.name} → ${to.name}`))}
                >
                  <path
                    d={path}
                    fill="none"
                    stroke="var(--color-delight)"
                    strokeOpacity={0.35 + 0.5 * (edge.count / most)}
                    strokeWidth={1 + 5 * Math.sqrt(edge.count / most)}
                    markerEnd={`url(#${CSS.escape(arrow)})`}
                  />
                  <path d={path} fill="none" stroke="transparent" strokeWidth="14" />
                </Mark>
                <g aria-hidden="true" className="pointer-events-none">
                  <text
                    x={label.x}
                    y={label.y}
                    dy="0.32em"
                    textAnchor="middle"
                    className="figures fill-ink text-xs"
                    stroke="var(--color-page)"
                    strokeWidth="4"
                    paintOrder="stroke"
                  >
                    {short(edge.count)}
                  </text>
                </g>
              </g>
            );
          })}
          {placed.nodes.map(({ index, x, y }) => {
            const node = view.nodes[index];
            if (!node) return null;
            const loop = loops.get(index);
            return (
              <g
                key={index}
                transform={`translate(${x - NODE.width / 2},${y - NODE.height / 2})`}
                onPointerEnter={() => setOver(index)}
                onPointerLeave={() => setOver(null)}
              >
                <Mark
                  name={`${node.name}: ${count(node.count)} times in ${count(node.sequences)} ${unit}; ${count(node.starts)} begin, ${count(node.ends)} end with it${loop ? `; ${count(loop.count)} times directly after itself` : ""}`}
                  onOpen={onPeople && (() => onPeople({ node: node.name }, node.name))}
                >
                  <rect
                    width={NODE.width}
                    height={NODE.height}
                    rx="6"
                    fill="var(--color-surface)"
                    stroke="var(--color-line-strong)"
                  />
                </Mark>
                <g aria-hidden="true" className="pointer-events-none">
                  <text x="10" y="19" className="fill-ink text-sm font-medium">
                    {node.name.length > 23 ? `${node.name.slice(0, 22)}…` : node.name}
                  </text>
                  <text x="10" y="35" className="figures fill-muted text-xs">
                    {short(node.sequences)} {unit}
                  </text>
                  {loop && (
                    <text x={NODE.width - 10} y="35" textAnchor="end" className="figures fill-muted text-xs">
                      ↻ {short(loop.count)}
                    </text>
                  )}
                </g>
              </g>
            );
          })}
        </svg>
      </section>
      <p className="mt-2 text-muted text-xs">
        The most frequent places and links of {count(view.sequences)} {unit}; ↻ says how often something comes directly
        after itself. The table has all.
      </p>
    </div>
  );
}

function Amount({
  label,
  value,
  max,
  onChange,
}: {
  label: string;
  value: number;
  max: number;
  onChange: (value: number) => void;
}) {
  return (
    <label className="flex items-center gap-2 text-muted">
      {label}
      <input
        type="range"
        min={2}
        max={Math.max(2, max)}
        value={Math.min(value, max)}
        onChange={(event) => onChange(Number(event.target.value))}
        className="w-28 accent-ink"
      />
      <span className="figures w-6 text-ink">{Math.min(value, max)}</span>
    </label>
  );
}
