import { useRef, useState } from "react";
import { useWidth } from "@/charts/useWidth";
import { date, plural } from "@/words/format";
import { rangeName } from "@/words/period";
import type { Bin } from "./sessions";

const HEIGHT = 48;

interface ActivityStripProps {
  bins: readonly Bin[];
  /** The part that is looked at; all when absent. */
  from?: string;
  to?: string;
  /** Somebody marked a part of it. */
  onZoom: (from: string, to: string) => void;
}

/** When how much happened over the whole journey: dragging over it, or Enter on a stretch, looks closer. */
export function ActivityStrip({ bins, from, to, onZoom }: ActivityStripProps) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const [drag, setDrag] = useState<[number, number] | null>(null);
  const [current, setCurrent] = useState(0);
  const marks = useRef<(SVGRectElement | null)[]>([]);
  const most = Math.max(1, ...bins.map((bin) => bin.events));
  const each = width / Math.max(1, bins.length);
  const at = (event: React.PointerEvent<SVGSVGElement>) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    return Math.min(bins.length - 1, Math.max(0, Math.floor((event.clientX - left) / each)));
  };
  const zoom = (one: number, other: number) => {
    const [first, last] = [bins[Math.min(one, other)], bins[Math.max(one, other)]];
    if (first && last) onZoom(first.from, last.to);
  };
  const inside = (bin: Bin) => (!from || bin.to > from) && (!to || bin.from < to);
  const move = (index: number) => {
    const next = Math.min(bins.length - 1, Math.max(0, index));
    setCurrent(next);
    marks.current[next]?.focus();
  };
  return (
    <div ref={frame} className="select-none">
      <svg
        width={width}
        height={HEIGHT}
        role="group"
        aria-label="Activity over the whole journey: Enter looks closer"
        className="touch-pan-y"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag([at(event), at(event)]);
        }}
        onPointerMove={(event) => drag && setDrag([drag[0], at(event)])}
        onPointerUp={() => {
          if (drag) zoom(...drag);
          setDrag(null);
        }}
        onPointerCancel={() => setDrag(null)}
      >
        {drag && (
          <rect
            x={Math.min(...drag) * each}
            width={(Math.abs(drag[1] - drag[0]) + 1) * each}
            height={HEIGHT}
            className="fill-hover"
          />
        )}
        {bins.map((bin, index) => {
          const height = bin.events === 0 ? 1 : Math.max(3, (bin.events / most) * (HEIGHT - 4));
          return (
            <rect
              key={bin.from}
              ref={(mark) => {
                marks.current[index] = mark;
              }}
              role="button"
              tabIndex={index === current ? 0 : -1}
              aria-label={`${date(bin.from)}: ${plural(bin.events, "event")}`}
              x={index * each}
              y={HEIGHT - height}
              width={Math.max(1, each - 1)}
              height={height}
              rx={Math.min(1.5, each / 4)}
              className={`mark ${bin.events === 0 ? "fill-line-strong" : inside(bin) ? "fill-ink" : "fill-line-strong"}`}
              onKeyDown={(event) => {
                if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
                  event.preventDefault();
                  event.stopPropagation();
                  move(index + (event.key === "ArrowRight" ? 1 : -1));
                } else if (event.key === "Enter" || event.key === " ") {
                  event.preventDefault();
                  zoom(index, index);
                }
              }}
            >
              <title>{`${date(bin.from)}: ${plural(bin.events, "event")}`}</title>
            </rect>
          );
        })}
      </svg>
      <p className="figures mt-1 flex justify-between text-muted text-xs">
        <span>{bins[0] && date(bins[0].from)}</span>
        {drag && bins[Math.min(...drag)] && (
          <span className="text-ink">
            {rangeName(
              bins[Math.min(...drag)]?.from.slice(0, 10) ?? "",
              bins[Math.max(...drag)]?.from.slice(0, 10) ?? "",
            )}
          </span>
        )}
        <span>{bins.length > 1 && date(bins.at(-1)?.from ?? "")}</span>
      </p>
    </div>
  );
}
