import { useEffect, useRef } from "react";
import { classes } from "@/ui/classes";

interface TextEditorProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  readOnly?: boolean;
  /** Lines with something wrong, from 1. */
  problems?: readonly { line: number; column?: number }[];
  rows?: number;
}

const LINE_PX = 20;

/** A file as text, with the numbers of its lines; the cursor goes to what is wrong. */
export function TextEditor({ label, value, onChange, readOnly, problems = [], rows = 18 }: TextEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = value.split("\n");
  const wrong = new Set(problems.map(({ line }) => line));
  const [first] = problems;
  useEffect(() => {
    if (!first || !area.current) return;
    const before = area.current.value.split("\n").slice(0, first.line - 1);
    const at = before.join("\n").length + (before.length > 0 ? 1 : 0) + Math.max(0, (first.column ?? 1) - 1);
    area.current.focus();
    area.current.setSelectionRange(at, at);
    area.current.scrollTop = Math.max(0, (first.line - 4) * LINE_PX);
  }, [first]);
  return (
    <div className="flex overflow-hidden rounded-md border border-line-strong bg-surface font-mono text-sm focus-within:outline-2 focus-within:outline-delight">
      <div
        ref={gutter}
        aria-hidden
        className="shrink-0 select-none overflow-hidden border-line border-r bg-sunken py-2 text-right text-muted"
      >
        {lines.map((_, index) => (
          <div
            key={index}
            className={classes("px-2 leading-5", wrong.has(index + 1) && "bg-pain-soft font-semibold text-pain")}
          >
            {wrong.has(index + 1) ? "▼ " : ""}
            {index + 1}
          </div>
        ))}
      </div>
      <textarea
        ref={area}
        aria-label={label}
        aria-invalid={wrong.size > 0 || undefined}
        value={value}
        readOnly={readOnly}
        rows={rows}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
        className="min-w-0 flex-1 resize-y bg-transparent px-3 py-2 leading-5 outline-none"
      />
    </div>
  );
}
