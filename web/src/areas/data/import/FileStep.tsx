import { Upload as UploadIcon } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "@/ui/Button";
import { Progress } from "@/ui/Progress";
import { ProblemNote } from "@/ui/States";
import { share } from "@/words/format";
import { bytes } from "../Figures";
import { sendFile } from "../queries";

/** A file is dropped or chosen, and sent. */
export function FileStep({ onSent }: { onSent: (upload: string) => void }) {
  const chooser = useRef<HTMLInputElement>(null);
  const stop = useRef<AbortController | null>(null);
  const [over, setOver] = useState(false);
  const [sending, setSending] = useState<{ file: File; done: number } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const send = async (file: File | undefined) => {
    if (!file || sending) return;
    stop.current = new AbortController();
    setError(null);
    setSending({ file, done: 0 });
    try {
      const { upload } = await sendFile(file, (done) => setSending({ file, done }), stop.current.signal);
      onSent(upload);
    } catch (problem) {
      if (!stop.current.signal.aborted) setError(problem);
    }
    setSending(null);
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way, beside the button inside */}
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          send(event.dataTransfer.files[0]);
        }}
        className={`flex min-h-64 flex-col items-center justify-center rounded-lg border border-dashed px-6 py-12 text-center transition-colors ${over ? "border-ink bg-hover" : "border-line-strong"}`}
      >
        {sending ? (
          <div role="status" className="flex w-full max-w-sm flex-col gap-3">
            <p dir="auto" className="truncate font-medium">
              {sending.file.name}
            </p>
            <Progress label="Sent" of={{ done: sending.done, total: sending.file.size }} />
            <p className="figures text-muted text-sm">
              {bytes(sending.done)} of {bytes(sending.file.size)}
              {sending.file.size > 0 && `, ${share(Math.min(1, sending.done / sending.file.size))}`}
            </p>
            <div>
              <Button look="quiet" onClick={() => stop.current?.abort()}>
                Stop
              </Button>
            </div>
          </div>
        ) : (
          <>
            <UploadIcon size={28} strokeWidth={1.5} aria-hidden className="mb-4 text-muted" />
            <p className="font-semibold text-md">Drop a file here</p>
            <p className="mt-1 mb-5 max-w-[52ch] text-balance text-muted">
              A table as CSV, JSON lines or Parquet, Segment’s messages, GA4’s export, or an event log as XES; also
              packed as .gz or .zst. It stays on this machine.
            </p>
            <Button look="solid" onClick={() => chooser.current?.click()}>
              Choose a file
            </Button>
            <input
              ref={chooser}
              type="file"
              className="sr-only"
              tabIndex={-1}
              aria-label="File to import"
              onChange={(event) => send(event.target.files?.[0])}
            />
          </>
        )}
      </div>
      {error !== null && <ProblemNote error={error} />}
      <details className="mt-6 max-w-[72ch]">
        <summary className="text-muted hover:text-ink">What should be in it?</summary>
        <p className="mt-2">
          One row for each thing that happened, with three columns at least: who it was (an e-mail address, a customer
          number), when it was, and what it was. Whatever else stands in the row can be asked about later. A file of
          customers, with one row each, works as well: its columns become traits.
        </p>
      </details>
    </>
  );
}
