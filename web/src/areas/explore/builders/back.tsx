// Who comes back?

import { Select } from "@/ui/Select";
import { Amount, type BuilderProps, IntervalSelect, put, Sentence, StepPicker } from "./parts";

export function Retention({ question, onChange }: BuilderProps) {
  const interval = String(question.interval ?? "week");
  return (
    <Sentence>
      <span className="text-muted">Of those who first did</span>
      <StepPicker
        label="Start"
        step={question.start}
        anything="anything"
        onChange={(start) => onChange(put(question, "start", start))}
      />
      <span className="text-muted">who came back and did</span>
      <StepPicker
        label="Return"
        step={question.return}
        anything="anything"
        onChange={(next) => onChange(put(question, "return", next))}
      />
      <span className="text-muted">by</span>
      <IntervalSelect value={interval} onChange={(next) => onChange(put(question, "interval", next, "week"))} />
      <span className="text-muted">for</span>
      <Amount
        label="Intervals"
        max={400}
        value={Number(question.intervals ?? 12)}
        onChange={(n) => onChange(put(question, "intervals", n, 12))}
      />
      <span className="text-muted">{interval}s</span>
      <Select
        label="When"
        inline
        value={String(question.mode ?? "exact")}
        options={[
          { value: "exact", label: `in just that ${interval}` },
          { value: "on_or_after", label: `in that ${interval} or later` },
        ]}
        onChange={(mode) => onChange(put(question, "mode", mode, "exact"))}
      />
      <Select
        label="Counted"
        inline
        value={String(question.counted ?? "calendar")}
        options={[
          { value: "calendar", label: "by the calendar" },
          { value: "rolling", label: "from each one’s start" },
        ]}
        onChange={(counted) => onChange(put(question, "counted", counted, "calendar"))}
      />
    </Sentence>
  );
}

export function Lifecycle({ question, onChange }: BuilderProps) {
  return (
    <Sentence>
      <span className="text-muted">Who is new, returning, back or silent, being active by</span>
      <StepPicker
        label="Active by"
        step={question.of}
        anything="anything"
        onChange={(of) => onChange(put(question, "of", of))}
      />
      <span className="text-muted">each</span>
      <IntervalSelect
        value={String(question.interval ?? "week")}
        onChange={(interval) => onChange(put(question, "interval", interval, "week"))}
      />
    </Sentence>
  );
}

export function Stickiness({ question, onChange }: BuilderProps) {
  const interval = String(question.interval ?? "day");
  return (
    <Sentence>
      <span className="text-muted">In how many</span>
      <IntervalSelect plural value={interval} onChange={(next) => onChange(put(question, "interval", next, "day"))} />
      <span className="text-muted">of the period is somebody active, by doing</span>
      <StepPicker
        label="Active by"
        step={question.of}
        anything="anything"
        onChange={(of) => onChange(put(question, "of", of))}
      />
      <span className="text-muted">at least</span>
      <Amount
        label="At least so often"
        max={1000}
        value={Number(question.at_least ?? 1)}
        onChange={(n) => onChange(put(question, "at_least", n, 1))}
      />
      <span className="text-muted">
        {question.at_least == null ? "time" : "times"} in a {interval}
      </span>
    </Sentence>
  );
}
