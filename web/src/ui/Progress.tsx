import { classes } from "./classes";

/** How far something is, from 0 to 1; absent when nobody knows. */
export function Progress({ label, part, className }: { label: string; part?: number; className?: string }) {
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
