import type { Judged } from "@/api/followup";

/** A figure against the interval in which it was to be expected; the sentence beside it says the same. */
export function Expected({ judged: { value, expected, state } }: { judged: Judged }) {
  if (value === undefined || !expected) return null;
  const [low, middle, high] = expected;
  const [from, to] = [Math.min(low, value), Math.max(high, value)];
  const room = (to - from) * 0.08 || 1;
  const at = (n: number) => `${((n - from + room) / (to - from + 2 * room)) * 100}%`;
  return (
    <span aria-hidden className="relative block h-4 w-full">
      <span className="absolute inset-x-0 top-1/2 h-px bg-line" />
      <span
        className="absolute top-1/2 h-2 -translate-y-1/2 rounded-full bg-ink/20"
        style={{ left: at(low), right: `calc(100% - ${at(high)})` }}
      />
      <span className="absolute top-0.5 bottom-0.5 w-px bg-muted" style={{ left: at(middle) }} />
      <span
        className={`absolute top-1/2 size-2.5 -translate-x-1/2 -translate-y-1/2 rounded-full ${state === "alarm" ? "bg-pain" : "bg-ink"}`}
        style={{ left: at(value) }}
      />
    </span>
  );
}
