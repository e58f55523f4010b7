import { type ClipboardEvent, useRef, useState } from "react";
import { fetchJson } from "@/api/client";
import type { JsonObject } from "@/api/contract";
import { useContextSearch, useNewestDay } from "@/shell/context";
import { Button } from "@/ui/Button";
import { Field, Textarea } from "@/ui/Field";
import { Popover } from "@/ui/Popover";
import { plural } from "@/words/format";
import { daysOf } from "@/words/period";
import { type BuilderProps, isObject, put } from "./parts";
import { Rows } from "./Rows";

/** What a request may hold. */
const BYTES_MAX = 900_000;

/** What was spent on each channel: written, pasted, or read from a file. */
export function Spend({ question, onChange }: BuilderProps) {
  const spend: JsonObject = isObject(question.spend) ? question.spend : {};
  const rows = Object.entries(spend);
  const set = (next: JsonObject) => onChange(put(question, "spend", Object.keys(next).length > 0 ? next : undefined));
  return (
    <Popover
      title="What was spent"
      className="w-[min(440px,calc(100vw-16px))]"
      trigger={
        <button
          type="button"
          className="h-8 rounded-md border border-line-strong px-2 transition-colors hover:bg-hover data-popup-open:bg-hover"
        >
          {rows.length > 0 ? `what was spent on ${rows.length}` : "no costs"}
        </button>
      }
    >
      <Rows
        key={Object.keys(spend).join("\n")}
        rows={rows}
        words={{ name: "on", amount: "spent in the period", of: "Spent on", more: "On what else", such: "channel" }}
        onChange={set}
      />
      <Import by={String(question.by ?? "channel")} onRead={(read) => set({ ...spend, ...read })} />
    </Popover>
  );
}

/** What the program reads in a table of costs. */
interface Told {
  spend: Record<string, number>;
  headings: [channel: string, spent: string] | null;
  /** The heading of its dates. */
  dates: string | null;
  skipped: number;
  /** Rows of other days than the period's. */
  outside: number;
}

function Import({ by, onRead }: { by: string; onRead: (spend: JsonObject) => void }) {
  const chooser = useRef<HTMLInputElement>(null);
  const [written, setWritten] = useState("");
  const [said, setSaid] = useState<{ text: string; bad: boolean } | null>(null);
  const days = daysOf(useContextSearch().period, useNewestDay());
  const read = async (table: string) => {
    let found: Told;
    try {
      found = await fetchJson<Told>("/api/spend", {
        method: "POST",
        body: { table, campaigns: by === "property", ...days },
      });
    } catch (error) {
      return setSaid({ text: error instanceof Error ? error.message : String(error), bad: true });
    }
    const columns = found.headings ? `, from “${found.headings[0]}” and “${found.headings[1]}”` : "";
    const left = found.skipped > 0 ? `; ${plural(found.skipped, "row")} without an amount left out` : "";
    const other =
      days && found.dates === null
        ? "; it has no dates, so all of it counts as spent in the period"
        : found.outside > 0
          ? `; ${plural(found.outside, "row")} of other days left out`
          : "";
    setWritten("");
    setSaid({ text: `Read ${plural(Object.keys(found.spend).length, "row")}${columns}${left}${other}.`, bad: false });
    onRead(found.spend);
  };
  const readFile = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > BYTES_MAX) {
      return setSaid({
        text: "The file is larger than 900 kB: `periplus ask attribution --spend FILE` reads it.",
        bad: true,
      });
    }
    await read(await file.text());
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is another way, beside the button inside
    <div
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        readFile(event.dataTransfer.files[0]);
      }}
    >
      <Field
        label="Paste a table, or drop a file here"
        about="Names and amounts, or an export of an analytics or advertising tool: its columns of channel and cost are found, sums are left out. Where it has dates, the days of the period count."
      >
        <Textarea
          rows={2}
          value={written}
          placeholder="search, 1200"
          onChange={(event) => setWritten(event.target.value)}
          onPaste={(event: ClipboardEvent) => {
            if (written !== "") return;
            event.preventDefault();
            read(event.clipboardData.getData("text"));
          }}
        />
      </Field>
      <p role="status" className={`mt-2 text-sm ${said?.bad ? "text-pain" : "text-muted"}`}>
        {said && `${said.bad ? "▼ " : ""}${said.text}`}
      </p>
      <input
        ref={chooser}
        type="file"
        accept=".csv,.tsv,.txt,text/csv"
        aria-label="File of costs"
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => {
          readFile(event.target.files?.[0]);
          event.target.value = "";
        }}
      />
      <div className="flex gap-2">
        <Button size="small" disabled={written.trim() === ""} onClick={() => read(written)}>
          Read it
        </Button>
        <Button size="small" onClick={() => chooser.current?.click()}>
          Choose a file
        </Button>
      </div>
    </div>
  );
}
