import { useMemo } from "react";
import { classes } from "@/ui/classes";
import { around, lineDiff } from "./lines";

const SIGNS = { same: " ", out: "−", in: "+" };
const WORDS = { same: "", out: "removed: ", in: "added: " };

/** Two texts against each other: what went and what came, with a few lines around. */
export function Diff({ before, after }: { before: string; after: string }) {
  const lines = useMemo(() => around(lineDiff(before, after)), [before, after]);
  if (lines.every((line) => line === null)) return <p className="text-muted">The file stays as it is.</p>;
  return (
    <section
      aria-label="Changes in the file"
      tabIndex={0}
      className="max-h-[44vh] overflow-auto rounded-md border border-line font-mono text-sm leading-5"
    >
      <ol className="min-w-max">
        {lines.map((line, at) =>
          line === null ? (
            <li key={`gap ${at}`} aria-hidden className="bg-sunken px-3 text-muted">
              …
            </li>
          ) : (
            <li
              key={`${line.sort} ${line.number}`}
              className={classes(
                "flex gap-2 px-3",
                line.sort === "in" && "bg-delight-soft",
                line.sort === "out" && "bg-pain-soft",
              )}
            >
              <span aria-hidden className="figures w-8 shrink-0 select-none text-right text-muted">
                {line.number}
              </span>
              <span aria-hidden className="w-[1ch] shrink-0 select-none">
                {SIGNS[line.sort]}
              </span>
              <span className="sr-only">{WORDS[line.sort]}</span>
              <span className="whitespace-pre">{line.text}</span>
            </li>
          ),
        )}
      </ol>
    </section>
  );
}
