import { Link } from "@tanstack/react-router";
import type { MapEntry } from "@/api/contract";
import type { Feeling } from "@/api/model";
import { AskProgress, wasStopped } from "@/charts/AskProgress";
import { DismissedFold } from "@/findings/Dismissed";
import { FindingRows } from "@/findings/FindingRows";
import { lookedAt, nothingFound } from "@/findings/finding";
import { FINDINGS, useFindings } from "@/findings/useFindings";
import { inContext, useContextQuestion } from "@/shell/context";
import { ProblemNote, Skeleton } from "@/ui/States";
import { share } from "@/words/format";

const SHOWN = 5;
const SIDES: { feeling: Feeling; sign: string; tone: string; title: string; none: string }[] = [
  { feeling: "pain", sign: "▼", tone: "text-pain", title: "What hurts most", none: "No pain" },
  { feeling: "delight", sign: "▲", tone: "text-delight", title: "What delights", none: "No delight" },
];

/** What stands out on one map: pains by what they cost, and delights beside them. */
export default function WhereItHurts({ map, snapshot }: { map: MapEntry; snapshot: number }) {
  const context = useContextQuestion();
  const { asked, answer, view, told, folded } = useFindings(
    inContext(context.question, { map: map.id }),
    snapshot,
    context.ready && context.missing === null,
  );
  if (context.missing !== null) {
    return <p className="mt-10 text-muted">There is no {context.missing}. Choose another in the bar above.</p>;
  }
  return (
    <section
      aria-label="Findings"
      aria-busy={answer.isFetching}
      className={`mt-10 ${answer.isPlaceholderData ? "opacity-60 transition-opacity delay-200" : ""}`}
    >
      {answer.isError && <ProblemNote error={answer.error} again={() => answer.refetch()} compact />}
      <AskProgress asked={asked} answer={answer} />
      <div className="grid grid-cols-1 gap-x-12 gap-y-10 lg:grid-cols-2">
        {SIDES.map(({ feeling, sign, tone, title, none }) => {
          const own = told.filter(({ finding }) => finding.feeling === feeling);
          return (
            <section key={feeling} className="min-w-0">
              <h2 className="mb-2 font-semibold">
                <span aria-hidden className={`mr-1.5 ${tone}`}>
                  {sign}
                </span>
                {title}
              </h2>
              {!view && !answer.isError && !wasStopped(answer) && <Skeleton className="h-20" lines={3} />}
              {view && own.length === 0 && <p className="figures text-muted">{nothingFound(none, view)}</p>}
              <FindingRows told={own.slice(0, SHOWN)} map={map.id} unit={view?.unit ?? ""} />
              <DismissedFold folded={folded.filter(({ finding }) => finding.feeling === feeling)} />
            </section>
          );
        })}
      </div>
      {view && (
        <p className="figures mt-3 text-muted text-sm">
          By what it costs or brings, of “<bdi>{map.title}</bdi>”, in {lookedAt(view)}; of what is told,{" "}
          {share(view.false_discoveries)} may be chance.{" "}
          <Link
            to="/explore/$analysis"
            params={{ analysis: "findings" }}
            search={(now) => ({ ...now, map: map.id, q: FINDINGS }) as never}
            className="text-ink underline underline-offset-4"
          >
            All findings
          </Link>
        </p>
      )}
    </section>
  );
}
