import { useState } from "react";
import type { JsonObject } from "@/api/contract";
import { useSaved } from "@/api/queries";
import { DismissedFold } from "@/findings/Dismissed";
import { FindingView } from "@/findings/FindingView";
import { nothingFound, sorted, struck } from "@/findings/finding";
import { FeelingSign, StatusWord } from "@/findings/StatusWord";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/States";
import { type Layer, type OnPeople, ofLayer } from "./layers";

interface FindingsChartProps {
  layers: Layer<"findings">[];
  question: JsonObject;
  onPeople?: OnPeople;
  /** For tiles: one line each. */
  compact?: boolean;
}

/** Pains and delights, the weightiest first, of everybody or of each group. */
export default function FindingsChart({ layers, question, onPeople, compact }: FindingsChartProps) {
  return layers.map((layer) => (
    <section key={layer.name} className="mb-8" aria-label={layers.length > 1 ? layer.name : "Findings"}>
      {layers.length > 1 && (
        <h2 dir="auto" className="mb-1 font-semibold">
          {layer.name}
        </h2>
      )}
      <List
        level={layers.length > 1 ? "h3" : "h2"}
        view={layer.view}
        question={question}
        onPeople={ofLayer(layer, onPeople)}
        compact={compact}
      />
    </section>
  ));
}

const AT_FIRST = 10;

function List({
  view,
  question,
  onPeople,
  compact,
  level,
}: Omit<FindingsChartProps, "layers"> & { view: Layer<"findings">["view"]; level: "h2" | "h3" }) {
  const { dismissed = [] } = useSaved().data ?? {};
  const [all, setAll] = useState(false);
  const { told, folded } = sorted(view.findings, dismissed);
  const shown = all ? told : told.slice(0, AT_FIRST);
  if (view.findings.length === 0) {
    return <EmptyState title="No pain and no delight">{nothingFound("Nothing", view)}</EmptyState>;
  }
  if (compact) {
    return (
      <ul>
        {shown.map(({ finding }) => (
          <li key={finding.id} className="flex items-baseline gap-3 border-line border-b py-1.5 last:border-b-0">
            <span dir="auto" className="min-w-0 flex-1 truncate">
              <FeelingSign pain={finding.feeling === "pain"} />
              {finding.title}
            </span>
            <span className="figures shrink-0 text-muted text-sm">{struck(finding, view.unit)}</span>
            <StatusWord status={finding.status} stale={finding.is_stale} />
          </li>
        ))}
      </ul>
    );
  }
  return (
    <>
      <ol>
        {shown.map((one) => (
          <li key={one.finding.id} className="border-line border-t py-5 first:border-t-0 first:pt-0">
            <FindingView level={level} told={one} of={view} question={question} onPeople={onPeople} />
          </li>
        ))}
      </ol>
      {shown.length < told.length && (
        <Button className="mt-2" onClick={() => setAll(true)}>
          Show all {told.length}
        </Button>
      )}
      <DismissedFold folded={folded} />
    </>
  );
}
