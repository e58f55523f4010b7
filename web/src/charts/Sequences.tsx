import { count, plural, seconds, share } from "@/words/format";
import { type Layer, type OnPeople, ofLayer } from "./layers";

interface SequencesProps {
  layers: Layer<"sequences">[];
  unit: string;
  onPeople?: OnPeople;
}

/** The most frequent journeys, step by step. */
export function SequencesChart({ layers, unit, onPeople }: SequencesProps) {
  return (
    <div className="flex flex-col gap-8">
      {layers.map((layer) => (
        <section key={layer.name} aria-label={`Sequences, ${layer.name}`}>
          {layers.length > 1 && (
            <h3 className="mb-2 font-semibold text-sm" dir="auto">
              {layer.name}
            </h3>
          )}
          <One layer={layer} unit={unit} onPeople={ofLayer(layer, onPeople)} />
        </section>
      ))}
    </div>
  );
}

function One({
  layer,
  unit,
  onPeople,
}: {
  layer: Layer<"sequences">;
  unit: string;
  onPeople?: SequencesProps["onPeople"];
}) {
  const { variants, distinct, sequences } = layer.view;
  const most = variants[0]?.share || 1;
  const shown = variants.reduce((sum, one) => sum + one.share, 0);
  return (
    <>
      <ol>
        {variants.map((variant, index) => (
          <li key={index} className="border-line border-b last:border-b-0">
            <button
              type="button"
              disabled={!onPeople}
              onClick={() => onPeople?.({ steps: variant.steps }, variant.steps.join(" → "))}
              className="grid w-full grid-cols-[64px_1fr] items-center gap-x-4 gap-y-1 py-2.5 text-left transition-colors enabled:hover:bg-hover/60 sm:grid-cols-[64px_1fr_auto]"
            >
              <span className="figures">
                <span className="font-semibold">{share(variant.share)}</span>
                <span
                  className="mt-1 block h-1 rounded-full bg-delight"
                  style={{ width: `${(variant.share / most) * 100}%` }}
                />
              </span>
              <span className="flex min-w-0 flex-wrap items-center gap-x-1 gap-y-1">
                {variant.steps.map((step, at) => (
                  <span key={at} className="flex min-w-0 items-center gap-1">
                    {at > 0 && <span className="text-muted">→</span>}
                    <span dir="auto" className="max-w-48 truncate rounded-sm bg-sunken px-1.5 py-0.5 text-sm">
                      {step}
                    </span>
                  </span>
                ))}
              </span>
              <span className="figures col-start-2 text-muted text-sm sm:col-start-3 sm:text-right">
                {count(variant.count)} {unit}
                <span className="sm:block">
                  {" "}
                  {variant.median_seconds > 0 ? `${seconds(variant.median_seconds)} median` : "a single moment"}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ol>
      <p className="mt-3 text-muted text-sm">
        These are {share(shown)} of {count(sequences)} {unit}; there are {plural(distinct, "different way")} in all.
      </p>
    </>
  );
}
