import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Cases } from "@/api/followup";
import { useWorkspace } from "@/api/queries";
import { Button, buttonClasses } from "@/ui/Button";
import { type DataColumn, DataTable } from "@/ui/DataTable";
import { Page } from "@/ui/Page";
import { Select } from "@/ui/Select";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { count, plural, share } from "@/words/format";
import { ActNavigation } from "../ActNavigation";
import { MeButton } from "../me";
import { Notes } from "../Notes";
import { useCases, useWatches } from "../queries";
import { useScores } from "../useScores";
import { CaseFiguresRow } from "./CaseFiguresRow";
import { CasePanel } from "./CasePanel";
import { CaseRow } from "./CaseRow";
import { RulePanel } from "./RuleForm";
import { Rules } from "./Rules";
import { halfClosed } from "./words";

const AT_FIRST = 50;
const AT_MOST = 2000;

/** Bad responses that somebody sees to, until each is closed. */
export default function CasesPage() {
  const { case: open, rule } = useSearch({ from: "/act/cases" });
  const navigate = useNavigate({ from: "/act/cases" });
  const mayChange = useWorkspace().data?.may_change !== false;
  const close = () => navigate({ search: (now) => ({ ...now, case: undefined, rule: undefined }) });
  return (
    <Page
      title="Cases"
      about="Bad responses that somebody sees to until they are closed: who, until when, and what came of it."
      actions={mayChange && <MeButton />}
    >
      <ActNavigation />
      <Notes />
      <All />
      <Rules />
      {open && <CasePanel key={open} id={open} onClose={close} />}
      {rule && <RulePanel key={rule} id={rule} onClose={close} />}
    </Page>
  );
}

function All() {
  const { status, owner } = useSearch({ from: "/act/cases" });
  const navigate = useNavigate({ from: "/act/cases" });
  const [atMost, setAtMost] = useState(AT_FIRST);
  const cases = useCases({ status, owner }, atMost);
  const told = cases.data;
  if (cases.isError) return <ProblemNote error={cases.error} again={() => cases.refetch()} />;
  if (!told) return <Skeleton className="h-16" lines={4} />;
  if (told.figures.cases === 0) return <None />;
  const owners = told.by_owner.flatMap((one) => one.owner ?? []);
  return (
    <section
      aria-label="Cases"
      aria-busy={cases.isFetching}
      className={cases.isPlaceholderData ? "opacity-60 transition-opacity delay-200" : ""}
    >
      <CaseFiguresRow
        figures={told.figures}
        status={status}
        onStatus={(next) => navigate({ search: (now) => ({ ...now, status: next }) })}
      />
      <div className="mb-2 flex flex-wrap items-center gap-3">
        {owners.length > 0 && (
          <Select
            label="Seen to by"
            value={owner ?? ""}
            options={[
              { value: "", label: "Everybody’s" },
              ...owners.map((name) => ({ value: name, label: name })),
              ...(owner && !owners.includes(owner) ? [{ value: owner, label: owner }] : []),
            ]}
            onChange={(next) => navigate({ search: (now) => ({ ...now, owner: next || undefined }) })}
            className="max-w-60"
          />
        )}
        <p role="status" className="figures text-muted text-sm">
          {plural(told.total, "case")}
          {told.total > told.cases.length && `, the first ${count(told.cases.length)} of them`}
        </p>
        {(status || owner) && (
          <Button
            size="small"
            look="quiet"
            onClick={() => navigate({ search: (now) => ({ ...now, status: undefined, owner: undefined }) })}
          >
            Show all
          </Button>
        )}
      </div>
      {told.total === 0 ? (
        <p className="py-6 text-muted">No case is so.</p>
      ) : (
        <ol>
          {told.cases.map((one) => (
            <CaseRow key={one.id} one={one} />
          ))}
        </ol>
      )}
      {told.total > told.cases.length && atMost < AT_MOST && (
        <Button className="mt-4" onClick={() => setAtMost(AT_MOST)}>
          Show more
        </Button>
      )}
      {told.by_owner.length > 1 && <ByOwner told={told} />}
    </section>
  );
}

type Owned = Cases["by_owner"][number];
const COLUMNS: DataColumn<Owned>[] = [
  { name: "Seen to by", wide: true, by: ({ owner }) => owner, cell: ({ owner }) => owner ?? "nobody" },
  ...(
    [
      ["Open", "open"],
      ["In hand", "in_hand"],
      ["Overdue", "overdue"],
      ["Closed", "closed"],
    ] as const
  ).map(
    ([name, field]): DataColumn<Owned> => ({
      name,
      figure: true,
      by: ({ figures }) => figures[field],
      cell: ({ figures }) => count(figures[field]),
    }),
  ),
  {
    name: "In time",
    figure: true,
    by: ({ figures }) => figures.in_time?.value ?? null,
    cell: ({ figures: { in_time } }) => (in_time ? share(in_time.value) : "–"),
  },
  {
    name: "Half within",
    figure: true,
    by: ({ figures }) => figures.median_seconds,
    cell: ({ figures }) => halfClosed(figures).value,
  },
];

function ByOwner({ told }: { told: Cases }) {
  return (
    <details className="mt-4">
      <summary className="w-max text-muted text-sm hover:text-ink">By who sees to them</summary>
      <DataTable
        label="Cases by who sees to them"
        columns={COLUMNS}
        rows={told.by_owner}
        rowKey={({ owner }) => owner ?? ""}
      />
    </details>
  );
}

/** What cases are, and the one button with which they begin. */
function None() {
  const mayChange = useWorkspace().data?.may_change !== false;
  const watches = useWatches();
  const { map, scores, pending } = useScores();
  if (watches.isPending || pending) return <Skeleton className="h-24" />;
  if ((watches.data?.case_rules.length ?? 0) > 0) {
    return (
      <EmptyState title="No case yet">
        Responses that a rule below means become cases as they arrive. Older ones than the rule says are left alone.
      </EmptyState>
    );
  }
  const title = "A case is a bad response that somebody sees to";
  if (scores.length === 0) {
    return (
      <EmptyState
        title={title}
        action={
          map ? (
            <Link to="/maps/$id" params={{ id: map }} search={(now) => now as never} className={buttonClasses("solid")}>
              To the map
            </Link>
          ) : (
            <Link to="/maps" className={buttonClasses("solid")}>
              Make a map
            </Link>
          )
        }
      >
        Cases are opened by the marks that customers give.{" "}
        {map ? "The map has no scores yet" : "A map says which they are"}: declare which events carry them.
      </EmptyState>
    );
  }
  const nps = scores.some(({ scale }) => scale[0] === 0 && scale[1] === 10);
  return (
    <EmptyState
      title={title}
      action={
        mayChange && (
          <Link to="." search={(now) => ({ ...now, rule: "new" }) as never} className={buttonClasses("solid")}>
            {nps ? "Open a case for every detractor" : "Open a case for every bad mark"}
          </Link>
        )
      }
    >
      Whoever gives a bad mark hears from you: somebody takes the case, until it is closed with what came of it. A rule
      says which responses those are, who sees to them and until when.
    </EmptyState>
  );
}
