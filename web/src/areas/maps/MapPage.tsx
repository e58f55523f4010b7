import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Lane } from "@/api/model";
import { useMapFile, useMaps, useWorkspace } from "@/api/queries";
import { AskProgress, wasStopped } from "@/charts/AskProgress";
import type { PeopleOf } from "@/charts/People";
import { ON_A_MAP, useFindings } from "@/findings/useFindings";
import { useContextSearch, useSetContext } from "@/shell/context";
import { Button } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { ProblemNote, Skeleton } from "@/ui/States";
import { time } from "@/words/format";
import type { JourneyMap } from "./declared";
import { evidenceOf } from "./declared";
import { type Subject, subjectName, subjectOf } from "./evidence";
import { DeleteMap } from "./keep/DeleteMap";
import { changesSince, changesWords } from "./keep/diff";
import { Gone } from "./keep/Gone";
import { Versions } from "./keep/Versions";
import { MapBar } from "./MapBar";
import { useBeside, useMeasured } from "./measure";
import { groupOf, withMeasures } from "./measured";
import { EvidenceFacts, subjectTitle } from "./read/EvidencePanel";
import { KeysDialog } from "./read/KeysDialog";
import { Lifecycle } from "./read/Lifecycle";
import { MapGrid } from "./read/MapGrid";
import { Pages } from "./read/Pages";
import { Side, useMedia } from "./Side";
import type { MapSearch } from "./search";

const PeopleDrawer = lazy(() => import("@/charts/People"));
const StepView = lazy(() => import("./read/StepView"));
const EditPage = lazy(() => import("./edit/EditPage"));
const Present = lazy(() => import("./read/Present"));

/** One journey map: read, seen from far or near, edited, presented. */
export default function MapPage() {
  const { id } = useParams({ from: "/maps/$id" });
  useMapInContext(id);
  const { version } = useContextSearch();
  const maps = useMaps();
  const file = useMapFile(id, version);
  const entry = maps.data?.find((one) => one.id === id);
  if (maps.data && !entry && file.isError) {
    return <Gone id={id} />;
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

/** Has everything measured anew that is seen by a map when its file changes, here or in an editor. */
function useRemeasured(version: string | number | undefined) {
  const client = useQueryClient();
  const before = useRef(version);
  useEffect(() => {
    if (before.current !== undefined && version !== undefined && before.current !== version) {
      client.invalidateQueries({ queryKey: ["answer"] });
    }
    before.current = version ?? before.current;
  }, [version, client]);
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
  const setContext = useSetContext();
  const file = useMapFile(id, version);
  const declared = file.data?.declared as JourneyMap | undefined;
  // An old version is not what the server measures under the map's name.
  const { question, asked, answer, measured, live } = useMeasured(
    id,
    version ? declared : undefined,
    !version || declared !== undefined,
  );
  const found = useFindings(question, live.snapshot, answer.isSuccess);
  const comparedView = answer.data?.compared?.view;
  const compared = comparedView?.shape === "map" ? comparedView : undefined;
  const findings = useMemo(() => found.told.slice(0, ON_A_MAP).map(({ finding }) => finding), [found.told]);
  const map = useMemo(() => {
    const shown = declared ? withMeasures(declared, measured) : measured;
    return shown && { ...shown, findings };
  }, [declared, measured, findings]);
  const other = useMemo(
    () => (declared && compared ? withMeasures(declared, compared) : compared),
    [declared, compared],
  );
  const beside = useBeside(map, other, search.group, search.beside);
  const [people, setPeople] = useState<PeopleOf | null>(null);
  const mayChange = useWorkspace().data?.may_change === true;
  const [keysShown, setKeysShown] = useState(false);
  const [deleting, setDeleting] = useState(false);
  // Beside an old version, what is different now is marked.
  const current = useMapFile(version ? id : undefined).data?.declared as JourneyMap | undefined;
  const changes = useMemo(
    () => (declared && current && version ? changesSince(declared, current) : undefined),
    [declared, current, version],
  );
  const marked = useMemo(
    () => changes && { ...withMeasures(changes.both, measured), findings },
    [changes, measured, findings],
  );
  const phone = useMedia("(max-width: 767px)");
  const evidence = useMemo(
    () => ((changes?.both ?? declared)?.stages ?? []).map((stage) => (stage.hypotheses ?? []).map(evidenceOf)),
    [changes, declared],
  );
  useRemeasured(version ? undefined : file.data?.version);
  useEffect(() => {
    document.title = `${map?.title ?? title} · Periplus`;
  }, [map?.title, title]);

  if (!map) {
    return (
      <Page title={title}>
        {problem && <ProblemNote error={new Error(problem)} />}
        {version && file.isError && (
          <div className="flex flex-col items-start gap-3">
            <ProblemNote error={file.error} />
            <Button onClick={() => setContext({ version: undefined }, true)}>Show the current version</Button>
          </div>
        )}
        {version && file.isError ? null : answer.isError ? (
          <ProblemNote error={answer.error} again={() => answer.refetch()} />
        ) : (
          <>
            <AskProgress asked={asked} answer={answer} />
            {!wasStopped(answer) && <Skeleton className="h-96" />}
          </>
        )}
      </Page>
    );
  }
  if (file.data && !version && mayChange && !phone && (search.mode === "edit" || search.mode === "text")) {
    return (
      <Suspense fallback={<Skeleton className="m-7 h-96" />}>
        <EditPage file={file.data} saved={map} search={search} onChange={change} />
      </Suspense>
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
    if (key === "?") {
      setKeysShown(true);
      return true;
    }
    if (key.toLowerCase() !== "p") return false;
    const at = map.groups.findIndex((one) => one.id === group.id);
    const next = map.groups[(at + (key === "P" ? map.groups.length - 1 : 1)) % map.groups.length];
    change({ group: next && next.id !== "all" ? next.id : undefined });
    return true;
  };
  const shared = { map, group, beside };
  // The grid also has what is not of the version that is shown; a persona or period beside it knows nothing of that.
  const grid = marked ?? map;
  const gridGroup = groupOf(grid, search.group);
  return (
    <div className="flex h-[calc(100dvh-48px)] flex-col max-md:h-auto">
      <MapBar
        {...shared}
        search={search}
        onChange={change}
        file={file.data}
        version={version}
        question={question}
        onKeys={() => setKeysShown(true)}
        onDelete={() => setDeleting(true)}
        note={
          <>
            <AskProgress asked={asked} answer={answer} inline />
            <AskProgress asked={found.asked} answer={found.answer} inline />
          </>
        }
      />
      {version && file.data && (
        <p className="figures flex flex-wrap items-center gap-x-3 gap-y-1 px-4 pb-2 text-muted text-sm md:px-7">
          <span>
            As of {file.data.at ? `${time(file.data.at)} UTC` : version}
            {changes && `. ${changesWords(changes)}`}
          </span>
          <Button size="small" onClick={() => setContext({ version: undefined }, true)}>
            Show the current version
          </Button>
        </p>
      )}
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
              question={question}
              onOpen={open}
            />
          </Suspense>
        ) : phone ? (
          <Pages {...shared} onOpen={open} />
        ) : (
          <MapGrid
            {...shared}
            map={grid}
            group={gridGroup}
            evidence={evidence}
            folded={search.folded ?? []}
            onFold={fold}
            open={search.open}
            onOpen={(one) => {
              // What has been added since is not of this version: nothing is known of it.
              const name = subjectName(grid, gridGroup, one);
              if (subjectOf(map, group, name)) change({ open: name === search.open ? undefined : name });
            }}
            onZoom={(stage) => zoomTo(map.stages.findIndex(({ id }) => id === grid.stages[stage]?.id))}
            onKey={onKey}
            changes={changes}
          />
        )}
        {search.mode === "versions" && !subject && (
          <Side kind={map.title} title="Versions" onClose={() => change({ mode: undefined })}>
            <Versions
              id={id}
              shown={version}
              onShow={(shown) => setContext({ version: shown }, true)}
              mayChange={mayChange}
            />
          </Side>
        )}
        {subject && (
          <Side {...subjectTitle(map, group, subject)} onClose={() => change({ open: undefined })}>
            <EvidenceFacts
              {...shared}
              subject={subject}
              meta={answer.data?.meta}
              question={question}
              onPeople={setPeople}
              onOpen={open}
              onZoom={zoomTo}
            />
          </Side>
        )}
      </div>
      <Suspense>
        {people && <PeopleDrawer of={people} unit={map.unit} onClose={() => setPeople(null)} />}
        {search.slide !== undefined && (
          <Present
            {...shared}
            slide={search.slide}
            onSlide={(slide) => change({ slide })}
            onClose={() => change({ slide: undefined })}
          />
        )}
        {deleting && (
          <DeleteMap
            id={id}
            title={map.title}
            onClose={() => setDeleting(false)}
            onDeleted={() => navigate({ to: "/maps", search: { map: undefined, version: undefined } as never })}
          />
        )}
        {keysShown && <KeysDialog onClose={() => setKeysShown(false)} />}
      </Suspense>
    </div>
  );
}
