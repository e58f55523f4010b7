import { X } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "./classes";

const TONES = {
  plain: "border-line text-muted",
  ink: "border-transparent bg-ink text-on-ink",
  delight: "border-transparent bg-delight-soft text-delight",
  pain: "border-transparent bg-pain-soft text-pain",
  /** What is assumed and not seen. */
  assumed: "border-dashed border-line-strong text-muted",
};

interface ChipProps {
  children: ReactNode;
  tone?: keyof typeof TONES;
  /** Adds a button that takes it away. */
  onRemove?: () => void;
  removeName?: string;
}

/** A small fact: a state, a tag, a filter. Its words say what its colour says. */
export function Chip({ children, tone = "plain", onRemove, removeName = "Remove" }: ChipProps) {
  return (
    <span
      className={classes("inline-flex h-6 max-w-full items-center gap-1 rounded-full border px-2 text-sm", TONES[tone])}
    >
      <span className="truncate">{children}</span>
      {onRemove && (
        <button
          type="button"
          aria-label={removeName}
          onClick={onRemove}
          className="-mr-1 rounded-full p-0.5 hover:bg-hover"
        >
          <X size={12} />
        </button>
      )}
    </span>
  );
}
