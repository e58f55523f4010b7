import { Plus, X } from "lucide-react";
import { type ClipboardEvent, useRef, useState } from "react";
import { fetchJson } from "@/api/client";
import type { JsonObject } from "@/api/contract";
import { Button, IconButton } from "@/ui/Button";
import { Field, Input, Textarea } from "@/ui/Field";
import { Popover } from "@/ui/Popover";
import { plural } from "@/words/format";
import { type BuilderProps, isObject, put } from "./parts";

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
      <Rows key={Object.keys(spend).join("\n")} rows={rows} onChange={set} />
      <Import by={String(question.by ?? "channel")} onRead={(read) => set({ ...spend, ...read })} />
    </Popover>
  );
}

function Rows({ rows, onChange }: { rows: [string, unknown][]; onChange: (spend: JsonObject) => void }) {
  const [adding, setAdding] = useState("");
  const others = (name: string) => rows.filter(([one]) => one !== name) as [string, number][];
  return (
    <>
      {rows.length > 0 && (
        <table className="w-full">
          <thead className="text-left text-muted text-sm">
            <tr>
              <th scope="col" className="w-full font-normal">
                on
              </th>
              <th scope="col" className="whitespace-nowrap font-normal">
                spent in the period
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, amount], at) => (
              <tr key={name}>
                <td className="max-w-0 py-0.5 pr-2">
                  <Input
                    aria-label={`Name of row ${at + 1}`}
                    defaultValue={name}
                    dir="auto"
                    className="w-full"
                    onBlur={({ target: { value } }) =>
                      value !== name &&
                      value !== "" &&
                      onChange(
                        Object.fromEntries(rows.map((row, own) => (own === at ? [value, amount] : row))) as JsonObject,
                      )
                    }
                  />
                </td>
                <td className="py-0.5">
                  <Input
                    aria-label={`Spent on ${name}`}
                    type="number"
                    min={0}
                    step="any"
                    className="w-32"
                    defaultValue={String(amount)}
                    onBlur={({ target: { value } }) =>
                      value !== "" &&
                      Number(value) >= 0 &&
                      onChange(
                        Object.fromEntries(
                          rows.map((row, own) => (own === at ? [name, Number(value)] : row)),
                        ) as JsonObject,
                      )
                    }
                  />
                </td>
                <td>
                  <IconButton
                    name={`Remove ${name}`}
                    size="small"
                    onClick={() => onChange(Object.fromEntries(others(name)))}
                  >
                    <X size={14} />
                  </IconButton>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <form
        className="mt-2 mb-4 flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (adding.trim() !== "") onChange(Object.fromEntries([...others(adding.trim()), [adding.trim(), 0]]));
        }}
      >
        <Input
          aria-label="On what else"
          placeholder="channel"
          dir="auto"
          className="w-40"
          value={adding}
          onChange={(event) => setAdding(event.target.value)}
        />
        <Button type="submit" disabled={adding.trim() === ""}>
          <Plus size={14} aria-hidden /> Add
        </Button>
      </form>
    </>
  );
}

/** What the program reads in a table of costs. */
interface Told {
  spend: Record<string, number>;
  headings: [channel: string, spent: string] | null;
  skipped: number;
}

function Import({ by, onRead }: { by: string; onRead: (spend: JsonObject) => void }) {
  const chooser = useRef<HTMLInputElement>(null);
  const [written, setWritten] = useState("");
  const [said, setSaid] = useState<{ text: string; bad: boolean } | null>(null);
  const read = async (table: string) => {
    let found: Told;
    try {
      found = await fetchJson<Told>("/api/spend", { method: "POST", body: { table, campaigns: by === "property" } });
    } catch (error) {
      return setSaid({ text: error instanceof Error ? error.message : String(error), bad: true });
    }
    const columns = found.headings ? `, from “${found.headings[0]}” and “${found.headings[1]}”` : "";
    const left = found.skipped > 0 ? `; ${plural(found.skipped, "row")} without an amount left out` : "";
    setWritten("");
    setSaid({ text: `Read ${plural(Object.keys(found.spend).length, "row")}${columns}${left}.`, bad: false });
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
        about="Names and amounts, or an export of an analytics or advertising tool: its columns of channel and cost are found, sums are left out."
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
