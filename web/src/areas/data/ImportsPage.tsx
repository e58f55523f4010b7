import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import type { ImportEntry } from "@/api/contract";
import { buttonClasses } from "@/ui/Button";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { count, plural, time } from "@/words/format";
import { useImports, useRejects } from "./queries";
import { RejectsTable } from "./RejectsTable";
import { reasonWords } from "./reasons";

/** Every file that was read, newest first, with what was refused of it. */
export default function ImportsPage() {
  const imports = useImports();
  if (imports.isPending) return <Skeleton className="h-12" lines={5} />;
  if (imports.isError) return <ProblemNote error={imports.error} again={() => imports.refetch()} />;
  if (imports.data.length === 0) {
    return (
      <EmptyState
        title="No file was imported yet"
        action={
          <Link to="/data/import" className={buttonClasses("solid")}>
            Import a file
          </Link>
        }
      >
        Exports of a shop, a help desk, a survey tool; Segment’s messages, GA4’s export, event logs as XES; tables as
        CSV, JSON lines or Parquet.
      </EmptyState>
    );
  }
  const newest = [...imports.data].sort((a, b) => b.at.localeCompare(a.at));
  return (
    <ul>
      {newest.map((one) => (
        <li key={one.id} className="border-line border-b last:border-b-0">
          <ImportRow entry={one} />
        </li>
      ))}
    </ul>
  );
}

function ImportRow({ entry }: { entry: ImportEntry }) {
  const [open, setOpen] = useState(false);
  const what = [
    entry.events > 0 && plural(entry.events, "event"),
    entry.traits > 0 && plural(entry.traits, "trait"),
    entry.links > 0 && plural(entry.links, "link"),
  ].filter(Boolean);
  const refused = entry.problem !== null || entry.rejected > 0;
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="-mx-2 grid w-[calc(100%+1rem)] grid-cols-[14px_minmax(0,1fr)_auto] items-baseline gap-x-3 rounded-md px-2 py-3 text-left transition-colors hover:bg-hover"
      >
        <ChevronRight size={14} aria-hidden className={`text-muted transition-transform ${open ? "rotate-90" : ""}`} />
        <span className="min-w-0">
          <span dir="auto" className="block truncate font-medium">
            {entry.file}
          </span>
          <span className="figures block truncate text-muted text-sm">
            {entry.problem ? "not imported" : `${what.join(", ") || "nothing"} of ${plural(entry.rows, "row")}`}
            {refused && (
              <span className="text-pain">
                {" "}
                ▼ {entry.problem ? "could not be read" : `${count(entry.rejected)} refused`}
              </span>
            )}
          </span>
        </span>
        <span className="figures text-muted text-sm">{time(entry.at)}</span>
      </button>
      {open && <ImportDetails entry={entry} />}
    </>
  );
}

function ImportDetails({ entry }: { entry: ImportEntry }) {
  const rejects = useRejects(entry.id, entry.rejected > 0);
  const facts: [string, number][] = [
    ["new", entry.stored],
    ["known already", entry.duplicates],
    ["refused", entry.rejected],
    ["skipped: no rule wanted them", entry.skipped],
  ];
  return (
    <div className="pb-5 pl-7">
      {entry.problem ? (
        <p dir="auto" className="break-words text-pain">
          ▼ {entry.problem}
        </p>
      ) : (
        <p className="figures text-muted">
          Source <span dir="auto">{entry.source}</span>:{" "}
          {facts
            .filter(([, n]) => n > 0)
            .map(([name, n]) => `${count(n)} ${name}`)
            .join(", ") || "nothing in it"}
        </p>
      )}
      {entry.reasons.length > 0 && (
        <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1">
          {entry.reasons.map(([reason, n]) => (
            <li key={reason} className="figures">
              <span className="font-medium">{count(n)}</span> {reasonWords(reason)}
            </li>
          ))}
        </ul>
      )}
      {rejects.isError && <ProblemNote error={rejects.error} again={() => rejects.refetch()} compact />}
      {rejects.data && (
        <div className="mt-4">
          <RejectsTable rejects={rejects.data.rejects} total={rejects.data.total} />
        </div>
      )}
    </div>
  );
}
