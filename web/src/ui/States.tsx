import type { ReactNode } from "react";
import { Problem } from "@/api/client";
import { Button } from "./Button";
import { classes } from "./classes";

interface EmptyProps {
  title: string;
  /** What is missing and what would be here. */
  children?: ReactNode;
  /** The one button. */
  action?: ReactNode;
  /** A ghost of what would be here. */
  picture?: ReactNode;
}

/** Nothing here yet: what is missing, and the one thing to do about it. */
export function EmptyState({ title, children, action, picture }: EmptyProps) {
  return (
    <div className="flex flex-col items-center px-4 py-16 text-center">
      {picture && <div className="mb-6 text-line-strong">{picture}</div>}
      <p className="font-semibold">{title}</p>
      {children && <div className="mt-1 max-w-[52ch] text-balance text-muted">{children}</div>}
      {action && <div className="mt-5">{action}</div>}
    </div>
  );
}

/** What the server refused: what was wrong, and what to do now. */
export function ProblemNote({ error, again, compact }: { error: unknown; again?: () => void; compact?: boolean }) {
  const problem = error instanceof Problem ? error : null;
  return (
    <div role="alert" className={classes("rounded-lg border border-line px-4 py-3", !compact && "my-4")}>
      <p className="font-semibold">
        <span aria-hidden className="mr-1.5 text-pain">
          ▼
        </span>
        {problem?.title ?? "Something broke on this page"}
      </p>
      <p className="mt-1 break-words text-muted" dir="auto">
        {error instanceof Error ? error.message : String(error)}
      </p>
      {problem?.help && <p className="mt-1 text-muted">{problem.help}</p>}
      {again && (
        <Button size="small" className="mt-3" onClick={again}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Room for what is being fetched; seen only when it takes longer than 200 ms. */
export function Skeleton({ className, lines = 1 }: { className?: string; lines?: number }) {
  return (
    <div className="late flex flex-col gap-2" aria-hidden>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className={classes("rounded-md bg-sunken", className ?? "h-4")} />
      ))}
    </div>
  );
}
