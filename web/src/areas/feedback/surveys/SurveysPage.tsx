import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useWorkspace } from "@/api/queries";
import type { ListedSurvey } from "@/api/surveys";
import { ReadOnlyNote } from "@/areas/data/ReadOnlyNote";
import { Button } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { count } from "@/words/format";
import { FeedbackNavigation } from "../FeedbackNavigation";
import { NewSurvey } from "./NewSurvey";
import { useSurveys } from "./queries";
import { rateOf, scoresOf } from "./words";

/** What is asked of customers, and what came of it. */
export default function SurveysPage() {
  const surveys = useSurveys();
  const mayChange = useWorkspace().data?.may_change !== false;
  const [adding, setAdding] = useState(false);
  const add = mayChange && (
    <Button look="solid" onClick={() => setAdding(true)}>
      <Plus size={14} aria-hidden /> New survey
    </Button>
  );
  return (
    <Page
      title="Surveys"
      about="What is asked of whom, after what, and how. Each is a file; its answers are events of those who gave them."
      actions={surveys.data && surveys.data.length > 0 && add}
    >
      <FeedbackNavigation />
      <ReadOnlyNote />
      {surveys.isError && <ProblemNote error={surveys.error} again={() => surveys.refetch()} />}
      {surveys.isPending && <Skeleton className="h-16" lines={3} />}
      {surveys.data?.length === 0 && (
        <EmptyState title="Nobody is asked yet" action={add}>
          Begin with how likely people are to recommend you, how satisfied they are, or how easy it was: a page, a
          widget in your shop, or links in your e-mail. What they answer is on their journey.
        </EmptyState>
      )}
      <ul>
        {surveys.data?.map((one) => (
          <li key={one.id} className="border-line border-b last:border-b-0">
            <Row one={one} />
          </li>
        ))}
      </ul>
      {adding && <NewSurvey taken={surveys.data?.map(({ id }) => id) ?? []} onClose={() => setAdding(false)} />}
    </Page>
  );
}

const ROW =
  "-mx-2 grid grid-cols-2 gap-x-6 gap-y-1 rounded-md px-2 py-3 md:grid-cols-[minmax(0,1fr)_90px_90px_170px_170px]";

function Row({ one }: { one: ListedSurvey }) {
  const { asked, responses } = one.came;
  const rate = rateOf(one.came);
  const [score] = scoresOf(one.came);
  const inside = (
    <>
      <span className="col-span-full min-w-0 md:col-span-1">
        <span dir="auto" className="block break-words font-medium">
          {one.title ?? one.id}
        </span>
        <span dir="auto" className="block break-words text-muted text-sm">
          {stateOf(one)}
        </span>
      </span>
      <Cell name="Asked" value={count(asked)} />
      <Cell name="Answered" value={count(responses)} />
      <Cell
        name="Response rate"
        value={rate?.value ?? "–"}
        about={rate?.about ?? (responses > 0 ? "not known who saw it" : undefined)}
      />
      <Cell name={score?.name ?? "Score"} value={score?.value ?? "–"} about={score?.about} />
    </>
  );
  if (!one.is_written) return <div className={ROW}>{inside}</div>;
  return (
    <Link to="/feedback/surveys/$id" params={{ id: one.id }} className={`${ROW} transition-colors hover:bg-hover`}>
      {inside}
    </Link>
  );
}

function stateOf({ is_written, problems = [], is_open, id, title, survey }: ListedSurvey): string {
  if (!is_written) return "no file of it is here: answers only";
  if (problems.length > 0) return `▼ line ${problems[0]?.line}: ${problems[0]?.message}`;
  const ways = survey?.channels?.join(", ");
  return [is_open ? "open" : "closed", ways ?? "asked in no way yet", title !== id && id].filter(Boolean).join(" · ");
}

function Cell({ name, value, about }: { name: string; value: string; about?: string }) {
  return (
    <span className="figures min-w-0 md:text-right">
      <span className="block text-muted text-sm">{name}</span>
      <span className="block font-medium">{value}</span>
      {about && <span className="block text-muted text-sm">{about}</span>}
    </span>
  );
}
