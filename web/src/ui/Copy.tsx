import { Check, Copy as CopyIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "./Button";
import { classes } from "./classes";

/** Copies a text, and says for a moment that it did. */
export function CopyButton({ text, name = "Copy" }: { text: string; name?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Button size="small" onClick={() => copy(text).then(() => setCopied(true))} aria-label={name} title={name}>
      {copied ? <Check size={14} aria-hidden /> : <CopyIcon size={14} aria-hidden />}
      <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
    </Button>
  );
}

/** The clipboard is there only in pages that the browser calls secure; elsewhere a selected text is copied. */
export async function copy(text: string) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Lines to be copied: a snippet, a command, a file. */
export function Code({ text, label, className }: { text: string; label: string; className?: string }) {
  return (
    <div className={classes("relative rounded-lg border border-line bg-sunken", className)}>
      <section aria-label={label} tabIndex={0} className="overflow-x-auto p-3 pr-24">
        <pre className="font-mono text-sm">{text}</pre>
      </section>
      <div className="absolute top-2 right-2 rounded-md bg-surface">
        <CopyButton text={text} name={`Copy: ${label}`} />
      </div>
    </div>
  );
}
