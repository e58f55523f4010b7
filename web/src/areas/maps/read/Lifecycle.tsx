import type { MeasuredGroup, MeasuredMap } from "@/api/model";
import { seconds, share } from "@/words/format";
import type { Subject } from "../evidence";
import { type Beside, EVERYBODY, emotionFigure, findingsAt, people, shareOf } from "../measured";
import { FindingButton } from "./Items";
import { Stream } from "./Stream";

interface LifecycleProps {
  map: MeasuredMap;
  group: MeasuredGroup;
  beside?: Beside;
  onOpen: (subject: Subject) => void;
  onZoom: (stage: number) => void;
}

const NARROWEST = 190;

/** The journey from afar: only its stages, as a stream of people. */
export function Lifecycle({ map, group, beside, onOpen, onZoom }: LifecycleProps) {
  return (
    <div className="relative min-w-0 flex-1 overflow-auto">
      <ol
        className="relative grid max-md:min-w-0! max-md:grid-cols-1! md:min-h-full md:grid-rows-[auto_auto_auto_1fr]"
        style={{
          gridTemplateColumns: `repeat(${map.stages.length}, minmax(0, 1fr))`,
          minWidth: map.stages.length * NARROWEST,
        }}
      >
        <li aria-hidden className="pointer-events-none absolute inset-x-0 top-[104px] max-md:hidden">
          <Stream stages={group.stages} height={200} />
        </li>
        {map.stages.map((info, stage) => {
          const own = group.stages[stage];
          const other = beside?.group.stages[stage];
          const next = map.stages[stage + 1];
          if (!own) return null;
          const pains = findingsAt(map, group, "pains", stage);
          const delights = findingsAt(map, group, "delights", stage);
          const telling = [
            ...pains.slice(0, delights.length > 0 ? 1 : 2),
            ...delights.slice(0, pains.length > 0 ? 1 : 2),
          ];
          return (
            <li
              key={info.id}
              className="relative border-line px-4 py-5 max-md:border-b md:row-span-4 md:grid md:grid-rows-subgrid md:px-5 md:not-last:border-r"
            >
              <div>
                <h2 dir="auto" className="truncate font-semibold">
                  {info.name}
                </h2>
                <p dir="auto" className="mt-0.5 line-clamp-2 text-muted text-sm md:h-9">
                  {info.goal}
                </p>
                <button
                  type="button"
                  onClick={() => onOpen({ sort: "stage", stage })}
                  className="-mx-2 flex flex-col justify-center rounded-md px-2 py-1 text-left hover:bg-hover/60 md:my-2 md:h-[222px]"
                >
                  <span className="figures font-semibold text-xl tracking-[-0.02em]">{people(own.customers)}</span>
                  <span className="figures">{shareOf(own.share)} of all</span>
                  {other && (
                    <span className="figures text-sm">
                      <span aria-hidden className="text-series-3">
                        ◆{" "}
                      </span>
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
                    <span className="text-pain">▼ {pains.length}</span>{" "}
                    <span className="ml-1 text-delight">▲ {delights.length}</span>
                  </dd>
                </dl>
              </div>
              <div className="-mx-2 flex flex-col gap-1.5 pt-4 max-md:mx-0">
                {telling.map((finding) => (
                  <FindingButton key={finding.id} map={map} finding={finding} onOpen={onOpen} />
                ))}
              </div>
              <Who map={map} group={group} stage={stage} />
              <button
                type="button"
                aria-label={`From near: ${info.name}`}
                onClick={() => onZoom(stage)}
                className="mt-5 self-start justify-self-start text-sm underline decoration-line-strong underline-offset-4 hover:decoration-ink"
              >
                From near
              </button>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

const PERSONAS_MAX = 8;

/** Which share of each persona gets to a stage. */
function Who({ map, group, stage }: Pick<LifecycleProps, "map" | "group"> & { stage: number }) {
  const personas = map.groups.filter(({ id }) => id !== EVERYBODY).slice(0, PERSONAS_MAX);
  if (personas.length === 0) return <span />;
  return (
    <section className="pt-5">
      <h3 className="mb-1.5 text-muted text-sm">Who gets here</h3>
      <ul className="-mx-1.5 flex flex-col gap-0.5">
        {personas.map((one) => {
          const share = one.stages[stage]?.share ?? Number.NaN;
          return (
            <li key={one.id} className="relative flex items-center gap-2 px-1.5 py-0.5 text-sm" title={one.name}>
              <span
                aria-hidden
                className="absolute inset-y-0.5 left-0 rounded-sm bg-ink/[0.07]"
                style={{ width: `${(share || 0) * 100}%` }}
              />
              <span
                dir="auto"
                className={`relative min-w-0 flex-1 truncate ${one.id === group.id ? "font-semibold" : ""}`}
              >
                {one.name}
              </span>
              <span className="figures relative text-muted text-xs">{shareOf(share)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
