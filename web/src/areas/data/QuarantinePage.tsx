import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Quarantine, Refused, Replayed } from "@/api/contract";
import { useWorkspace } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Chip } from "@/ui/Chip";
import { Drawer } from "@/ui/Dialog";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { toast, toastProblem } from "@/ui/Toast";
import { ago, count, plural, time } from "@/words/format";
import { useQuarantine, useReplay, type Which } from "./queries";
import { reasonWords } from "./reasons";
import { TextEditor } from "./TextEditor";

const AT_FIRST = 100;
const MOST = 1000;

/** What was refused, by reason: look at a message, mend it, and let it in. */
export default function QuarantinePage() {
  const which = useSearch({ from: "/data/quarantine", select: ({ reason, source }) => ({ reason, source }) });
  const navigate = useNavigate({ from: "/data/quarantine" });
  const workspace = useWorkspace();
  const [atMost, setAtMost] = useState(AT_FIRST);
  const [open, setOpen] = useState<Refused | null>(null);
  const [result, setResult] = useState<Replayed | null>(null);
  const found = useQuarantine(which, atMost);
  const replay = useReplay();
  const mayChange = workspace.data?.may_change === true;
  const set = (next: typeof which) => {
    setResult(null);
    navigate({ search: (now) => ({ ...now, ...next }), replace: true });
  };
  if (found.isPending) return <Skeleton className="h-10" lines={6} />;
  if (found.isError) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  const { messages, reasons } = found.data;
  const total = meantOf(which, found.data, atMost);
  const inAll = reasons.reduce((sum, [, n]) => sum + n, 0);
  if (inAll === 0 && !which.reason && !which.source) {
    return (
      <>
        {result && <Result result={result} />}
        <EmptyState title="Nothing was refused">
          Messages that cannot be understood, have no identifier, or break a source’s rules would wait here, whole,
          until somebody mends them.
        </EmptyState>
      </>
    );
  }
  return (
    <div className="grid grid-cols-1 gap-x-12 gap-y-6 lg:grid-cols-[220px_minmax(0,1fr)]">
      <nav aria-label="Reasons">
        <ul className="flex flex-wrap gap-1 lg:flex-col">
          {[["", inAll] as const, ...reasons].map(([reason, n]) => (
            <li key={reason}>
              <button
                type="button"
                aria-pressed={(which.reason ?? "") === reason}
                onClick={() => set({ ...which, reason: reason || undefined })}
                className="flex w-full items-baseline gap-3 rounded-md px-2 py-1.5 text-left text-muted transition-colors hover:bg-hover hover:text-ink aria-pressed:bg-hover aria-pressed:font-medium aria-pressed:text-ink lg:-mx-2"
              >
                <span className="min-w-0 flex-1 truncate">{reason === "" ? "All reasons" : reasonWords(reason)}</span>
                <span className="figures font-normal text-muted text-sm">{count(n)}</span>
              </button>
            </li>
          ))}
        </ul>
      </nav>
      <div className="min-w-0">
        <div className="mb-3 flex flex-wrap items-center gap-2">
          <p className="figures font-medium">{plural(total, "message")}</p>
          {which.source && (
            <Chip onRemove={() => set({ ...which, source: undefined })} removeName="All sources">
              from {which.source}
            </Chip>
          )}
          {mayChange && total > 0 && (
            <Button
              className="ml-auto"
              disabled={replay.isPending}
              onClick={() =>
                replay.mutate(
                  { ...(which.reason && { reason: which.reason }), ...(which.source && { source: which.source }) },
                  { onSuccess: setResult, onError: toastProblem },
                )
              }
            >
              {replay.isPending ? "Replaying …" : `Replay all ${count(total)}`}
            </Button>
          )}
        </div>
        {mayChange && total > 0 && !result && (
          <p className="mb-3 text-muted text-sm">
            Replaying reads them by the rules of now: mend the rules of the source first, or a message itself.
          </p>
        )}
        {result && <Result result={result} />}
        {messages.length === 0 && <EmptyState title="None of these">Choose another reason or source.</EmptyState>}
        <ul>
          {messages.map((one) => (
            <li key={one.id} className="border-line border-b last:border-b-0">
              <button
                type="button"
                onClick={() => setOpen(one)}
                className="-mx-2 grid w-[calc(100%+1rem)] grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-4 rounded-md px-2 py-2.5 text-left transition-colors hover:bg-hover"
              >
                <span className="min-w-0">
                  <span dir="auto" className="block truncate">
                    {one.detail || reasonWords(one.reason)}
                  </span>
                  <span dir="auto" className="block truncate font-mono text-muted text-xs">
                    {asText(one.message, false)}
                  </span>
                </span>
                <span className="text-right text-muted text-sm">
                  <span className="block">{ago(one.at)}</span>
                  <span dir="auto" className="block max-w-40 truncate">
                    {one.source}
                  </span>
                </span>
              </button>
            </li>
          ))}
        </ul>
        {total > messages.length && atMost < MOST && (
          <Button className="mt-4" onClick={() => setAtMost(MOST)}>
            Show up to {count(MOST)}
          </Button>
        )}
      </div>
      {open && <Message key={open.id} refused={open} mayChange={mayChange} onClose={() => setOpen(null)} />}
    </div>
  );
}

/** How many messages are meant: the counts are of reasons, so of a source it is known only when all are listed. */
function meantOf({ reason, source }: Which, { messages, reasons }: Quarantine, atMost: number): number {
  if (source || messages.length < atMost) return messages.length;
  return reasons.reduce((sum, [name, n]) => sum + (!reason || name === reason ? n : 0), 0);
}

function Result({ result }: { result: Replayed }) {
  const parts = [
    `${count(result.stored)} stored`,
    result.duplicates > 0 && `${count(result.duplicates)} known already`,
    result.quarantined > 0 && `${count(result.quarantined)} refused again`,
  ].filter(Boolean);
  return (
    <p role="status" className="figures mb-4 rounded-lg border border-line px-4 py-3">
      <span className="font-medium">{plural(result.read, "message")} read again:</span> {parts.join(", ")}.
    </p>
  );
}

function asText(message: Refused["message"], pretty: boolean): string {
  return typeof message === "string" ? message : JSON.stringify(message, null, pretty ? 2 : undefined);
}

interface MessageProps {
  refused: Refused;
  mayChange: boolean;
  onClose: () => void;
}

/** A message whole; it can be mended and tried again. */
function Message({ refused, mayChange, onClose }: MessageProps) {
  const original = asText(refused.message, true);
  const [text, setText] = useState(original);
  const replay = useReplay();
  const parsed = parse(text);
  const again = replay.data && replay.data.quarantined > 0;
  const why = replay.data?.refused?.[0];
  return (
    <Drawer
      open
      onClose={onClose}
      title={refused.detail || reasonWords(refused.reason)}
      about={`${reasonWords(refused.reason)} · ${refused.source} · ${refused.dialect} · ${time(refused.at)}`}
      actions={
        mayChange && (
          <>
            <Button
              look="solid"
              disabled={replay.isPending || (parsed.problem !== null && text !== original)}
              onClick={() =>
                replay.mutate(
                  {
                    messages: [{ id: refused.id, ...(text === original ? {} : { message: parsed.value }) }],
                  },
                  {
                    onSuccess: (result) => {
                      if (result.quarantined > 0) return;
                      toast(result.stored > 0 ? "The message is in" : "The message was known already");
                      onClose();
                    },
                    onError: toastProblem,
                  },
                )
              }
            >
              {text === original ? "Try it again" : "Let it in as mended"}
            </Button>
            {text !== original && (
              <Button look="quiet" onClick={() => setText(original)}>
                As it was
              </Button>
            )}
          </>
        )
      }
    >
      <TextEditor label="The message, JSON" value={text} readOnly={!mayChange} onChange={setText} rows={22} />
      {parsed.problem && text !== original && (
        <p role="alert" className="mt-2 text-pain text-sm">
          ▼ This is no JSON: {parsed.problem}
        </p>
      )}
      {again && (
        <p role="alert" className="mt-2 text-pain">
          ▼ Refused again{why && `: ${why.detail || reasonWords(why.reason)}`}.
        </p>
      )}
    </Drawer>
  );
}

/** A text as JSON; one that was no JSON when it was sent may stay so. */
function parse(text: string): { value: unknown; problem: string | null } {
  try {
    return { value: JSON.parse(text), problem: null };
  } catch (error) {
    return { value: text, problem: error instanceof Error ? error.message : String(error) };
  }
}
