import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import type { FileProblem } from "../keep/files";
import { Problems } from "./Problems";

interface TextEditorProps {
  label?: string;
  text: string;
  /** The line to begin at; the first when 0. */
  line: number;
  onChange: (text: string) => void;
  problems: readonly FileProblem[];
  readOnly?: boolean;
}

const LINE_PX = 20;
const INDENT = "  ";

/** A file as text, with its problems at their lines. */
export function TextEditor({ label = "The map's file", text, line, onChange, problems, readOnly }: TextEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const lines = useMemo(() => text.split("\n").length, [text]);
  const worst = new Map<number, FileProblem>();
  for (const problem of problems) {
    if (!worst.has(problem.line) || problem.severity === "error") worst.set(problem.line, problem);
  }
  const goTo = (line: number) => {
    const at =
      text
        .split("\n")
        .slice(0, line - 1)
        .join("\n").length + (line > 1 ? 1 : 0);
    area.current?.focus();
    area.current?.setSelectionRange(at, at);
    area.current?.closest("[data-scroll]")?.scrollTo({ top: Math.max(0, (line - 8) * LINE_PX) });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only where one comes from says where to begin
  useEffect(() => {
    if (line > 0) goTo(line);
  }, [line]);
  // Tab would leave the field, as it must for whoever goes by keys; Alt and the brackets indent.
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== "Enter" || event.metaKey || event.ctrlKey) return;
    const { selectionStart, selectionEnd } = event.currentTarget;
    const line = text.slice(text.lastIndexOf("\n", selectionStart - 1) + 1, selectionStart);
    const indent = (/^\s*/.exec(line)?.[0] ?? "") + (line.trimEnd().endsWith(":") ? INDENT : "");
    if (indent === "") return;
    event.preventDefault();
    event.currentTarget.setRangeText(`\n${indent}`, selectionStart, selectionEnd, "end");
    onChange(event.currentTarget.value);
  };
  return (
    <div className="flex min-h-0 flex-1 border-line border-t max-md:flex-col">
      <div data-scroll className="min-w-0 flex-1 overflow-auto">
        <div className="flex min-h-full min-w-max font-mono text-sm leading-5">
          <ol
            aria-hidden
            className="figures sticky left-0 w-14 shrink-0 select-none border-line border-r bg-page py-3 text-right text-muted"
          >
            {Array.from({ length: lines }, (_, line) => {
              const problem = worst.get(line + 1);
              return (
                <li key={line} title={problem?.message} className={problem ? "bg-pain-soft pr-3 text-pain" : "pr-3"}>
                  {problem && <span className="float-left pl-1">{problem.severity === "error" ? "▼" : "⚑"}</span>}
                  {line + 1}
                </li>
              );
            })}
          </ol>
          <textarea
            ref={area}
            aria-label={label}
            readOnly={readOnly}
            value={text}
            onChange={(event) => onChange(event.target.value)}
            onKeyDown={onKeyDown}
            spellCheck={false}
            wrap="off"
            rows={lines + 1}
            className="field-sizing-content min-w-[70ch] flex-1 resize-none overflow-hidden bg-transparent px-4 py-3 outline-none"
          />
        </div>
      </div>
      {problems.length > 0 && (
        <aside
          aria-label="Problems"
          className="shrink-0 overflow-y-auto border-line bg-surface p-5 max-md:max-h-40 max-md:border-t md:w-80 md:border-l"
        >
          <Problems problems={problems} onLine={goTo} />
        </aside>
      )}
    </div>
  );
}
