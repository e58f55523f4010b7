import { useMemo, useState } from "react";
import { count, seconds, share } from "@/words/format";
import { type Layer, type OnPeople, ofLayer, type ViewOf } from "./layers";
import { Mark } from "./Mark";
import { layoutPaths } from "./pathLayout";
import { useWidth } from "./useWidth";

interface PathsProps {
  layers: Layer<"paths">[];
  unit: string;
  onPeople?: OnPeople;
}

/** Which ways are gone, step by step. */
export function PathsChart({ layers, unit, onPeople }: PathsProps) {
  return (
    <div className="flex flex-col gap-10">
      {layers.map((layer) => (
        <section key={layer.name} aria-label={`Paths, ${layer.name}`}>
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

const COLUMN_MIN = 168;

function Diagram({ view, unit, onPeople }: { view: ViewOf<"paths">; unit: string; onPeople?: PathsProps["onPeople"] }) {
  const [ref, room] = useWidth<HTMLDivElement>();
  const [over, setOver] = useState<number | null>(null);
  const columns = 1 + Math.max(0, ...view.nodes.map(({ step }) => step));
  const width = Math.max(room, columns * COLUMN_MIN);
  const most = Math.max(
    1,
    ...Array.from({ length: columns }, (_, step) => view.nodes.filter((node) => node.step === step).length),
  );
  const height = 220 + most * 34;
  const layout = useMemo(() => layoutPaths(view, width, height), [view, width, height]);
  const used = Math.ceil(Math.max(0, ...layout.nodes.map((place) => place.y + Math.max(place.height, 28))));
  const touches = (link: number) => over === null || view.links[link]?.from === over || view.links[link]?.to === over;
  return (
    <div ref={ref} className="no-scrollbar overflow-x-auto">
      <div className="mb-2 grid text-muted text-xs" style={{ width, gridTemplateColumns: `repeat(${columns}, 1fr)` }}>
        {Array.from({ length: columns }, (_, step) => (
          <span key={step}>Step {step + 1}</span>
        ))}
      </div>
      <svg width={width} height={used} role="group" aria-label="Paths">
        {layout.links.map(({ index, path }) => {
          const link = view.links[index];
          const [from, to] = [link && view.nodes[link.from], link && view.nodes[link.to]];
          if (!link || !from || !to) return null;
          return (
            <Mark
              key={index}
              name={`${from.name} → ${to.name}: ${count(link.count)} ${unit}, ${seconds(link.median_seconds)} median`}
              onOpen={
                onPeople &&
                (() =>
                  onPeople(
                    { step: from.step + 1, at: from.name, to: to.name },
                    `${from.name} → ${to.name}, step ${from.step + 1}`,
                  ))
              }
            >
              <path d={path} fill="var(--color-delight)" opacity={touches(index) ? 0.22 : 0.06} />
            </Mark>
          );
        })}
        {layout.nodes.map((place) => {
          const node = view.nodes[place.index];
          if (!node) return null;
          const rest = [
            node.ends > 0 && `${count(node.ends)} end here`,
            node.beyond > 0 && `${count(node.beyond)} go on`,
          ].filter(Boolean);
          return (
            <g
              key={place.index}
              transform={`translate(${place.x},${place.y})`}
              onPointerEnter={() => setOver(place.index)}
              onPointerLeave={() => setOver(null)}
            >
              <Mark
                name={[
                  `Step ${node.step + 1}, ${node.name}: ${count(node.count)} ${unit}, ${share(node.count / Math.max(1, view.paths))}`,
                  ...rest,
                ].join(", ")}
                onOpen={
                  onPeople &&
                  (() => onPeople({ step: node.step + 1, at: node.name }, `${node.name}, step ${node.step + 1}`))
                }
              >
                <rect width={place.width} height={place.height} rx="2" fill="var(--color-ink)" />
                <rect
                  width={columnText(width, columns)}
                  x={place.width}
                  height={Math.max(26, place.height)}
                  fill="transparent"
                />
              </Mark>
              <g aria-hidden="true" className="pointer-events-none">
                <text
                  x={place.width + 6}
                  y={9}
                  className="fill-ink text-sm font-medium"
                  stroke="var(--color-page)"
                  strokeWidth="3"
                  paintOrder="stroke"
                >
                  {clip(node.name, width, columns)}
                </text>
                <text
                  x={place.width + 6}
                  y={23}
                  className="figures fill-muted text-xs"
                  stroke="var(--color-page)"
                  strokeWidth="3"
                  paintOrder="stroke"
                >
                  {count(node.count)}
                </text>
              </g>
              {place.endsHeight >= 1 && (
                <Mark
                  name={`${count(node.ends)} ${unit} end with ${node.name} at step ${node.step + 1}`}
                  onOpen={
                    onPeople &&
                    (() =>
                      onPeople(
                        { step: node.step + 1, at: node.name, ends: true },
                        `End with ${node.name}, step ${node.step + 1}`,
                      ))
                  }
                >
                  <rect
                    y={place.height - place.endsHeight}
                    width={place.width}
                    height={place.endsHeight}
                    rx="2"
                    fill="var(--color-pain)"
                  />
                </Mark>
              )}
            </g>
          );
        })}
      </svg>
      <p className="mt-2 text-muted text-xs">
        {count(view.paths)} {unit}. The amber lower part of a bar: paths that end there, with nothing afterwards.
      </p>
    </div>
  );
}

const columnText = (width: number, columns: number) => width / columns - 24;

/** SVG cannot clip text by itself: about 6.6 px a letter. */
function clip(name: string, width: number, columns: number): string {
  const letters = Math.floor(columnText(width, columns) / 6.6);
  return name.length > letters ? `${name.slice(0, Math.max(1, letters - 1))}…` : name;
}
