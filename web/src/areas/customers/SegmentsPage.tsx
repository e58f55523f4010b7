import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useMemo } from "react";
import type { JsonObject, SavedSegment } from "@/api/contract";
import { useShownSnapshot } from "@/api/live";
import { useAnswer, useSaved, useWorkspace } from "@/api/queries";
import { useContextQuestion } from "@/shell/context";
import { buttonClasses } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { conditionSentence } from "@/words/condition";
import { count, share } from "@/words/format";
import { CustomersNavigation } from "./CustomersNavigation";
import { segmentCounts } from "./segmentCounts";

/** So many can be counted with one question. */
const AT_ONCE = 20;

/** All saved segments, with how many belong to each in the period of the context. */
export default function SegmentsPage() {
  const saved = useSaved();
  const workspace = useWorkspace();
  const segments = useMemo(
    () => [...(saved.data?.segments ?? [])].sort((a, b) => a.name.localeCompare(b.name)),
    [saved.data],
  );
  const parts = Array.from({ length: Math.ceil(segments.length / AT_ONCE) }, (_, index) =>
    segments.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
  const mayChange = workspace.data?.may_change !== false;
  const add = (
    <Link to="/customers/new-segment" className={buttonClasses("solid")}>
      <Plus size={14} aria-hidden /> New segment
    </Link>
  );
  return (
    <Page
      title="Segments"
      about="Customers who meet a condition, counted anew whenever somebody looks. In the bar above, one of them narrows everything."
      actions={mayChange && segments.length > 0 && add}
    >
      <CustomersNavigation />
      {saved.isError && <ProblemNote error={saved.error} again={() => saved.refetch()} />}
      {saved.isPending && <Skeleton className="h-12" lines={4} />}
      {saved.data && segments.length === 0 && (
        <EmptyState title="No segments yet" action={mayChange && add}>
          Those who ordered twice, who were silent for a month, who live in Berlin: name them once, and see every map
          and every answer for them alone.
        </EmptyState>
      )}
      {parts.map((part) => (
        <Counted key={part[0]?.id} segments={part} />
      ))}
    </Page>
  );
}

function Counted({ segments }: { segments: readonly SavedSegment[] }) {
  const context = useContextQuestion();
  const { snapshot } = useShownSnapshot();
  const question = countQuestion(context.question, Object.fromEntries(segments.map((one) => [one.id, one.condition])));
  const answer = useAnswer({ analysis: "segments", question, snapshot }, context.ready);
  const counts = segmentCounts(answer.data);
  return (
    <>
      {answer.isError && <ProblemNote error={answer.error} again={() => answer.refetch()} compact />}
      <ul>
        {segments.map((one) => {
          const counted = counts.get(one.id);
          return (
            <li key={one.id} className="border-line border-b last:border-b-0">
              <Link
                to="/customers/segments/$id"
                params={{ id: one.id }}
                className="-mx-2 grid grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-6 rounded-md px-2 py-3 transition-colors hover:bg-hover"
              >
                <span className="min-w-0">
                  <span dir="auto" className="block truncate font-medium">
                    {one.name}
                  </span>
                  <span dir="auto" className="block truncate text-muted text-sm">
                    {conditionSentence(one.condition)}
                  </span>
                </span>
                <span className="figures text-right">
                  <span className="block font-medium">{counted ? count(counted.customers) : "–"}</span>
                  <span className="block text-muted text-sm">{counted ? share(counted.share) : " "}</span>
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** How many meet conditions: in the period and by the map of the context, of everybody. */
export function countQuestion(context: JsonObject, segments: Record<string, unknown>): JsonObject {
  const { from, to, map } = context;
  return {
    segments: segments as JsonObject,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(map === undefined ? {} : { map }),
  };
}
