import type { MeasuredGroup, MeasuredMap } from "@/api/model";
import { share } from "@/words/format";
import type { Subject } from "../evidence";
import { type Beside, beliefGap, emotionFigure, findingsAt, touchpointsAt } from "../measured";
import { IntervalBar } from "./EvidencePanel";
import { FindingButton, KpiItem, PeopleItem, QuoteItem, TouchpointItem } from "./Items";

interface PagesProps {
  map: MeasuredMap;
  group: MeasuredGroup;
  beside?: Beside;
  onOpen: (subject: Subject) => void;
}

/** The map for a phone: one stage at a time, the next with a swipe. */
export function Pages({ map, group, beside, onOpen }: PagesProps) {
  const press = "block w-full rounded-md text-left active:bg-hover";
  return (
    <section
      aria-label="Stages; swipe for the next"
      tabIndex={0}
      className="no-scrollbar relative flex min-w-0 flex-1 snap-x snap-mandatory overflow-x-auto"
    >
      {map.stages.map((info, stage) => {
        const own = group.stages[stage];
        const next = map.stages[stage + 1];
        if (!own) return null;
        const gap = beliefGap(info.believed, own);
        const quote = own.quotes[0];
        return (
          <article
            key={info.id}
            aria-labelledby={`stage-${info.id}`}
            className="w-full shrink-0 snap-center px-4 pt-4 pb-6"
          >
            <header className="mb-4 flex items-baseline gap-3">
              <h2 id={`stage-${info.id}`} dir="auto" className="min-w-0 flex-1 truncate font-semibold text-md">
                {info.name}
              </h2>
              <span className="figures text-muted text-sm">
                {stage + 1} of {map.stages.length}
              </span>
            </header>
            <div className="flex flex-col gap-5">
              <button type="button" className={press} onClick={() => onOpen({ sort: "stage", stage })}>
                <PeopleItem group={group} beside={beside} stage={stage} />
                {own.conversion && next && (
                  <span className="figures mt-1 block text-muted">
                    {share(own.conversion.value)} go on to <bdi>{next.name}</bdi> →
                  </span>
                )}
              </button>
              {info.goal && (
                <p dir="auto" className="text-muted">
                  {info.goal}
                </p>
              )}
              {own.emotion && (
                <button type="button" className={press} onClick={() => onOpen({ sort: "emotion", stage })}>
                  <span className="figures mb-1 block">
                    Emotion <span className="font-semibold">{emotionFigure(own.emotion.value)}</span>
                    {gap !== null && <span className="text-muted"> ⚑ gap {Math.abs(gap).toFixed(2)}</span>}
                  </span>
                  <IntervalBar
                    estimate={own.emotion}
                    mark={info.believed}
                    markName="believed"
                    bounds={[-1, 1]}
                    tone="bg-ink"
                    show={emotionFigure}
                  />
                </button>
              )}
              {(["pains", "delights"] as const).map((lane) =>
                findingsAt(map, group, lane, stage)
                  .slice(0, 3)
                  .map((finding) => <FindingButton key={finding.id} map={map} finding={finding} onOpen={onOpen} />),
              )}
              <div>
                <h3 className="mb-1 text-muted text-sm">Touchpoints</h3>
                {touchpointsAt(map, stage).map((touchpoint) => (
                  <button
                    key={touchpoint}
                    type="button"
                    className={press}
                    onClick={() => onOpen({ sort: "touchpoint", touchpoint })}
                  >
                    <TouchpointItem map={map} group={group} beside={beside} touchpoint={touchpoint} />
                  </button>
                ))}
              </div>
              {own.kpis.length > 0 && (
                <div>
                  <h3 className="mb-1 text-muted text-sm">Key figures</h3>
                  {own.kpis.map((kpi, index) => (
                    <button
                      key={kpi.name}
                      type="button"
                      className={press}
                      onClick={() => onOpen({ sort: "kpi", stage, kpi: index })}
                    >
                      <KpiItem kpi={kpi} beside={beside?.group.stages[stage]?.kpis[index]} />
                    </button>
                  ))}
                </div>
              )}
              {quote && <QuoteItem {...quote} />}
            </div>
          </article>
        );
      })}
    </section>
  );
}
