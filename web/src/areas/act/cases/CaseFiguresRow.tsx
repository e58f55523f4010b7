import type { CaseFigures } from "@/api/followup";
import { classes } from "@/ui/classes";
import { count, interval, share } from "@/words/format";
import { halfClosed } from "./words";

const COUNTS = [
  ["open", "Open"],
  ["in_hand", "In hand"],
  ["overdue", "Overdue"],
  ["closed", "Closed"],
] as const;

interface Props {
  figures: CaseFigures;
  status?: string;
  onStatus: (status: string | undefined) => void;
}

/** How many there are of each, which also chooses these, and how well they are seen to. */
export function CaseFiguresRow({ figures, status, onStatus }: Props) {
  const { in_time } = figures;
  const half = halfClosed(figures);
  return (
    <div className="mb-6 flex flex-wrap items-start gap-x-10 gap-y-4">
      <fieldset className="-mx-3 flex flex-wrap">
        <legend className="sr-only">Show only</legend>
        {COUNTS.map(([name, label]) => (
          <button
            key={name}
            type="button"
            aria-pressed={status === name}
            onClick={() => onStatus(status === name ? undefined : name)}
            className="min-w-20 rounded-md px-3 py-1 text-left transition-colors hover:bg-hover aria-pressed:bg-sunken aria-pressed:shadow-[inset_0_-2px_0_var(--color-ink)]"
          >
            <span className="block text-muted text-sm">{label}</span>
            <span
              className={classes(
                "figures block font-semibold text-lg",
                name === "overdue" && figures.overdue > 0 && "text-pain",
              )}
            >
              {name === "overdue" && figures.overdue > 0 && <span aria-hidden>▼ </span>}
              {count(figures[name])}
            </span>
          </button>
        ))}
      </fieldset>
      <dl className="figures flex flex-wrap gap-x-10 gap-y-4 py-1">
        <div>
          <dt className="text-muted text-sm">Closed in time</dt>
          <dd className="font-semibold text-lg">{in_time ? share(in_time.value) : "–"}</dd>
          <dd className="text-muted text-sm">
            {in_time ? `${interval(in_time.low, in_time.high, "share")}, n ${count(in_time.n)}` : "None was due yet"}
          </dd>
        </div>
        <div>
          <dt className="text-muted text-sm">Half are closed within</dt>
          <dd className="font-semibold text-lg">{half.value}</dd>
          <dd className="text-muted text-sm">{half.about}</dd>
        </div>
      </dl>
    </div>
  );
}
