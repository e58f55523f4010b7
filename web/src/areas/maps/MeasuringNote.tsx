import { useQueryClient } from "@tanstack/react-query";
import { type Asked, useAskProgress } from "@/api/queries";
import { Button } from "@/ui/Button";

/** How far the measuring is, and a way to stop it; seen only when it takes longer. */
export function MeasuringNote({ asked, fetching }: { asked: Asked; fetching: boolean }) {
  const client = useQueryClient();
  const progress = useAskProgress(asked, fetching);
  if (!fetching) return null;
  const done = progress && progress.total > 0 ? progress.done / progress.total : null;
  return (
    <div className="late flex h-7 items-center gap-2 whitespace-nowrap text-muted text-sm" role="status">
      <span
        role="progressbar"
        aria-label="Measuring"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={done === null ? undefined : Math.round(done * 100)}
        className="h-1 w-24 overflow-hidden rounded-full bg-line-strong"
      >
        <span className="block h-full bg-ink transition-[width]" style={{ width: `${(done ?? 0) * 100}%` }} />
      </span>
      <span className="figures">{done === null ? "Measuring …" : `Measured ${Math.floor(done * 100)}\u202f%`}</span>
      <Button
        size="small"
        look="quiet"
        onClick={() => client.cancelQueries({ queryKey: ["answer", asked.analysis, asked.question, asked.snapshot] })}
      >
        Stop
      </Button>
    </div>
  );
}
