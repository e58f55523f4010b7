import { Button } from "@/ui/Button";
import { Popover } from "@/ui/Popover";
import { plural } from "@/words/format";
import type { FileProblem } from "../keep/files";

/** What is wrong with a draft, and what to look at. */
export function ProblemList({ problems }: { problems: readonly FileProblem[] }) {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  return (
    <Popover
      title="Problems"
      align="end"
      className="w-96"
      trigger={
        <Button look="quiet" className={errors > 0 ? "text-pain" : "text-muted"}>
          <span aria-hidden>{errors > 0 ? "▼" : "⚑"}</span>
          {errors > 0 ? plural(errors, "problem") : plural(problems.length, "remark")}
        </Button>
      }
    >
      <Problems problems={problems} />
    </Popover>
  );
}

export function Problems({ problems, onLine }: { problems: readonly FileProblem[]; onLine?: (line: number) => void }) {
  return (
    <ul className="flex flex-col gap-3">
      {problems.map((problem, at) => (
        <li key={`${at} ${problem.message}`} className="text-sm">
          <p dir="auto" className="break-words">
            <span aria-hidden className={problem.severity === "error" ? "text-pain" : "text-muted"}>
              {problem.severity === "error" ? "▼ " : "⚑ "}
            </span>
            <span className="sr-only">{problem.severity}: </span>
            {problem.message}
          </p>
          <p className="figures break-words text-muted" dir="auto">
            {onLine ? (
              <button
                type="button"
                className="underline underline-offset-2 hover:text-ink"
                onClick={() => onLine(problem.line)}
              >
                line {problem.line}
              </button>
            ) : (
              `line ${problem.line}`
            )}
            {problem.help && `. ${problem.help}`}
          </p>
        </li>
      ))}
    </ul>
  );
}
