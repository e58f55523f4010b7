import type { MeasuredGroup, MeasuredMap } from "@/api/model";
import { seconds, share } from "@/words/format";
import type { Subject } from "../evidence";
import { type Beside, emotionFigure, people, shareOf, signalsAt } from "../measured";
import { Stream } from "./Stream";

interface LifecycleProps {
  map: MeasuredMap;
  group: MeasuredGroup;
  beside?: Beside;
  onOpen: (subject: Subject) => void;
  onZoom: (stage: number) => void;
}

/** The journey from afar: only its stages, as a stream of people. */
export function Lifecycle({ map, group, beside, onOpen, onZoom }: LifecycleProps) {
  return (
    <div className="min-w-0 flex-1 overflow-auto">
      <ol
        className="relative grid pb-8 max-md:grid-cols-1! md:min-w-max"
        style={{ gridTemplateColumns: `repeat(${map.stages.length}, minmax(180px, 1fr))` }}
      >
        <li aria-hidden className="pointer-events-none absolute inset-x-0 top-[132px] max-md:hidden">
          <Stream stages={group.stages} height={200} />
        </li>
        {map.stages.map((info, stage) => {
          const own = group.stages[stage];
          const other = beside?.group.stages[stage];
          const next = map.stages[stage + 1];
          if (!own) return null;
          const pains = signalsAt(group, "pains", stage).length;
          const delights = signalsAt(group, "delights", stage).length;
          return (
            <li key={info.id} className="relative border-line px-4 py-5 max-md:border-b md:px-7 md:not-first:border-l">
              <h2 dir="auto" className="truncate font-semibold">
                {info.name}
              </h2>
              <p dir="auto" className="mt-0.5 line-clamp-2 text-muted text-sm md:h-9">
                {info.goal}
              </p>
              <button
                type="button"
                onClick={() => onOpen({ sort: "stage", stage })}
                className="-mx-2 flex flex-col justify-center rounded-md px-2 py-1 text-left hover:bg-hover/60 md:mt-3 md:h-[220px]"
              >
                <span className="figures font-semibold text-xl tracking-[-0.02em]">{people(own.customers)}</span>
                <span className="figures text-muted">{shareOf(own.share)} of all</span>
                {other && (
                  <span className="figures text-series-3 text-sm">
                    <span aria-hidden>◆ </span>
                    <bdi>{beside?.name}</bdi> {shareOf(other.share)}
                  </span>
                )}
              </button>
              <dl className="figures grid grid-cols-[1fr_max-content] gap-y-1 text-sm md:mt-4">
                {own.conversion && next && (
                  <>
                    <dt className="truncate text-muted">
                      go on to <bdi>{next.name}</bdi>
                    </dt>
                    <dd className="font-semibold">{share(own.conversion.value)}</dd>
                  </>
                )}
                {own.median_seconds_to_next !== null && next && (
                  <>
                    <dt className="text-muted">median time</dt>
                    <dd>{seconds(own.median_seconds_to_next)}</dd>
                  </>
                )}
                {own.emotion && (
                  <>
                    <dt className="text-muted">emotion</dt>
                    <dd>{emotionFigure(own.emotion.value)}</dd>
                  </>
                )}
                <dt className="text-muted">pains, delights</dt>
                <dd>
                  <span className="text-pain">▼ {pains}</span> <span className="ml-1 text-delight">▲ {delights}</span>
                </dd>
              </dl>
              <button
                type="button"
                onClick={() => onZoom(stage)}
                className="mt-4 text-sm underline decoration-line-strong underline-offset-4 hover:decoration-ink"
              >
                From near<span className="sr-only">: {info.name}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
