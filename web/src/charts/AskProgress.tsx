import { type UseQueryResult, useQueryClient } from "@tanstack/react-query";
import type { Answer } from "@/api/model";
import { type Asked, useAskProgress } from "@/api/queries";
import { Button } from "@/ui/Button";
import { classes } from "@/ui/classes";
import { Progress } from "@/ui/Progress";
import { count } from "@/words/format";

/** Whether somebody stopped a question before it was answered. */
export function wasStopped(answer: UseQueryResult<Answer>): boolean {
  const { isEnabled, fetchStatus, isError, isPending, isPlaceholderData } = answer;
  return isEnabled && fetchStatus === "idle" && !isError && (isPending || isPlaceholderData);
}

interface AskProgressProps {
  asked: Asked;
  answer: UseQueryResult<Answer>;
  /** In a line with other things. */
  inline?: boolean;
}

/** How far a question is, and a way to stop it, seen only when it takes longer; and when it was stopped, a way to ask again. */
export function AskProgress({ asked, answer, inline }: AskProgressProps) {
  const client = useQueryClient();
  const { analysis, question, snapshot } = asked;
  const progress = useAskProgress(asked, answer.isFetching);
  const stopped = wasStopped(answer);
  if (!stopped && !answer.isFetching) return null;
  const known = progress && progress.total > 0 ? progress : undefined;
  return (
    <div
      className={classes("flex items-center gap-3 whitespace-nowrap text-muted text-sm", inline ? "h-7" : "mb-3")}
      role="status"
    >
      {stopped ? (
        <>
          <span>Stopped before it was counted.</span>
          <Button size="small" onClick={() => answer.refetch()}>
            Ask again
          </Button>
        </>
      ) : (
        <span className="late flex items-center gap-3">
          <Progress label="Progress" of={progress} className={inline ? "w-24" : "w-40"} />
          <span className="figures">{known ? `${count(known.done)} of ${count(known.total)} read` : "Counting …"}</span>
          <Button
            size="small"
            look="quiet"
            onClick={() => client.cancelQueries({ queryKey: ["answer", analysis, question, snapshot] })}
          >
            Stop
          </Button>
        </span>
      )}
    </div>
  );
}
