import type { JsonObject, Preview } from "@/api/contract";
import { DataTable } from "@/ui/DataTable";
import { count, list, plural, share, time } from "@/words/format";
import { Bars } from "../Bars";
import { RejectsTable } from "../RejectsTable";
import { reasonWords } from "../reasons";

/** What would come of the first part of a file. */
export function PreviewView({ preview }: { preview: Preview }) {
  const { rows, events, traits, links, rejected, skipped, customers } = preview;
  const what = [
    events > 0 && plural(events, "event"),
    traits > 0 && plural(traits, "trait"),
    links > 0 && plural(links, "link"),
  ].filter((one) => one !== false);
  return (
    <div className="flex flex-col gap-8">
      <div role="status">
        <p className="figures font-semibold text-md">
          {what.length > 0 ? `${list(what)} of ${plural(customers, "customer")}` : "Nothing would come of this"}
        </p>
        <p className="figures mt-0.5 text-muted">
          from the first {plural(rows, "row")}
          {rejected > 0 && (
            <span className="text-pain">
              {" "}
              · ▼ {count(rejected)} would be refused ({share(rejected / Math.max(1, rows))})
            </span>
          )}
          {skipped > 0 && ` · ${count(skipped)} skipped, because no rule wants them`}
        </p>
      </div>
      {rejected > 0 && (
        <section>
          <h2 className="mb-1 font-semibold">Would be refused</h2>
          <p className="mb-2 text-muted text-sm">
            {list(preview.reasons.map(([reason, n]) => `${count(n)} ${reasonWords(reason)}`))}. The rows around them are
            read.
          </p>
          <RejectsTable rejects={preview.rejects} total={rejected} />
        </section>
      )}
      {preview.names.length > 0 && (
        <section>
          <h2 className="mb-1 font-semibold">Events</h2>
          <Bars
            label="Events by name"
            rows={preview.names.slice(0, 12).map(([name, n]) => ({ key: name, name, value: n, text: count(n) }))}
          />
          {preview.names.length > 12 && (
            <p className="mt-1 text-muted text-sm">and {plural(preview.names.length - 12, "more name")}</p>
          )}
        </section>
      )}
      {preview.identifiers.length > 0 && (
        <section>
          <h2 className="mb-1 font-semibold">Identifiers</h2>
          <p className="figures">
            {preview.identifiers.map(([kind, n]) => `${count(n)} ${kind.replaceAll("_", " ")}`).join(", ")}
            <span className="text-muted">, which make {plural(customers, "customer")}</span>
          </p>
        </section>
      )}
      {preview.samples.length > 0 && (
        <section>
          <h2 className="mb-1 font-semibold">The first of them</h2>
          <DataTable
            label="Sample events"
            rows={preview.samples}
            rowKey={(_, index) => String(index)}
            atFirst={8}
            columns={[
              { name: "Time", cell: (row) => <span className="figures">{time(row.time)}</span> },
              { name: "Event", cell: (row) => row.event },
              { name: "Who", cell: (row) => row.id },
              { name: "With", wide: true, cell: (row) => <span className="text-muted">{inLine(row.properties)}</span> },
            ]}
          />
        </section>
      )}
    </div>
  );
}

function inLine(properties: JsonObject | undefined): string {
  return Object.entries(properties ?? {})
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ")
    .slice(0, 300);
}
