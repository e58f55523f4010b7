import { useCallback, useMemo } from "react";
import type { Problem } from "@/api/client";
import type { Answer } from "@/api/model";
import { useSnapshot } from "@/api/queries";
import { Button } from "@/ui/Button";
import { LongTable } from "@/ui/LongTable";
import { count, plural } from "@/words/format";
import { placeOf, written } from "./statement";

export const ROWS_AT_FIRST = 1000;
/** The server gives no more at once. */
export const ROWS_MOST = 100_000;

interface ResultProps {
  answer: Answer;
  rows: number;
  onMore: () => void;
  onAgain: () => void;
}

/** The rows of a statement, how many they are, and whether that is all. */
export function Result({ answer: { view, meta }, rows: limit, onMore, onAgain }: ResultProps) {
  const latest = useSnapshot();
  const table = view.shape === "table" ? view : null;
  const columns = useMemo(
    () => (table?.columns ?? []).map(({ name, kind }) => ({ name, figure: kind !== "text" && kind !== "time" })),
    [table],
  );
  const write = useCallback(
    (row: number, column: number) => written(table?.rows[row]?.[column], table?.columns[column]?.kind),
    [table],
  );
  if (!table) return null;
  const found = table.rows.length;
  return (
    <>
      <div className="mb-3 flex min-h-7 flex-wrap items-center gap-x-3 gap-y-1">
        <p className="figures" role="status">
          <span className="font-medium">{plural(found, "row")}</span>
          <span className="text-muted">
            {" "}
            · {meta.wall_ms < 10 ? meta.wall_ms.toFixed(1) : count(meta.wall_ms)} ms · version {meta.snapshot} of the
            data
          </span>
        </p>
        {latest > meta.snapshot && (
          <Button size="small" onClick={onAgain}>
            New data: run it again
          </Button>
        )}
      </div>
      {found >= limit && (
        <p className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-1">
          <span>
            <span aria-hidden className="mr-1.5">
              ⚑
            </span>
            {limit < ROWS_MOST
              ? `The first ${count(limit)} rows are here; there may be more.`
              : `The first ${count(limit)} rows are here, and more are not given at once: narrow it down, or use the command line with --rows.`}
          </span>
          {limit < ROWS_MOST && (
            <Button size="small" onClick={onMore}>
              Up to {count(ROWS_MOST)}
            </Button>
          )}
        </p>
      )}
      {found === 0 ? (
        <p className="border-line border-y py-6 text-muted">No rows: nothing meets the conditions.</p>
      ) : (
        <LongTable label="Rows" columns={columns} rows={found} cell={write} />
      )}
      <p className="mt-3 text-muted text-sm">{meta.semantics}</p>
    </>
  );
}

interface WrongProps {
  problem: Problem;
  statement: string;
  onGoTo: (at: number) => void;
}

/** What is wrong with a statement, and where. */
export function Wrong({ problem, statement, onGoTo }: WrongProps) {
  const place = placeOf(statement, problem.message);
  const line = place && statement.split("\n")[place.line - 1];
  return (
    <div role="alert" className="rounded-lg border border-line px-4 py-3">
      <p className="font-semibold">
        <span aria-hidden className="mr-1.5 text-pain">
          ▼
        </span>
        {problem.title}
        {place && (
          <span className="font-normal text-muted">
            {" "}
            · line {place.line}, column {place.column}
          </span>
        )}
      </p>
      <p className="mt-1 whitespace-pre-wrap break-words" dir="auto">
        {problem.message}
      </p>
      {place && (
        <pre className="mt-2 overflow-x-auto rounded-md bg-sunken px-3 py-2 font-mono text-sm" aria-hidden>
          {line}
          {"\n"}
          <span className="text-pain">{" ".repeat(place.column - 1)}^</span>
        </pre>
      )}
      <p className="mt-2 text-muted">{problem.help}</p>
      {place && (
        <Button size="small" className="mt-3" onClick={() => onGoTo(place.at)}>
          Go there
        </Button>
      )}
    </div>
  );
}
