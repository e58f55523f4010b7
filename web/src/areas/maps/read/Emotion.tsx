import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import type { MeasuredStage, StageInfo } from "@/api/model";
import { bandPath, linePath, smooth } from "@/charts/path";
import { useWidth } from "@/charts/useWidth";
import { beliefGap, emotionFigure } from "../measured";
import { CURVE_HEIGHT, centreOf, feelingAt, gapHeight, heightOf, labelHeight, type Point, stretches } from "./curve";

interface EmotionCurveProps {
  stages: readonly StageInfo[];
  measured: readonly MeasuredStage[];
  /** A second curve, of whoever stands beside. */
  beside?: readonly MeasuredStage[];
  /** Lets the belief be drawn. */
  onBelieve?: (stage: number, believed: number) => void;
  /** Called when the keys are done with a handle. */
  onLeave?: (stage: number) => void;
  height?: number;
  /** For a wall: letters that are read from afar. */
  large?: boolean;
}

/** The measured curve with its 95 % band, and the believed one against it. */
export function EmotionCurve({
  stages,
  measured,
  beside,
  onBelieve,
  onLeave,
  height = CURVE_HEIGHT,
  large,
}: EmotionCurveProps) {
  const [box, width] = useWidth<HTMLDivElement>();
  const y = (feeling: number) => heightOf(feeling, height);
  const x = (stage: number) => centreOf(stage, stages.length, width);
  const own = stretches(
    measured.map((stage) => stage.emotion),
    width,
  );
  const other = stretches(
    (beside ?? []).map((stage) => stage.emotion),
    width,
  );
  const believed = stages.flatMap((stage, index) =>
    stage.believed === null ? [] : [{ x: x(index), value: stage.believed }],
  );
  const curve = (points: readonly { x: number; value: number }[]) =>
    linePath(
      points.map(({ x, value }) => ({ x, y: y(value) })),
      smooth,
    );
  const band = (points: readonly Point[]) =>
    bandPath(
      points.map(({ x, low, high }) => ({ x, low: y(low), high: y(high) })),
      smooth,
    );
  return (
    <div ref={box} className="h-full w-full">
      {width > 0 && (
        <svg width={width} height={height} className="block select-none overflow-visible" aria-hidden={!onBelieve}>
          <title>Emotion: measured and believed</title>
          <line x1={0} x2={width} y1={y(0)} y2={y(0)} className="stroke-line-strong" strokeDasharray="1 3" />
          {other.map((points) => (
            <path
              key={points[0]?.x}
              d={curve(points)}
              className="fill-none stroke-series-3"
              strokeWidth={1.5}
              strokeDasharray="6 3"
            />
          ))}
          {other.flat().map((point) => (
            <rect
              key={point.x}
              x={point.x - 3}
              y={y(point.value) - 3}
              width={6}
              height={6}
              transform={`rotate(45 ${point.x} ${y(point.value)})`}
              className="fill-series-3"
            />
          ))}
          {own.map((points) => (
            <g key={points[0]?.x}>
              <path d={band(points)} className="fill-ink opacity-10" />
              <path d={curve(points)} className="fill-none stroke-ink" strokeWidth={2} />
            </g>
          ))}
          <path
            d={curve(believed)}
            className="fill-none stroke-muted"
            strokeWidth={1.5}
            strokeDasharray="1.5 4"
            strokeLinecap="round"
          />
          {believed.map((point) => (
            <circle
              key={point.x}
              cx={point.x}
              cy={y(point.value)}
              r={3.5}
              className="fill-surface stroke-muted"
              strokeWidth={1.5}
            />
          ))}
          {own.flat().map((point) => (
            <g key={point.x}>
              <line
                x1={point.x}
                x2={point.x}
                y1={y(point.low)}
                y2={y(point.high)}
                className="stroke-ink"
                strokeWidth={5}
                opacity={0.25}
                strokeLinecap="round"
              />
              <circle cx={point.x} cy={y(point.value)} r={4} className="fill-ink" />
            </g>
          ))}
          {measured.map((own, index) => {
            const info = stages[index];
            const { emotion } = own;
            if (!info || !emotion) return null;
            const gap = beliefGap(info.believed, own);
            return (
              <g key={info.id}>
                <text
                  x={x(index)}
                  y={labelHeight(emotion, info.believed, height)}
                  textAnchor="middle"
                  className={`figures fill-ink font-semibold ${large ? "text-md" : "text-xs"}`}
                >
                  {emotionFigure(emotion.value)}
                </text>
                {gap !== null && info.believed !== null && (
                  <>
                    <line
                      x1={x(index)}
                      x2={x(index)}
                      y1={y(info.believed) + (gap > 0 ? 5 : -5)}
                      y2={y(emotion.value) + (gap > 0 ? -6 : 6)}
                      className="stroke-muted"
                      strokeWidth={1}
                    />
                    <text
                      x={x(index)}
                      y={gapHeight(emotion, info.believed, height)}
                      textAnchor="middle"
                      className={`figures fill-muted ${large ? "text-base" : "text-xs"}`}
                    >
                      ⚑ gap {Math.abs(gap).toFixed(2)}
                    </text>
                  </>
                )}
              </g>
            );
          })}
          {onBelieve &&
            stages.map((stage, index) => (
              <Handle
                key={stage.id}
                name={`Believed emotion in ${stage.name}`}
                value={stage.believed}
                x={x(index)}
                height={height}
                index={index}
                onChange={(value) => onBelieve(index, value)}
                onLeave={() => onLeave?.(index)}
              />
            ))}
        </svg>
      )}
    </div>
  );
}

interface HandleProps {
  name: string;
  value: number | null;
  x: number;
  height: number;
  index: number;
  onChange: (value: number) => void;
  onLeave: () => void;
}

const STEP = 0.1;

/** What one takes hold of to say what one believes: drag, or ↑ and ↓. */
function Handle({ name, value, x, height, index, onChange, onLeave }: HandleProps) {
  const [held, setHeld] = useState(false);
  const start = useRef(0);
  const now = value ?? 0;
  const step = (by: number) => onChange(Math.round(Math.min(1, Math.max(-1, now + by)) * 100) / 100);
  const onKeyDown = (event: KeyboardEvent) => {
    const small = event.shiftKey ? 0.01 : STEP;
    const action: Record<string, () => void> = {
      ArrowUp: () => step(small),
      ArrowDown: () => step(-small),
      ArrowRight: () => step(small),
      ArrowLeft: () => step(-small),
      Home: () => onChange(-1),
      End: () => onChange(1),
      Enter: onLeave,
      Escape: onLeave,
    };
    const run = action[event.key];
    if (!run) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };
  const drag = (event: PointerEvent<SVGGElement>) => {
    if (!held) return;
    const top = event.currentTarget.ownerSVGElement?.getBoundingClientRect().top ?? 0;
    onChange(feelingAt(event.clientY - top, height));
  };
  return (
    <g
      role="slider"
      tabIndex={-1}
      data-handle={index}
      aria-label={name}
      aria-valuemin={-1}
      aria-valuemax={1}
      aria-valuenow={now}
      aria-valuetext={value === null ? "not said" : emotionFigure(value)}
      aria-orientation="vertical"
      className="group pointer-events-auto cursor-ns-resize touch-none outline-none"
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = event.clientY;
        setHeld(true);
      }}
      onPointerMove={drag}
      onPointerUp={() => setHeld(false)}
      onPointerCancel={() => setHeld(false)}
    >
      <rect x={x - 22} y={0} width={44} height={height} className="fill-transparent" />
      <circle
        cx={x}
        cy={heightOf(now, height)}
        r={7}
        className={`stroke-ink group-focus:fill-ink ${value === null ? "fill-transparent opacity-40" : "fill-surface"}`}
        strokeWidth={2}
        strokeDasharray={value === null ? "2 2" : undefined}
      />
      <text
        x={x + 12}
        y={heightOf(now, height) - 8}
        className={`figures fill-ink font-semibold text-xs ${held ? "" : "opacity-0 group-focus:opacity-100 group-hover:opacity-100"}`}
      >
        {value === null ? "say what you believe" : emotionFigure(now)}
      </text>
    </g>
  );
}
