import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { OneCase } from "@/api/followup";
import { useWorkspace } from "@/api/queries";
import { Drawer } from "@/ui/Dialog";
import { ProblemNote, Skeleton } from "@/ui/States";
import { time } from "@/words/format";
import { useCase } from "../queries";
import { Messages } from "../tell";
import { CaseActs } from "./CaseActs";
import { actWords, dueWords, markOf, placeOf, STATUSES } from "./words";

/** One case, whole: what was said, who sees to it, what was done, and what one can do. */
export function CasePanel({ id, onClose }: { id: string; onClose: () => void }) {
  const found = useCase(id);
  const mayChange = useWorkspace().data?.may_change !== false;
  const told = found.data;
  return (
    <Drawer
      open
      onClose={onClose}
      title={told ? markOf(told.case) : "Case"}
      about={told && `${STATUSES[told.case.status]}, ${dueWords(told.case)}`}
    >
      {found.isPending && <Skeleton className="h-24" lines={3} />}
      {found.isError && <ProblemNote error={found.error} again={() => found.refetch()} compact />}
      {told && (
        <div className="flex flex-col gap-6">
          <Said told={told} />
          <Facts told={told} />
          {mayChange ? (
            <CaseActs key={told.case.status} one={told.case} />
          ) : (
            <p className="text-muted">Others can reach this server, so that nothing can be changed here.</p>
          )}
          <Part title="What was done">
            <Timeline told={told} />
          </Part>
          <Part title="Who was told">
            <Messages messages={told.messages} />
          </Part>
        </div>
      )}
    </Drawer>
  );
}

function Said({ told: { case: one } }: { told: OneCase }) {
  const words = one.words?.trim();
  if (!words) return <p className="text-muted">A mark without words.</p>;
  return (
    <blockquote dir="auto" className="whitespace-pre-wrap break-words border-line-strong border-l-2 pl-3 text-md">
      {words}
    </blockquote>
  );
}

function Facts({ told: { case: one, is_overdue } }: { told: OneCase }) {
  const customer = one.customer ?? one.distinct_id;
  const rows: [name: string, value: ReactNode][] = [
    [
      "Customer",
      <Link
        key="customer"
        to="/customers/$id"
        params={{ id: customer }}
        className="underline decoration-line-strong underline-offset-4 hover:decoration-ink"
      >
        <bdi>{customer}</bdi>: the journey
      </Link>,
    ],
    ["Place", placeOf(one) || "not known"],
    ["Responded", time(one.responded_at)],
    ["Seen to by", one.owner ?? "nobody yet"],
    [
      "Due",
      <span key="due" className={is_overdue ? "text-pain" : ""}>
        {is_overdue && "▼ "}
        {time(one.due_at)}
        {is_overdue && ", overdue"}
      </span>,
    ],
  ];
  return (
    <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd dir="auto" className="figures min-w-0 break-words">
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-2 font-medium">{title}</h3>
      {children}
    </section>
  );
}

/** The newest first; at the end, that it was opened. */
function Timeline({ told: { case: one, notes } }: { told: OneCase }) {
  return (
    <ol className="flex flex-col gap-3 border-line-strong border-l pl-4">
      {notes.toReversed().map(({ at, who, act, text }, index) => (
        <li key={`${at} ${index}`}>
          <p className="break-words text-sm">
            <bdi className="font-medium">{who || "Somebody"}</bdi> <span className="text-muted">{actWords(act)}</span>{" "}
            {["assign", "due", "close"].includes(act) && <bdi>{act === "due" ? time(text) : text}</bdi>}
          </p>
          {["note", "reopen"].includes(act) && (
            <p dir="auto" className="whitespace-pre-wrap break-words">
              {text}
            </p>
          )}
          <p className="figures text-muted text-sm">{time(at)}</p>
        </li>
      ))}
      <li>
        <p className="text-sm">
          Opened <span className="text-muted">by the rule</span> <bdi>{one.rule}</bdi>
        </p>
        <p className="figures text-muted text-sm">{time(one.opened_at)}</p>
      </li>
    </ol>
  );
}
