import type { JsonObject } from "@/api/contract";
import type { ColumnKind, Estimate, KpiFigure, KpiFormat, Verdict } from "@/api/model";
import { count, figure, interval, plural } from "@/words/format";
import { type Layer, type OnPeople, ofLayer } from "./layers";

interface KpisProps {
  layers: Layer<"kpis">[];
  onPeople?: OnPeople;
}

const KIND: Record<KpiFormat, ColumnKind> = {
  share: "share",
  number: "number",
  score: "number",
  seconds: "seconds",
  money: "number",
};

const VERDICT: Record<Verdict, string> = { met: "met", missed: "missed", not_sure: "not surely met" };

export const written = (value: Estimate, format: KpiFormat) =>
  `${format === "score" && value.value > 0 ? "+" : ""}${figure(value.value, KIND[format])}`;

/** Key figures, each with its interval, what it is judged by, and the people behind it. */
export default function KpisChart({ layers, onPeople }: KpisProps) {
  return layers.map((layer) => (
    <section key={layer.name} className="mb-8" aria-label={`Key figures, ${layer.name}`}>
      {layers.length > 1 && (
        <h3 dir="auto" className="mb-2 font-semibold text-sm">
          {layer.name}
        </h3>
      )}
      {layer.view.figures.length === 0 && (
        <p className="text-muted">
          There is nothing to reckon key figures from yet: no scores on the map and no events of surveys, orders or
          mail.
        </p>
      )}
      <ul className="grid gap-x-10 md:grid-cols-2">
        {layer.view.figures.map((one) => (
          <li key={`${one.kpi} ${one.name} ${one.variant} ${one.of}`} className="border-line border-t py-3">
            <Figure one={one} atLeast={layer.view.at_least} onPeople={ofLayer(layer, onPeople)} />
          </li>
        ))}
      </ul>
    </section>
  ));
}

function Figure({ one, atLeast, onPeople }: { one: KpiFigure; atLeast: number; onPeople?: OnPeople }) {
  const kind = KIND[one.format];
  const open = (who: "yes" | "no" | undefined, title: string) =>
    onPeople?.({ ...(one.place as JsonObject), ...(who && { who }) }, title);
  return (
    <>
      <div className="flex items-baseline gap-3">
        <p dir="auto" className="min-w-0 flex-1 font-medium">
          {one.name}
          {one.of && <span className="text-muted"> · {one.of}</span>}
        </p>
        <p className="figures whitespace-nowrap font-semibold text-lg">
          {one.value ? (
            written(one.value, one.format)
          ) : (
            <span className="font-normal text-muted text-sm">
              {one.too_few ? `fewer than ${atLeast}, not told` : "no data"}
            </span>
          )}
        </p>
      </div>
      {one.value && (
        <p className="figures text-muted text-sm">
          {interval(one.value.low, one.value.high, kind)} · n {count(one.n)}
          {one.target != null && one.verdict && (
            <span className={one.verdict === "missed" ? "text-pain" : one.verdict === "met" ? "text-delight" : ""}>
              {" "}
              · target {figure(one.target, kind)} {VERDICT[one.verdict]}
            </span>
          )}
          {one.owner && <span dir="auto"> · {one.owner}</span>}
        </p>
      )}
      <p className="text-muted text-sm">
        {one.variant}
        {one.immature > 0 && `; ${count(one.immature)} are too young to tell`}
        {one.without?.map(([why, n]) => `; ${count(n)} without (${why})`)}
      </p>
      {onPeople && !one.too_few && one.customers > 0 && (
        <p className="mt-1 flex flex-wrap gap-x-4 text-sm">
          <People
            n={one.customers}
            what={plural(one.customers, "customer").replace(/^\S+ /, "")}
            open={() => open(undefined, one.name)}
          />
          {one.yes_means && (
            <People n={one.yes} what={one.yes_means} open={() => open("yes", `${one.name}: ${one.yes_means}`)} />
          )}
          {one.no_means && (
            <People n={one.no} what={one.no_means} open={() => open("no", `${one.name}: ${one.no_means}`)} />
          )}
        </p>
      )}
    </>
  );
}

function People({ n, what, open }: { n: number; what: string; open: () => void }) {
  if (n === 0) return null;
  return (
    <button
      type="button"
      onClick={open}
      className="figures underline decoration-line underline-offset-4 hover:decoration-ink"
    >
      {count(n)} {what}
    </button>
  );
}
