import type { Job } from "@/api/contract";
import { Progress } from "@/ui/Progress";
import { count, share } from "@/words/format";

/** How far work is that the server does by itself. */
export function JobProgress({ job }: { job: Job | undefined }) {
  const part = job && job.total > 0 ? Math.min(1, job.done / job.total) : undefined;
  return (
    <div role="status" className="flex max-w-md flex-col gap-2">
      <Progress label={job?.stage ?? "Beginning"} of={job?.finished ? { done: 1, total: 1 } : job} />
      <p className="figures flex justify-between gap-4 text-muted text-sm">
        <span dir="auto">{job?.stage ?? "Beginning"}</span>
        <span>
          {job && job.rows > 0 && `${count(job.rows)} rows`}
          {part !== undefined && ` · ${share(part)}`}
        </span>
      </p>
    </div>
  );
}
