import { useNavigate, useSearch } from "@tanstack/react-router";
import { Pause, Play } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { Button } from "@/ui/Button";
import { Choice } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { EmptyState, ProblemNote } from "@/ui/States";
import { count, plural } from "@/words/format";
import { type Arrived, useTail } from "./tail";

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "UTC" });

const OUTCOMES = [
  { value: "", label: "Everything" },
  { value: "accepted", label: "Accepted" },
  { value: "refused", label: "Refused" },
] as const;

/** What arrives and what is refused, as it happens. */
export default function LivePage() {
  const { source = "", outcome = "" } = useSearch({ from: "/data/live" });
  const navigate = useNavigate({ from: "/data/live" });
  const [paused, setPaused] = useState(false);
  const { arrivals, missed, problem } = useTail(paused);
  // While the pointer is on the list it stands still.
  const [held, setHeld] = useState<Arrived[] | null>(null);
  const list = useRef(arrivals);
  list.current = arrivals;
  const shown = held ?? arrivals;
  const sources = useMemo(() => [...new Set(arrivals.flatMap((one) => one.source ?? []))].sort(), [arrivals]);
  const meant = shown.filter(
    (one) =>
      (source === "" || one.source === source) &&
      (outcome === "" || (outcome === "accepted") === (one.outcome === "accepted")),
  );
  const waiting = held && arrivals[0] ? arrivals.findIndex((one) => one.key === held[0]?.key) : 0;
  if (problem?.code === "not_collecting") {
    return (
      <EmptyState title="This server does not collect">
        It was started with --no-collect. Ask the server that collects, or start this one without.
      </EmptyState>
    );
  }
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <Button onClick={() => setPaused(!paused)} aria-pressed={paused}>
          {paused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
          {paused ? "Go on" : "Pause"}
        </Button>
        <Choice
          label="What"
          value={outcome as (typeof OUTCOMES)[number]["value"]}
          options={OUTCOMES}
          onChange={(next) => navigate({ search: (now) => ({ ...now, outcome: next || undefined }), replace: true })}
        />
        {(sources.length > 1 || source !== "") && (
          <Select
            label="Source"
            value={source}
            options={[
              { value: "", label: "All sources" },
              ...[...new Set([...sources, ...(source ? [source] : [])])].map((name) => ({ value: name, label: name })),
            ]}
            onChange={(next) => navigate({ search: (now) => ({ ...now, source: next || undefined }), replace: true })}
          />
        )}
        <p className="figures ml-auto text-muted text-sm" role="status">
          {paused ? "Paused" : waiting > 0 ? `${plural(waiting, "newer message")} below the pointer wait` : "Watching"}
          {missed > 0 && ` · ${count(missed)} came faster than they can be shown`}
        </p>
      </div>
      {problem && <ProblemNote error={problem} compact />}
      {meant.length === 0 && !problem && (
        <EmptyState title={arrivals.length > 0 ? "Nothing of this kind" : "Waiting for something to arrive"}>
          {arrivals.length > 0
            ? "Other messages have arrived; choose “Everything”."
            : "What was sent before you came is in the other screens; here is only what comes from now on."}
        </EmptyState>
      )}
      <ol onPointerEnter={() => setHeld(list.current)} onPointerLeave={() => setHeld(null)}>
        {meant.map((one) => (
          <li key={one.key} className="border-line border-b last:border-b-0">
            <ArrivalRow arrival={one} />
          </li>
        ))}
      </ol>
    </>
  );
}

const SAID = { accepted: "accepted", refused: "refused at the door", quarantined: "quarantined" };

function ArrivalRow({ arrival }: { arrival: Arrived }) {
  const [open, setOpen] = useState(false);
  const good = arrival.outcome === "accepted";
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="-mx-2 grid w-[calc(100%+1rem)] grid-cols-[64px_minmax(0,1fr)] items-baseline gap-x-4 rounded-md px-2 py-1.5 text-left text-sm transition-colors hover:bg-hover md:grid-cols-[64px_120px_96px_150px_minmax(0,1fr)]"
      >
        <span className="figures text-muted">{clock.format(new Date(arrival.at))}</span>
        <span dir="auto" className="truncate font-medium">
          {arrival.source ?? "unknown key"}
        </span>
        <span className="truncate text-muted max-md:hidden">{arrival.dialect}</span>
        <span className={`max-md:col-start-2 ${good ? "text-muted" : "text-pain"}`}>
          {good ? "" : "▼ "}
          {SAID[arrival.outcome]}
          {arrival.messages > 1 && <span className="figures"> ×{count(arrival.messages)}</span>}
        </span>
        <span dir="auto" className="truncate font-mono text-muted text-xs max-md:col-start-2">
          {arrival.detail ?? arrival.begins}
        </span>
      </button>
      {open && (
        <div className="pb-3 md:pl-20">
          {(arrival.code || arrival.detail) && (
            <p dir="auto" className="mb-2 break-words text-sm">
              {arrival.code && <code className="mr-2 font-mono">{arrival.code}</code>}
              {arrival.detail}
            </p>
          )}
          {arrival.begins && (
            <pre dir="auto" className="whitespace-pre-wrap break-all rounded-md bg-sunken p-3 font-mono text-xs">
              {arrival.begins}
            </pre>
          )}
        </div>
      )}
    </>
  );
}
