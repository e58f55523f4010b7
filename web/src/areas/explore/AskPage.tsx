import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import type { JsonObject } from "@/api/contract";
import { useShownSnapshot } from "@/api/live";
import { useAnalyses, useAnswer, useMaps, useSaved, useVocabulary, useWorkspace } from "@/api/queries";
import { subjectOf } from "@/areas/act/watches/words";
import { AnswerView } from "@/charts/Answer";
import { AskProgress, wasStopped } from "@/charts/AskProgress";
import { inContext, useContextQuestion, useContextSearch, useSetContext } from "@/shell/context";
import { Button, buttonClasses } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { asksOf, firstQuestion, lacks, titleOf } from "./analyses";
import { BUILDERS } from "./builders";
import { Refine } from "./Refine";
import { SaveAnswer } from "./SaveAnswer";
import { ShareMenu } from "./ShareMenu";

const DEBOUNCE_MS = 250;

/** One question: its sentence, and its answer as soon as it can be given. */
export default function AskPage() {
  const { analysis: name } = useParams({ from: "/explore/$analysis" });
  const { q, saved: savedId } = useSearch({ from: "/explore/$analysis" });
  const navigate = useNavigate({ from: "/explore/$analysis" });
  const analyses = useAnalyses();
  const vocabulary = useVocabulary();
  const saved = useSaved();
  const analysis = analyses.data?.find((one) => one.name === name);
  const events = useMemo(() => (vocabulary.data?.events ?? []).map((event) => event.name), [vocabulary.data]);
  const own = useMemo(
    (): JsonObject | null =>
      (q as JsonObject | undefined) ?? (analysis && !vocabulary.isPending ? firstQuestion(analysis, events) : null),
    [q, analysis, vocabulary.isPending, events],
  );
  const fields = useMemo(() => new Set(Object.keys((analysis?.schema.properties ?? {}) as object)), [analysis]);
  const kept = saved.data?.answers.find(({ id }) => id === savedId);
  const change = (question: JsonObject) =>
    navigate({ search: (now) => ({ ...now, q: question }), replace: q !== undefined });
  const Builder = BUILDERS[name];
  // Findings are of the touchpoints of a map, and a design may be its stages; without any they are of events as they come.
  useSomeMap(analysis?.needs_map === true || name === "findings" || name === "conformance");

  if (analyses.data && !analysis) {
    return (
      <Page title="No such analysis">
        <EmptyState title={`This server has no analysis “${name}”`}>
          It may be newer or older than this address.
        </EmptyState>
      </Page>
    );
  }
  return (
    <Page
      title={kept?.name ?? titleOf(name)}
      about={asksOf(name, analyses.data)}
      actions={own && <Actions analysis={name} own={own} savedId={savedId} />}
    >
      {analyses.isError && <ProblemNote error={analyses.error} again={() => analyses.refetch()} />}
      {vocabulary.isError && <ProblemNote error={vocabulary.error} again={() => vocabulary.refetch()} />}
      {own && analysis && (
        <>
          <section aria-label="Question" className="mb-8 flex flex-col gap-3">
            {Builder && <Builder key={name} question={own} onChange={change} />}
            <Refine question={own} onChange={change} fields={fields} />
          </section>
          <Given analysis={name} own={own} needsMap={analysis.needs_map} onList={(list) => change({ ...own, list })} />
        </>
      )}
    </Page>
  );
}

/** What speaks of a map is asked of the first one until another is chosen. */
function useSomeMap(needed: boolean) {
  const { map } = useContextSearch();
  const set = useSetContext();
  const maps = useMaps().data;
  const first = needed && !map ? maps?.find((one) => !one.problem)?.id : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is to happen when there is a map to take, and only then
  useEffect(() => {
    if (first) set({ map: first }, true);
  }, [first]);
}

function Actions({ analysis, own, savedId }: { analysis: string; own: JsonObject; savedId?: string }) {
  const { question } = useContextQuestion();
  const mayChange = useWorkspace().data?.may_change !== false;
  const name = useSaved().data?.answers.find(({ id }) => id === savedId)?.name;
  const maps = useMaps();
  const whole = inContext(question, own);
  const map = maps.data?.find(({ id }) => id === whole.map);
  const incomplete = lacks(analysis, whole) !== null;
  // What is seen by a version of a map that is no more cannot be asked again and again.
  const watched = !incomplete && mayChange && whole.declared === undefined && subjectOf(analysis, whole) !== null;
  return (
    <>
      {watched && (
        <Link
          to="/act/watches"
          search={(now) => ({ ...now, watch: "new", of: { analysis, question: whole, name } }) as never}
          className={buttonClasses()}
        >
          Watch this
        </Link>
      )}
      <ShareMenu
        analysis={analysis}
        question={whole}
        mapFile={map && (map.file ?? `maps/${map.id}.yaml`)}
        oldMap={whole.declared !== undefined}
        disabled={incomplete}
      />
      <SaveAnswer analysis={analysis} question={own} savedId={savedId} disabled={incomplete} />
    </>
  );
}

/** The answer to a question in the context of the bar. */
export function Given({
  analysis,
  own,
  needsMap,
  compact,
  onList,
}: {
  analysis: string;
  own: JsonObject;
  needsMap: boolean;
  compact?: boolean;
  onList?: (n: number) => void;
}) {
  const context = useContextQuestion();
  const whole = useMemo(() => inContext(context.question, own), [context.question, own]);
  const question = useSettled(whole);
  const maps = useMaps();
  const missing = lacks(analysis, whole);
  const settled = !needsMap || question.map !== undefined;
  const mapless = needsMap && whole.map === undefined;
  const { snapshot, newer, showNewer, hold } = useShownSnapshot();
  const asked = { analysis, question, snapshot };
  const answer = useAnswer(
    asked,
    context.ready &&
      context.missing === null &&
      missing === null &&
      !mapless &&
      settled &&
      lacks(analysis, question) === null,
  );
  if (context.missing !== null) {
    return (
      <EmptyState title={`There is no ${context.missing}`}>It was removed. Choose another in the bar above.</EmptyState>
    );
  }
  if (mapless) {
    if (maps.isPending) return null;
    return maps.data?.length ? (
      <EmptyState title="Choose a map in the bar above">This speaks of its stages and touchpoints.</EmptyState>
    ) : (
      <EmptyState
        title="There is no journey map yet"
        action={
          <Link to="/maps" className="underline underline-offset-4">
            To the maps
          </Link>
        }
      >
        This speaks of the stages and touchpoints of a map. A first draft can be made from the data.
      </EmptyState>
    );
  }
  if (missing !== null) {
    return (
      <EmptyState title={missing}>The sentence above is the question: what is missing is chosen there.</EmptyState>
    );
  }
  if (answer.isError) return <ProblemNote error={answer.error} again={() => answer.refetch()} />;
  const shown = answer.data?.analysis === analysis ? answer.data : undefined;
  return (
    <section aria-label="Answer" aria-busy={answer.isFetching} {...hold}>
      <AskProgress asked={asked} answer={answer} />
      {newer && !answer.isFetching && (
        <Button size="small" className="mb-3" onClick={showNewer}>
          New data: show it
        </Button>
      )}
      {shown ? (
        <div className={answer.isPlaceholderData ? "opacity-60 transition-opacity delay-200" : ""}>
          <AnswerView answer={shown} question={question} compact={compact} onList={onList} />
        </div>
      ) : (
        !wasStopped(answer) && <Skeleton className="h-64" />
      )}
    </section>
  );
}

/** The question once nothing has changed for a moment, so that writing does not ask at each letter. */
function useSettled(question: JsonObject): JsonObject {
  const [settled, setSettled] = useState(question);
  const text = JSON.stringify(question);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the question
  useEffect(() => {
    const timer = setTimeout(() => setSettled(question), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
