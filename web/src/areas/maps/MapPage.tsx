import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Lane } from "@/api/model";
import { useMapFile, useMaps } from "@/api/queries";
import type { PeopleOf } from "@/charts/People";
import { useContextSearch, useSetContext } from "@/shell/context";
import { Button } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import type { JourneyMap } from "./declared";
import { evidenceOf } from "./declared";
import { type Subject, subjectName, subjectOf } from "./evidence";
import { MapBar } from "./MapBar";
import { MeasuringNote } from "./MeasuringNote";
import { useBeside, useMeasured } from "./measure";
import { groupOf, withMeasures } from "./measured";
import { EvidenceFacts, subjectTitle } from "./read/EvidencePanel";
import { Lifecycle } from "./read/Lifecycle";
import { MapGrid } from "./read/MapGrid";
import { Pages } from "./read/Pages";
import { Side, useMedia } from "./Side";
import type { MapSearch } from "./search";

const PeopleDrawer = lazy(() => import("@/charts/People"));
const StepView = lazy(() => import("./read/StepView"));

/** One journey map: read, seen from far or near, edited, presented. */
export default function MapPage() {
  const { id } = useParams({ from: "/maps/$id" });
  useMapInContext(id);
  const { version } = useContextSearch();
  const maps = useMaps();
  const file = useMapFile(id, version);
  const entry = maps.data?.find((one) => one.id === id);
  if (maps.data && !entry && file.isError) {
    return (
      <Page title="No such map">
        <EmptyState title={`There is no map “${id}”`}>It may have been renamed or removed.</EmptyState>
      </Page>
    );
  }
  return <Loaded key={id} id={id} title={entry?.title ?? id} problem={entry?.problem ?? null} />;
}

/** Keeps the map of the address and that of the context bar the same: choosing another map there goes to it. */
function useMapInContext(id: string) {
  const { map } = useContextSearch();
  const set = useSetContext();
  const navigate = useNavigate();
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (map === id) {
      told.current = id;
    } else if (told.current === id && map !== undefined) {
      navigate({ to: "/maps/$id", params: { id: map }, search: (now) => ({ ...now, version: undefined }) as never });
    } else {
      set({ map: id }, true);
    }
  }, [id, map, navigate, set]);
}

function Loaded({ id, title, problem }: { id: string; title: string; problem: string | null }) {
  const search = useSearch({ from: "/maps/$id" });
  const navigate = useNavigate({ from: "/maps/$id" });
  const change = useCallback(
    (next: Partial<MapSearch>, replace = true) =>
      navigate({ search: (now) => ({ ...now, ...next }), replace, resetScroll: false }),
    [navigate],
  );
  const { version } = useContextSearch();
  const file = useMapFile(id, version);
  const declared = file.data?.declared as JourneyMap | undefined;
  // An old version is not what the server measures under the map's name.
  const { asked, answer, measured, live } = useMeasured(
    id,
    version ? declared : undefined,
    !version || declared !== undefined,
  );
  const comparedView = answer.data?.compared?.view;
  const compared = comparedView?.shape === "map" ? comparedView : undefined;
  const map = useMemo(() => (declared ? withMeasures(declared, measured) : measured), [declared, measured]);
  const other = useMemo(
    () => (declared && compared ? withMeasures(declared, compared) : compared),
    [declared, compared],
  );
  const beside = useBeside(map, other, search.group, search.beside);
  const [people, setPeople] = useState<PeopleOf | null>(null);
  const phone = useMedia("(max-width: 767px)");
  const evidence = useMemo(
    () => (declared?.stages ?? []).map((stage) => (stage.hypotheses ?? []).map(evidenceOf)),
    [declared],
  );
  useEffect(() => {
    document.title = `${map?.title ?? title} · Periplus`;
  }, [map?.title, title]);

  if (!map) {
    return (
      <Page title={title}>
        {problem && <ProblemNote error={new Error(problem)} />}
        {answer.isError ? (
          <ProblemNote error={answer.error} again={() => answer.refetch()} />
        ) : (
          <>
            <MeasuringNote asked={asked} fetching={answer.isFetching} />
            <Skeleton className="h-96" />
          </>
        )}
      </Page>
    );
  }
  const group = groupOf(map, search.group);
  const subject = subjectOf(map, group, search.open);
  const open = (one: Subject) => {
    const name = subjectName(map, group, one);
    change({ open: name === search.open ? undefined : name });
  };
  const zoomTo = (stage: number) => change({ zoom: "step", stage: map.stages[stage]?.id, open: undefined }, false);
  const fold = (lane: Lane) => {
    const folded = search.folded ?? [];
    const next = folded.includes(lane) ? folded.filter((one) => one !== lane) : [...folded, lane];
    change({ folded: next.length > 0 ? next : undefined });
  };
  const onKey = (key: string): boolean => {
    if (key.toLowerCase() !== "p") return false;
    const at = map.groups.findIndex((one) => one.id === group.id);
    const next = map.groups[(at + (key === "P" ? map.groups.length - 1 : 1)) % map.groups.length];
    change({ group: next && next.id !== "all" ? next.id : undefined });
    return true;
  };
  const shared = { map, group, beside };
  return (
    <div className="flex h-[calc(100dvh-48px)] flex-col max-md:h-auto">
      <MapBar {...shared} search={search} onChange={change} file={file.data} question={asked.question} />
      <MeasuringNote asked={asked} fetching={answer.isFetching} />
      {answer.isError && (
        <div className="px-4 md:px-7">
          <ProblemNote error={answer.error} again={() => answer.refetch()} />
        </div>
      )}
      {live.newer && !answer.isFetching && (
        <div className="px-4 pb-2 md:px-7">
          <Button size="small" onClick={live.showNewer}>
            New data: show it
          </Button>
        </div>
      )}
      <div
        {...live.hold}
        aria-busy={answer.isFetching}
        className={`flex min-h-0 flex-1 border-line border-t ${answer.isPlaceholderData ? "opacity-60 transition-opacity delay-200" : ""}`}
      >
        {search.zoom === "lifecycle" ? (
          <Lifecycle {...shared} onOpen={open} onZoom={zoomTo} />
        ) : search.zoom === "step" ? (
          <Suspense fallback={<Skeleton className="m-7 h-80" />}>
            <StepView
              {...shared}
              stage={search.stage}
              onStage={(stage) => change({ stage })}
              question={asked.question}
              onOpen={open}
            />
          </Suspense>
        ) : phone ? (
          <Pages {...shared} onOpen={open} />
        ) : (
          <MapGrid
            {...shared}
            evidence={evidence}
            folded={search.folded ?? []}
            onFold={fold}
            open={search.open}
            onOpen={open}
            onZoom={zoomTo}
            onKey={onKey}
          />
        )}
        {subject && (
          <Side {...subjectTitle(map, group, subject)} onClose={() => change({ open: undefined })}>
            <EvidenceFacts
              {...shared}
              subject={subject}
              meta={answer.data?.meta}
              question={asked.question}
              onPeople={setPeople}
              onZoom={zoomTo}
            />
          </Side>
        )}
      </div>
      <Suspense>{people && <PeopleDrawer of={people} unit={map.unit} onClose={() => setPeople(null)} />}</Suspense>
    </div>
  );
}
