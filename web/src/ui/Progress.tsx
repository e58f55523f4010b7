import { classes } from "./classes";

interface ProgressProps {
  label: string;
  /** How much is done of how much; absent, or of nothing, when nobody knows yet. */
  of?: { done: number; total: number } | null;
  className?: string;
}

/** How far something is. */
export function Progress({ label, of, className }: ProgressProps) {
  const part = of && of.total > 0 ? Math.min(1, of.done / of.total) : undefined;
  return (
    <span
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={part === undefined ? undefined : Math.round(part * 100)}
      className={classes("block h-1 overflow-hidden rounded-full bg-line-strong", className)}
    >
      <span className="block h-full bg-ink transition-[width]" style={{ width: `${(part ?? 0) * 100}%` }} />
    </span>
  );
}
