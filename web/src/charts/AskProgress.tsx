import { useQueryClient } from "@tanstack/react-query";
import { type Asked, useAskProgress } from "@/api/queries";
import { Button } from "@/ui/Button";
import { count } from "@/words/format";

/** How far a question is, and a way to stop it; seen only when it takes longer. */
export function AskProgress({ analysis, question, snapshot }: Asked) {
  const client = useQueryClient();
  const progress = useAskProgress({ analysis, question }, true);
  return (
    <div className="late mb-3 flex items-center gap-3 text-muted text-sm" role="status">
      <progress
        className="h-1 w-40 overflow-hidden rounded-full bg-sunken accent-ink"
        value={progress?.done}
        max={progress?.total ?? 1}
        aria-label="Progress"
      />
      <span className="figures">{progress ? `${count(progress.done)} of ${count(progress.total)}` : "Counting …"}</span>
      <Button
        size="small"
        look="quiet"
        onClick={() => client.cancelQueries({ queryKey: ["answer", analysis, question, snapshot] })}
      >
        Stop
      </Button>
    </div>
  );
}
