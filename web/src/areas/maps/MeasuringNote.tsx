import { useQueryClient } from "@tanstack/react-query";
import { type Asked, useAskProgress } from "@/api/queries";
import { Button } from "@/ui/Button";
import { count } from "@/words/format";

/** How far the measuring is, and a way to stop it; seen only when it takes longer. */
export function MeasuringNote({ asked, fetching }: { asked: Asked; fetching: boolean }) {
  const client = useQueryClient();
  const progress = useAskProgress(asked, fetching);
  if (!fetching) return null;
  return (
    <div className="late flex items-center gap-3 px-4 pb-2 text-muted text-sm md:px-7" role="status">
      <progress
        className="h-1 w-40 overflow-hidden rounded-full bg-sunken accent-ink"
        value={progress?.done}
        max={progress?.total ?? 1}
        aria-label="Progress"
      />
      <span className="figures">
        {progress ? `${count(progress.done)} of ${count(progress.total)} customers` : "Measuring …"}
      </span>
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
