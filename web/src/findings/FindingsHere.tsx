import type { JsonObject } from "@/api/contract";
import { useSnapshot } from "@/api/queries";
import { AskProgress, wasStopped } from "@/charts/AskProgress";
import type { PeopleOf } from "@/charts/People";
import { ProblemNote, Skeleton } from "@/ui/States";
import { plural } from "@/words/format";
import { DismissedFold } from "./Dismissed";
import { FindingView } from "./FindingView";
import { nothingFound, struck, when } from "./finding";
import { FeelingSign, StatusWord } from "./StatusWord";
import { useFindings } from "./useFindings";

interface FindingsHereProps {
  /** The map's question. */
  question: JsonObject;
  /** The id of the touchpoint. */
  touchpoint: string;
  /** The finding that is looked at; all of the touchpoint in short when absent. */
  id?: string;
  onOpen: (id: string) => void;
  onPeople?: (people: PeopleOf) => void;
}

/** What stands out at a touchpoint: all in short, or one with everything that is known about it. */
export default function FindingsHere({ question, touchpoint, id, onOpen, onPeople }: FindingsHereProps) {
  const { asked, answer, view, told, folded } = useFindings(question, useSnapshot());
  if (answer.isError) return <ProblemNote error={answer.error} again={() => answer.refetch()} compact />;
  const progress = <AskProgress asked={asked} answer={answer} />;
  if (!view || answer.isPlaceholderData) {
    return (
      <div aria-busy={answer.isFetching}>
        {progress}
        {!wasStopped(answer) && <Skeleton className="h-10" lines={3} />}
      </div>
    );
  }
  const is = (one: { finding: { touchpoint: string } }) => one.finding.touchpoint === touchpoint;
  const here = told.filter(is);
  const one = [...here, ...folded].find(({ finding }) => finding.id === id);
  const others = here.filter((other) => other !== one);
  return (
    <div aria-busy={answer.isFetching} className="flex flex-col gap-6">
      {progress}
      {one && (
        <FindingView
          key={one.finding.id}
          told={one}
          of={view}
          question={asked.question}
          onPeople={
            onPeople && ((place, title) => onPeople({ analysis: "findings", question: asked.question, place, title }))
          }
          narrow
        />
      )}
      {id && !one && <p className="text-muted">This does not stand out for these people in this period.</p>}
      <section>
        {(others.length > 0 || !one) && (
          <h3 className="mb-1 font-semibold text-sm">{one ? "Also found here" : "Found here"}</h3>
        )}
        {here.length === 0 && (
          <p className="figures text-muted text-sm">
            {view.findings.length === 0
              ? nothingFound("Nothing", view)
              : `Nothing: the ${plural(view.findings.length, "weightiest finding")} are at other places.`}
          </p>
        )}
        <ul>
          {others.map(({ finding }) => (
            <li key={finding.id} className="border-line border-b last:border-b-0">
              <button
                type="button"
                onClick={() => onOpen(finding.id)}
                className="-mx-2 block w-[calc(100%+16px)] rounded-md px-2 py-2 text-left hover:bg-hover"
              >
                <span dir="auto" className="block break-words">
                  <FeelingSign pain={finding.feeling === "pain"} />
                  {finding.title}
                </span>
                <span className="figures mt-1 flex flex-wrap items-center gap-x-2.5 text-muted text-sm">
                  <StatusWord status={finding.status} stale={finding.is_stale} />
                  <span className="flex-1">{when(finding)}</span>
                  <span>{struck(finding, view.unit)}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
        <DismissedFold folded={folded.filter((other) => is(other) && other !== one)} />
      </section>
    </div>
  );
}
