import { count, interval, plural, seconds, share } from "@/words/format";
import { type Layer, type OnPeople, ofLayer, type ViewOf } from "./layers";

interface StepsProps {
  /** Everybody, of whom the figures below the bars speak. */
  all: ViewOf<"steps">;
  layers: Layer<"steps">[];
  unit: string;
  onPeople?: OnPeople;
}

const HEIGHT = 220;

/** A funnel: how many reached each step, and how many stopped before. */
export function StepsChart({ all, layers, unit, onPeople }: StepsProps) {
  const lead = layers[0];
  if (!lead) return null;
  const steps = all.steps;
  // Where groups stand beside each other there is no room to show whom each loses.
  const everybody = Object.keys(lead.at).length === 0;
  return (
    <section className="no-scrollbar -mx-1 overflow-x-auto px-1 py-1" aria-label="Steps">
      <ol className="grid min-w-fit auto-cols-[minmax(116px,1fr)] grid-flow-col">
        {steps.map((step, index) => {
          const before = steps[index - 1];
          const lost = before ? before.reached - step.reached : 0;
          return (
            <li
              key={index}
              className="flex min-w-0 flex-col border-line border-l px-3 first:border-l-0 first:pl-0 last:pr-0"
            >
              <div className="flex max-w-56 items-end gap-1" style={{ height: HEIGHT }}>
                {layers.map((layer) => {
                  const own = layer.view.steps[index];
                  const from = layer.view.steps[index - 1]?.from_first ?? 1;
                  const part = own?.from_first ?? 0;
                  const name = `${own?.name ?? step.name}${layers.length > 1 ? `, ${layer.name}` : ""}: ${count(own?.reached ?? 0)} ${unit}, ${share(part)}`;
                  const open = ofLayer(layer, onPeople);
                  const stopped = open && before && lost > 0;
                  return (
                    <div
                      key={layer.name}
                      className={`flex h-full flex-col justify-end ${layer.behind ? "w-1/5" : "min-w-0 flex-1"}`}
                    >
                      {layer === lead && everybody && from > part && (
                        <button
                          type="button"
                          disabled={!stopped}
                          title={
                            before &&
                            `${plural(lost, unit.replace(/s$/, ""), unit)} went no further than ${before.name}`
                          }
                          aria-label={before && `${count(lost)} ${unit} stopped after ${before.name}`}
                          onClick={() =>
                            before && open?.({ step: index, who: "stopped" }, `Stopped after ${before.name}`)
                          }
                          className="hatched w-full rounded-t-sm transition-colors enabled:hover:bg-hover"
                          style={{ height: `${(from - part) * 100}%` }}
                        />
                      )}
                      <button
                        type="button"
                        disabled={!open || !own?.reached}
                        title={name}
                        aria-label={name}
                        onClick={() => open?.({ step: index + 1 }, `Reached ${step.name}`)}
                        className={`w-full rounded-t-sm transition-opacity enabled:hover:opacity-80 ${layer.behind ? "opacity-45" : ""}`}
                        style={{ height: `max(2px, ${part * 100}%)`, background: layer.colour }}
                      />
                    </div>
                  );
                })}
              </div>
              <div className="border-line-strong border-t pt-2.5">
                <p className="truncate font-medium" dir="auto" title={step.name}>
                  <span className="mr-1.5 text-muted">{index + 1}</span>
                  {step.name}
                </p>
                <p className="figures mt-1 font-semibold text-lg tracking-[-0.01em]">{share(step.from_first ?? 0)}</p>
                <p className="figures text-muted text-sm">
                  {count(step.reached)} {unit}
                </p>
                {step.from_previous && (
                  <p className="figures mt-2 text-muted text-sm">
                    <span className="text-ink">{share(step.from_previous.value)}</span> of the step before
                    <span className="block text-xs">
                      95 %: {interval(step.from_previous.low, step.from_previous.high, "share")}
                    </span>
                  </p>
                )}
                {step.median_seconds !== null && (
                  <p className="figures text-muted text-sm">
                    {seconds(step.median_seconds)} <span className="text-xs">median</span>
                  </p>
                )}
                {step.optional && <p className="text-muted text-xs">may be left out</p>}
              </div>
            </li>
          );
        })}
      </ol>
      {all.excluded > 0 && (
        <p className="mt-3 text-muted text-sm">
          {count(all.excluded)} {unit} are not counted: what the question excludes happened in between.
        </p>
      )}
    </section>
  );
}
