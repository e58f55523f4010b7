import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useWorkspace } from "@/api/queries";
import { useCatalogue, useQuarantine, useSources } from "@/areas/data/queries";
import { ago, count, plural } from "@/words/format";

/** How the data is: how fresh, what was refused, what looks odd. */
export function Health() {
  const workspace = useWorkspace();
  const sources = useSources();
  const quarantine = useQuarantine({}, 1);
  const catalogue = useCatalogue();
  const refused = quarantine.data?.reasons.reduce((sum, [, n]) => sum + n, 0) ?? 0;
  const flags = (catalogue.data ?? []).flatMap((event) => event.flags);
  const silent = sources.data?.sources.filter((source) => source.last === null).length ?? 0;
  return (
    <section>
      <h2 className="mb-2 font-semibold">Data health</h2>
      <ul>
        <Row to="/data/live" name="Newest event">
          {workspace.data?.watermark ? ago(workspace.data.watermark) : "none"}
        </Row>
        {sources.data && (
          <Row to="/data/sources" name="Sources" bad={silent > 0}>
            {sources.data.sources.length === 0
              ? "none: imports only"
              : `${count(sources.data.sources.length)}${silent > 0 ? `, ${count(silent)} silent so far` : ", all have sent"}`}
          </Row>
        )}
        {quarantine.data && (
          <Row to="/data/quarantine" name="Quarantine" bad={refused > 0}>
            {refused === 0 ? "empty" : `${plural(refused, "message")} to mend`}
          </Row>
        )}
        {catalogue.data && (
          <Row to="/data/storage" name="Quality" bad={flags.length > 0}>
            {flags.length === 0 ? "nothing looks odd" : plural(flags.length, "thing looks odd", "things look odd")}
          </Row>
        )}
      </ul>
    </section>
  );
}

function Row({ to, name, bad, children }: { to: LinkProps["to"]; name: string; bad?: boolean; children: ReactNode }) {
  return (
    <li className="border-line border-b last:border-b-0">
      <Link to={to} className="-mx-2 flex items-baseline gap-4 rounded-md px-2 py-2 transition-colors hover:bg-hover">
        <span className="flex-1">{name}</span>
        <span className={`figures ${bad ? "text-pain" : "text-muted"}`}>
          {bad && "⚑ "}
          {children}
        </span>
      </Link>
    </li>
  );
}
