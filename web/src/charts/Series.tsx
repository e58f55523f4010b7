import { type KeyboardEvent, type PointerEvent, useState } from "react";
import type { ColumnKind, Line, SeriesStyle } from "@/api/model";
import { count, figure, interval, short } from "@/words/format";
import { axisLabels, axisName, tickLabel, ticks } from "./axis";
import { type Layer, seriesColour, type ViewOf } from "./layers";
import { type At, bandPath, linePath, roundTicks, stepped } from "./path";
import { useWidth } from "./useWidth";

interface SeriesProps {
  layers: Layer<"series">[];
  /** Opens the people behind a line of a layer at a point. */
  onPoint?: (layer: Layer<"series">, line: number, point: number) => void;
  height?: number;
}

/** One line as it is drawn. */
interface Drawn {
  key: string;
  name: string;
  line: Line;
  index: number;
  colour: string;
  dash?: string;
  /** What is piled up in one colour is told apart by how strong it is. */
  shade: number;
  behind: boolean;
  layer: Layer<"series">;
}

/** Lines or bars over one axis. Figures of different kinds (counts, shares) get a panel each. */
export function SeriesChart({ layers, onPoint, height = 260 }: SeriesProps) {
  const lead = layers[0];
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const [point, setPoint] = useState<number | null>(null);
  if (!lead) return null;
  const several = layers.filter((layer) => !layer.behind).length > 1;
  const drawn: Drawn[] = layers.flatMap((layer) =>
    layer.view.lines.map((line, index) => ({
      key: `${layer.name} ${line.name}`,
      name:
        layers.length === 1 ? line.name : layer.view.lines.length === 1 ? layer.name : `${line.name}, ${layer.name}`,
      line,
      index,
      // Groups differ by colour and lines by dashes; without groups, lines differ by colour.
      colour: several || layer.behind || layer.view.lines.length === 1 ? layer.colour : seriesColour(index),
      dash: layer.behind ? "2 3" : several ? DASHES[index % DASHES.length] : undefined,
      shade: several || layer.behind ? Math.max(0.2, 1 - 0.22 * index) : 1,
      behind: layer.behind === true,
      layer,
    })),
  );
  const kinds = [...new Set(drawn.map(({ line }) => line.kind))];
  return (
    <div className="flex flex-col gap-5">
      {drawn.length > 1 && (
        <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm" aria-label="Lines">
          {drawn.map(({ key, name, colour, dash }) => (
            <li key={key}>
              <button
                type="button"
                aria-pressed={!hidden.includes(key)}
                onClick={() => setHidden(hidden.includes(key) ? hidden.filter((one) => one !== key) : [...hidden, key])}
                className="flex max-w-72 items-center gap-1.5 rounded-sm hover:text-ink aria-[pressed=false]:text-muted aria-[pressed=false]:line-through"
              >
                <svg width="16" height="8" aria-hidden="true">
                  <line x1="0" x2="16" y1="4" y2="4" stroke={colour} strokeWidth="2.5" strokeDasharray={dash} />
                </svg>
                <span dir="auto" className="truncate">
                  {name}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {kinds.map((kind) => (
        <Panel
          key={kind}
          view={lead.view}
          kind={kind}
          lines={drawn.filter(({ key, line }) => line.kind === kind && !hidden.includes(key))}
          height={kinds.length > 1 ? Math.max(150, height * 0.65) : height}
          point={point}
          setPoint={setPoint}
          onPoint={onPoint}
        />
      ))}
    </div>
  );
}

const DASHES = [undefined, "6 3", "1.5 3", "8 3 2 3"];
const TOP = 10;
const BOTTOM = 24;
const LEFT = 48;
const RIGHT = 12;

interface PanelProps {
  view: ViewOf<"series">;
  kind: ColumnKind;
  lines: Drawn[];
  height: number;
  point: number | null;
  setPoint: (point: number | null) => void;
  onPoint?: SeriesProps["onPoint"];
}

function Panel({ view, kind, lines, height, point, setPoint, onPoint }: PanelProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const labels = axisLabels(view.axis);
  const points = labels.length;
  const style: SeriesStyle = view.style ?? "lines";
  const bars = style === "bars" || style === "stacked" || points === 1;
  const plotWidth = Math.max(0, width - LEFT - RIGHT);
  const slot = plotWidth / Math.max(1, bars ? points : points - 1);
  const x = (at: number) => LEFT + (bars ? (at + 0.5) * slot : at * slot);
  const [low, high] = extent(lines, style === "stacked");
  const heights = roundTicks(low, high, 4);
  const [floor, ceiling] = [heights[0] ?? low, heights.at(-1) ?? high];
  const y = (value: number) => height - BOTTOM - ((value - floor) / (ceiling - floor)) * (height - BOTTOM - TOP);
  const unfinished = view.unfinished_from ?? null;
  const active = point !== null && point < points ? point : null;
  const nearest = (event: PointerEvent<SVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = (event.clientX - box.left) / (box.width / Math.max(1, bars ? points : points - 1));
    return Math.max(0, Math.min(points - 1, bars ? Math.floor(at) : Math.round(at)));
  };
  const open = (at: number, pixel?: At) => {
    const there = lines.filter(({ line }) => line.values[at] != null);
    const distance = ({ line }: Drawn) => Math.abs(y(line.values[at] ?? 0) - (pixel?.y ?? 0));
    const nearestLine = pixel ? [...there].sort((a, b) => distance(a) - distance(b))[0] : there[0];
    const hit =
      bars && pixel ? barsOf(lines, at, style === "stacked", slot).find((bar) => covers(bar, pixel, y)) : null;
    const chosen = hit === null ? nearestLine : hit?.drawn;
    if (chosen) onPoint?.(chosen.layer, chosen.index, at);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowRight: 1,
      ArrowUp: 1,
      ArrowLeft: -1,
      ArrowDown: -1,
      PageUp: 10,
      PageDown: -10,
    };
    const now = active ?? (moves[event.key] === 1 ? -1 : points);
    const next = event.key === "Home" ? 0 : event.key === "End" ? points - 1 : now + (moves[event.key] ?? Number.NaN);
    if (event.key === "Enter" && active !== null) open(active);
    else if (!Number.isNaN(next)) setPoint(Math.max(0, Math.min(points - 1, next)));
    else return;
    event.preventDefault();
  };
  const valueAt = (at: number) => lines.map(({ name, line }) => `${name} ${text(line, at)}`).join(", ");

  return (
    <div ref={ref} className="relative">
      <svg
        width={width}
        height={height}
        className="block overflow-visible"
        role="group"
        aria-label={lines.map(({ name }) => name).join(", ")}
      >
        {heights.map((tick) => (
          <g key={tick} aria-hidden="true">
            <line
              x1={LEFT}
              x2={width - RIGHT}
              y1={y(tick)}
              y2={y(tick)}
              stroke={tick === 0 ? "var(--color-line-strong)" : "var(--color-line)"}
            />
            <text x={LEFT - 8} y={y(tick)} dy="0.32em" textAnchor="end" className="figures fill-muted text-xs">
              {kind === "count" || kind === "number" ? short(tick) : figure(tick, kind).replace(/\.0(?=\D|$)/, "")}
            </text>
          </g>
        ))}
        {ticks(points, plotWidth).map((at) => (
          <text
            key={at}
            x={x(at)}
            y={height - 6}
            textAnchor={at === 0 && !bars ? "start" : x(at) > width - RIGHT - 16 ? "end" : "middle"}
            aria-hidden="true"
            className="figures fill-muted text-xs"
          >
            {tickLabel(view.axis, at)}
          </text>
        ))}
        {unfinished !== null && unfinished < points && (
          <rect
            x={bars ? LEFT + unfinished * slot : x(Math.max(0, unfinished - 0.5))}
            y={TOP}
            width={Math.max(0, width - RIGHT - (bars ? LEFT + unfinished * slot : x(Math.max(0, unfinished - 0.5))))}
            height={height - BOTTOM - TOP}
            fill="var(--color-sunken)"
            opacity={0.8}
          >
            <title>Not over yet: these figures will still grow.</title>
          </rect>
        )}
        <g aria-hidden="true">
          {bars ? (
            <Bars
              lines={lines}
              points={points}
              stacked={style === "stacked"}
              slot={slot}
              y={y}
              unfinished={unfinished}
            />
          ) : (
            <Lines lines={lines} x={x} y={y} steps={style === "steps"} unfinished={unfinished} />
          )}
          {active !== null && (
            <>
              <line x1={x(active)} x2={x(active)} y1={TOP} y2={height - BOTTOM} stroke="var(--color-line-strong)" />
              {!bars &&
                lines.map(({ key, line, colour }) => {
                  const value = line.values[active];
                  return value == null ? null : (
                    <circle
                      key={key}
                      cx={x(active)}
                      cy={y(value)}
                      r="4"
                      fill={colour}
                      stroke="var(--color-page)"
                      strokeWidth="1.5"
                    />
                  );
                })}
            </>
          )}
        </g>
        {/* One stop for the keyboard: arrows move along the axis, Enter opens the people. */}
        <rect
          role="slider"
          tabIndex={0}
          aria-label={`${lines.map(({ name }) => name).join(", ")}: point`}
          aria-valuemin={0}
          aria-valuemax={Math.max(0, points - 1)}
          aria-valuenow={active ?? 0}
          aria-valuetext={active === null ? labels[0] : `${labels[active]}: ${valueAt(active)}`}
          x={LEFT}
          y={TOP}
          width={plotWidth}
          height={height - TOP - BOTTOM}
          fill="transparent"
          onKeyDown={onKeyDown}
          onPointerMove={(event) => setPoint(nearest(event))}
          onPointerLeave={() => setPoint(null)}
          onBlur={() => setPoint(null)}
          onClick={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            const at = nearest(event as unknown as PointerEvent<SVGElement>);
            if (onPoint) open(at, { x: event.clientX - box.left + LEFT, y: event.clientY - box.top + TOP });
          }}
        />
      </svg>
      {active !== null && width > 0 && (
        <div
          className="pop pointer-events-none absolute top-2 z-10 min-w-36 max-w-72 px-3 py-2 text-sm"
          style={x(active) > width / 2 ? { right: width - x(active) + 12 } : { left: x(active) + 12 }}
        >
          <p className="font-medium">
            {axisName(view.axis) === "week" ? "Week of " : axisName(view.axis) === "within" ? "Within " : ""}
            {labels[active]}
          </p>
          {lines.slice(0, 8).map(({ key, name, line, colour }) => (
            <p key={key} className="mt-1 flex items-baseline gap-2">
              <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: colour }} />
              <span dir="auto" className="min-w-0 flex-1 truncate text-muted">
                {name}
              </span>
              <span className="figures font-medium">{text(line, active)}</span>
            </p>
          ))}
          {unfinished !== null && active >= unfinished && <p className="mt-1 text-muted text-xs">not over yet</p>}
          {onPoint && <p className="mt-1 text-muted text-xs">Click for the people</p>}
        </div>
      )}
    </div>
  );
}

function text(line: Line, at: number): string {
  const value = line.values[at];
  if (value == null) return "–";
  const range = line.intervals?.[at];
  const n = line.n?.[at];
  const sure = [range && interval(range[0], range[1], line.kind), n && `n ${count(n)}`].filter(Boolean).join(", ");
  return figure(value, line.kind) + (sure && ` (${sure})`);
}

type Scale = (value: number) => number;

function Lines({
  lines,
  x,
  y,
  steps,
  unfinished,
}: {
  lines: Drawn[];
  x: Scale;
  y: Scale;
  steps: boolean;
  unfinished: number | null;
}) {
  return lines.map(({ key, line, colour, dash, behind }) => {
    const points = line.values.map((value, at) => (value === null ? null : { x: x(at), y: y(value) }));
    const bands = (line.intervals ?? []).map((range, at) => range && { x: x(at), low: y(range[0]), high: y(range[1]) });
    const path = (part: typeof points) => linePath(steps ? stepped(part) : part);
    // What is not over is drawn dashed, from the last finished point on.
    const cut = unfinished === null ? points.length : Math.max(1, unfinished);
    return (
      <g
        key={key}
        fill="none"
        stroke={colour}
        strokeWidth={behind ? 1.5 : 2}
        strokeLinejoin="round"
        strokeLinecap="round"
      >
        {bands.length > 0 && !behind && (
          <path d={bandPath(steps ? stepped(bands) : bands)} fill={colour} stroke="none" opacity={0.12} />
        )}
        <path d={path(points.slice(0, cut))} strokeDasharray={dash} />
        {cut < points.length && <path d={path(points.slice(cut - 1))} strokeDasharray="2 4" />}
      </g>
    );
  });
}

interface BarsProps {
  lines: Drawn[];
  points: number;
  stacked: boolean;
  slot: number;
  y: Scale;
  unfinished: number | null;
}

function Bars({ lines, points, stacked, slot, y, unfinished }: BarsProps) {
  return Array.from({ length: points }, (_, at) =>
    barsOf(lines, at, stacked, slot).map(({ drawn, left, width, from, to }) => {
      const [top, bottom] = [y(Math.max(from, to)), y(Math.min(from, to))];
      return (
        <rect
          key={`${drawn.key} ${at}`}
          x={left}
          y={top}
          width={width}
          height={Math.max(0, bottom - top)}
          fill={drawn.colour}
          opacity={(unfinished !== null && at >= unfinished ? 0.5 : 0.92) * (stacked ? drawn.shade : 1)}
        />
      );
    }),
  );
}

/** A bar from a value to another. */
interface Bar {
  drawn: Drawn;
  left: number;
  width: number;
  from: number;
  to: number;
}

/** The bars at a point: beside each other, or each layer's stacked: what is above zero, and what is below. */
function barsOf(lines: Drawn[], at: number, stacked: boolean, slot: number): Bar[] {
  const piles = stacked ? [...new Set(lines.map(({ layer }) => layer.name))] : lines.map(({ key }) => key);
  const room = Math.min(slot * 0.76, 48 * piles.length);
  const each = room / Math.max(1, piles.length);
  const ends = new Map<string, number>();
  return lines.map((drawn) => {
    const pile = stacked ? drawn.layer.name : drawn.key;
    const value = drawn.line.values[at] ?? 0;
    const end = `${value < 0 ? "below" : "above"} ${pile}`;
    const from = ends.get(end) ?? 0;
    ends.set(end, from + value);
    return {
      drawn,
      left: LEFT + at * slot + (slot - room) / 2 + piles.indexOf(pile) * each,
      width: Math.max(1, each - (piles.length > 1 ? 1 : 0)),
      from,
      to: from + value,
    };
  });
}

/** Whether a bar is meant; one that is too low to be hit is, by its whole column. */
function covers({ left, width, from, to }: Bar, { x, y: height }: At, y: Scale): boolean {
  const [top, bottom] = [y(Math.max(from, to)), y(Math.min(from, to))];
  const reach = Math.max(0, (MIN_HIT - (bottom - top)) / 2);
  return x >= left && x <= left + width && height >= top - reach && height <= bottom + reach;
}
const MIN_HIT = 12;

function extent(lines: Drawn[], stacked: boolean): [number, number] {
  const values: number[] = [0];
  const points = lines[0]?.line.values.length ?? 0;
  if (stacked) {
    for (let at = 0; at < points; at++) values.push(...barsOf(lines, at, true, 1).map(({ to }) => to));
  } else {
    for (const { line, behind } of lines) {
      for (const [at, value] of line.values.entries()) {
        if (value === null) continue;
        values.push(value);
        const range = behind ? null : line.intervals?.[at];
        if (range) values.push(range[0], range[1]);
      }
    }
  }
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  return high > low ? [low, high] : [0, 1];
}
