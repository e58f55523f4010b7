import { useMemo, useState } from "react";
import type { JsonObject } from "@/api/contract";
import type { MeasuredGroup, MeasuredMap } from "@/api/model";
import { useAnswer, useSnapshot } from "@/api/queries";
import { AnswerView } from "@/charts/Answer";
import { Choice } from "@/ui/Field";
import { ProblemNote, Skeleton } from "@/ui/States";
import { Tabs } from "@/ui/Tabs";
import { plural, seconds, share } from "@/words/format";
import type { Subject } from "../evidence";
import { ofGroup } from "../measure";
import { type Beside, findingsAt, people, shareOf, touchpointsAt } from "../measured";
import { IntervalBar } from "./EvidencePanel";
import { FindingButton, KpiItem, QuoteItem, TouchpointItem } from "./Items";

interface StepViewProps {
  map: MeasuredMap;
  group: MeasuredGroup;
  beside?: Beside;
  /** The id of the stage; the first when it is not known. */
  stage?: string;
  onStage: (id: string) => void;
  /** The map's question: its period, segment and map hold for what is asked here too. */
  question: JsonObject;
  onOpen: (subject: Subject) => void;
}

type Way = "paths" | "follows" | "funnel";

/** One stage from near: its touchpoints with their reach, and the ways between them. */
export default function StepView({ map, group, beside, stage: id, onStage, question, onOpen }: StepViewProps) {
  const found = map.stages.findIndex((one) => one.id === id);
  const stage = Math.max(found, 0);
  const info = map.stages[stage];
  const own = group.stages[stage];
  const next = map.stages[stage + 1];
  if (!info || !own) return null;
  const pains = findingsAt(map, group, "pains", stage);
  const delights = findingsAt(map, group, "delights", stage);
  const press = "block w-full rounded-md text-left transition-colors hover:bg-hover";
  return (
    <div className="relative min-w-0 flex-1 overflow-auto px-4 pt-4 pb-12 md:px-7">
      <Tabs
        label="Stage"
        value={info.id}
        onChange={onStage}
        tabs={map.stages.map((one, index) => ({
          value: one.id,
          label: one.name,
          count: people(group.stages[index]?.customers ?? Number.NaN),
        }))}
      >
        <div className="grid gap-x-12 gap-y-8 lg:grid-cols-[minmax(260px,340px)_minmax(0,1fr)]">
          <div className="flex flex-col gap-7">
            <button type="button" className={press} onClick={() => onOpen({ sort: "stage", stage })}>
              <span className="figures block font-semibold text-xl tracking-[-0.02em]">{people(own.customers)}</span>
              <span className="figures block text-muted">
                {shareOf(own.share)} of all
                {own.conversion && next && (
                  <>
                    {" · "}
                    {share(own.conversion.value)} go on to <bdi>{next.name}</bdi>
                  </>
                )}
                {own.median_seconds_to_next !== null && `, half of them within ${seconds(own.median_seconds_to_next)}`}
              </span>
              {own.conversion && next && (
                <span className="mt-2 block">
                  <IntervalBar
                    estimate={own.conversion}
                    mark={beside?.group.stages[stage]?.conversion?.value ?? null}
                    markName={beside?.name ?? ""}
                    bounds={[0, 1]}
                    tone="bg-ink"
                    show={share}
                  />
                </span>
              )}
            </button>
            <section>
              <h2 className="mb-1 font-semibold text-sm">Touchpoints</h2>
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
            </section>
            {own.kpis.length > 0 && (
              <section>
                <h2 className="mb-1 font-semibold text-sm">Key figures</h2>
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
              </section>
            )}
            {own.quotes[0] && <QuoteItem {...own.quotes[0]} />}
          </div>
          <div className="flex min-w-0 flex-col gap-8">
            {pains.length + delights.length > 0 && (
              <section>
                <h2 className="mb-2 font-semibold text-sm">
                  {[plural(pains.length, "pain"), plural(delights.length, "delight")].join(", ")}
                </h2>
                <div className="grid gap-2 sm:grid-cols-2 xl:grid-cols-3">
                  {[...pains, ...delights].map((finding) => (
                    <FindingButton key={finding.id} map={map} finding={finding} onOpen={onOpen} />
                  ))}
                </div>
              </section>
            )}
            <Ways key={info.id} map={map} stage={stage} group={group} question={question} />
          </div>
        </div>
      </Tabs>
    </div>
  );
}

/** The ways between the touchpoints of a stage: step by step, which after which, or one after the other. */
function Ways({
  map,
  stage,
  group,
  question,
}: {
  map: MeasuredMap;
  stage: number;
  group: MeasuredGroup;
  question: JsonObject;
}) {
  const [way, setWay] = useState<Way>("paths");
  const info = map.stages[stage];
  const touchpoints = touchpointsAt(map, stage);
  const snapshot = useSnapshot();
  const asked = useMemo(
    (): JsonObject =>
      stageQuestion(
        way,
        question,
        info?.id ?? "",
        group.id,
        touchpoints.flatMap((index) => {
          const touchpoint = map.touchpoints[index];
          return touchpoint ? [{ ...touchpoint, reach: group.touchpoints[index]?.reach ?? 0 }] : [];
        }),
      ),
    [way, question, info, group, touchpoints, map],
  );
  const answer = useAnswer({ analysis: way, question: asked, snapshot }, touchpoints.length > 0);
  const shown = answer.data?.analysis === way ? answer.data : undefined;
  if (touchpoints.length === 0) return <p className="text-muted">This stage has no touchpoints.</p>;
  return (
    <section>
      <header className="mb-4 flex flex-wrap items-center gap-3">
        <h2 className="flex-1 font-semibold text-sm">Ways through this stage</h2>
        <Choice
          label="Ways"
          value={way}
          onChange={setWay}
          options={[
            { value: "paths", label: "Step by step" },
            { value: "follows", label: "What follows what" },
            { value: "funnel", label: "As a funnel" },
          ]}
        />
      </header>
      {way === "funnel" && (
        <p className="mb-4 text-muted text-sm">
          The touchpoints of the stage in the map's order, each that at least one in fifty customers has, within 30
          days.
        </p>
      )}
      {answer.isError && <ProblemNote error={answer.error} again={() => answer.refetch()} />}
      {!shown && !answer.isError && <Skeleton className="h-64" />}
      {shown && (
        <div className={answer.isPlaceholderData ? "opacity-60" : ""}>
          <AnswerView answer={shown} question={asked} />
        </div>
      )}
    </section>
  );
}

/** The question about one stage, in the map's period and segment. */
export function stageQuestion(
  way: Way,
  question: JsonObject,
  stage: string,
  group: string,
  touchpoints: readonly { id: string; name: string; reach: number }[],
): JsonObject {
  const { compare: _, ...context } = question;
  const asked = ofGroup(context, group);
  if (way === "funnel") {
    const steps = touchpoints.filter(({ reach }) => reach >= 0.02).map(({ id, name }) => ({ name, touchpoint: id }));
    return {
      ...asked,
      steps: steps.length > 0 ? steps : touchpoints.map(({ id, name }) => ({ name, touchpoint: id })),
      window: "30d",
    };
  }
  return { ...asked, of: "touchpoints", unit: "session", filter: { stage } };
}
