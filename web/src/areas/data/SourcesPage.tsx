import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Source } from "@/api/contract";
import { buttonClasses } from "@/ui/Button";
import { type DataColumn, DataTable } from "@/ui/DataTable";
import { Choice } from "@/ui/Field";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { ago, count } from "@/words/format";
import { useSources } from "./queries";

const PERIODS = [
  { value: "24", label: "24 hours" },
  { value: "168", label: "7 days" },
  { value: "720", label: "30 days" },
] as const;

const MARKED: DataColumn<Source> = {
  name: "Marked",
  figure: true,
  by: (source) => source.marked ?? 0,
  cell: (source) => count(source.marked ?? 0),
};

/** Everything that sends. */
export default function SourcesPage() {
  const [hours, setHours] = useState<(typeof PERIODS)[number]["value"]>("24");
  const sources = useSources(Number(hours));
  if (sources.isPending) return <Skeleton className="h-9" lines={4} />;
  if (sources.isError) return <ProblemNote error={sources.error} again={() => sources.refetch()} />;
  if (sources.data.sources.length === 0) {
    return (
      <EmptyState
        title="Nothing sends yet"
        action={
          <Link to="/data/connect" className={buttonClasses("solid")}>
            Connect a source
          </Link>
        }
      >
        A web page, an app, or a system that speaks what Segment, RudderStack, PostHog, GA4 or Snowplow speak: give it a
        key and this server’s address, and its events are in every answer within seconds.
      </EmptyState>
    );
  }
  return (
    <>
      <div className="mb-3 flex items-center justify-between gap-4">
        <p className="text-muted text-sm">Figures of the last</p>
        <Choice label="Period" value={hours} options={PERIODS} onChange={setHours} />
      </div>
      <DataTable
        label="Sources"
        rows={sources.data.sources}
        rowKey={(source) => source.name}
        columns={[
          {
            name: "Source",
            wide: true,
            by: (source) => source.name,
            cell: (source) => (
              <Link
                to="/data/sources/$name"
                params={{ name: source.name }}
                className="font-medium underline decoration-line-strong underline-offset-4 hover:decoration-ink"
              >
                {source.name}
              </Link>
            ),
          },
          {
            name: "Last message",
            by: (source) => source.last,
            cell: (source) =>
              source.last ? ago(source.last) : <span className="text-muted">has not sent anything</span>,
          },
          { name: "Received", figure: true, by: (source) => source.received, cell: (source) => count(source.received) },
          { name: "Stored", figure: true, by: (source) => source.stored, cell: (source) => count(source.stored) },
          {
            name: "Duplicates",
            figure: true,
            by: (source) => source.duplicates,
            cell: (source) => count(source.duplicates),
          },
          ...(sources.data.sources.some((source) => source.marked !== undefined) ? [MARKED] : []),
          {
            name: "Quarantined",
            figure: true,
            by: (source) => source.quarantined,
            cell: (source) =>
              source.quarantined > 0 ? (
                <Link
                  to="/data/quarantine"
                  search={(now) => ({ ...now, source: source.name })}
                  className="text-pain underline underline-offset-2"
                >
                  ▼ {count(source.quarantined)}
                </Link>
              ) : (
                "0"
              ),
          },
        ]}
      />
    </>
  );
}
