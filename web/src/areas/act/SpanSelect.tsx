import { Select } from "@/ui/Select";
import { spanWords } from "@/words/span";

interface SpanSelectProps {
  label: string;
  value: string;
  spans: readonly string[];
  onChange: (span: string) => void;
}

/** A length of time: one of the usual ones, or what it is already. */
export function SpanSelect({ label, value, spans, onChange }: SpanSelectProps) {
  const all = spans.includes(value) ? spans : [...spans, value];
  return (
    <div className="flex flex-col items-start gap-1">
      <span className="font-medium text-sm">{label}</span>
      <Select
        label={label}
        value={value}
        options={all.map((span) => ({ value: span, label: spanWords(span) }))}
        onChange={onChange}
      />
    </div>
  );
}
