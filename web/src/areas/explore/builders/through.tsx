// Who gets through?

import { Plus, X } from "lucide-react";
import type { JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";
import { Button, IconButton } from "@/ui/Button";
import { Select } from "@/ui/Select";
import {
  Amount,
  type BuilderProps,
  INTERVALS,
  isObject,
  OfSelect,
  put,
  Sentence,
  SpanSelect,
  StepPicker,
  UnitSelect,
} from "./parts";

export function Funnel({ question, onChange }: BuilderProps) {
  const steps = Array.isArray(question.steps) ? question.steps : [];
  const shown = steps.length === 0 ? [{}] : steps;
  const setSteps = (next: JsonValue[]) => onChange({ ...question, steps: next });
  const mode = String(question.mode ?? "default");
  return (
    <div className="flex flex-col gap-3">
      <ol className="flex flex-col gap-2">
        {shown.map((step, index) => (
          <li key={index} className="flex flex-wrap items-center gap-2">
            <span className="w-28 whitespace-nowrap text-muted">{index === 0 ? "People who did" : "then did"}</span>
            <StepPicker
              label={`Step ${index + 1}`}
              step={step}
              onChange={(next) => setSteps(shown.with(index, next ?? {}) as JsonValue[])}
            />
            {shown.length > 1 && (
              <IconButton
                name={`Remove step ${index + 1}`}
                size="small"
                onClick={() => setSteps(shown.toSpliced(index, 1) as JsonValue[])}
              >
                <X size={14} />
              </IconButton>
            )}
          </li>
        ))}
      </ol>
      <Sentence>
        <Button size="small" onClick={() => setSteps([...shown, {}] as JsonValue[])} disabled={shown.length >= 20}>
          <Plus size={14} aria-hidden /> Step
        </Button>
        <span className="text-muted">within</span>
        <SpanSelect
          label="Window"
          value={String(question.window ?? "7d")}
          onChange={(window) => onChange({ ...question, window })}
        />
        <Select
          label="Order"
          inline
          value={mode}
          options={[
            { value: "default", label: "in this order", about: "Other events may happen in between." },
            { value: "strict_order", label: "directly after each other", about: "Any other event ends the attempt." },
            { value: "strict_dedup", label: "without repeating a step", about: "A repetition ends the attempt." },
            { value: "strict_increase", label: "each later than the one before", about: "Not at the same moment." },
            { value: "any_order", label: "in any order", about: "All steps, however they come." },
          ]}
          onChange={(next) => onChange(put(question, "mode", next, "default"))}
        />
        <span className="text-muted">counting</span>
        <UnitSelect question={question} onChange={onChange} />
        <span className="text-muted">shown</span>
        <Select
          label="Shown as"
          inline
          value={String(question.trend ?? "")}
          options={[
            { value: "", label: "as steps" },
            ...INTERVALS.map((interval) => ({ value: interval, label: `over time, by ${interval}` })),
          ]}
          onChange={(trend) => onChange(put(question, "trend", trend, ""))}
        />
      </Sentence>
    </div>
  );
}

export function TimeToConvert({ question, onChange }: BuilderProps) {
  return (
    <Sentence>
      <span className="text-muted">How long from</span>
      <StepPicker
        label="Start"
        step={question.start}
        anything="anything"
        onChange={(start) => onChange(put(question, "start", start))}
      />
      <span className="text-muted">to</span>
      <StepPicker label="Goal" step={question.goal} onChange={(goal) => onChange(put(question, "goal", goal))} />
      <span className="text-muted">looking at most</span>
      <SpanSelect
        label="Window"
        value={String(question.window ?? "30d")}
        onChange={(window) => onChange({ ...question, window })}
      />
    </Sentence>
  );
}

/** How a step of a sequence follows the one before. */
const GAPS = [
  { value: "", label: "at any time later" },
  { value: "directly", label: "directly after", about: "With no event of another step in between." },
  { value: "within", label: "within" },
  { value: "after", label: "not before" },
];

export function Sequence({ question, onChange }: BuilderProps) {
  const steps = Array.isArray(question.steps) && question.steps.length > 0 ? question.steps : [{}, {}];
  const gaps = Array.isArray(question.gaps) ? question.gaps : [];
  const change = (nextSteps: JsonValue[], nextGaps: JsonValue[]) => {
    const all = nextSteps.slice(1).map((_, index) => (isObject(nextGaps[index]) ? nextGaps[index] : {}));
    const some = all.some((gap) => Object.keys(gap).length > 0);
    onChange(put({ ...question, steps: nextSteps }, "gaps", some ? all : undefined));
  };
  const withoutGap = (index: number) => gaps.toSpliced(Math.max(0, index - 1), 1);
  return (
    <div className="flex flex-col gap-3">
      <ol className="flex flex-col gap-2">
        {steps.map((step, index) => (
          <li key={index} className="flex flex-wrap items-center gap-2">
            {index === 0 ? (
              <span className="w-28 whitespace-nowrap text-muted">How many did</span>
            ) : (
              <>
                <span className="text-muted">and</span>
                <GapSelect
                  step={index + 1}
                  gap={gaps[index - 1]}
                  onChange={(gap) => change(steps, Object.assign([...gaps], { [index - 1]: gap }))}
                />
              </>
            )}
            <StepPicker
              label={`Step ${index + 1}`}
              step={step}
              onChange={(next) => change(steps.with(index, next ?? {}), gaps)}
            />
            {steps.length > 2 && (
              <IconButton
                name={`Remove step ${index + 1}`}
                size="small"
                onClick={() => change(steps.toSpliced(index, 1), withoutGap(index))}
              >
                <X size={14} />
              </IconButton>
            )}
          </li>
        ))}
      </ol>
      <Sentence>
        <Button size="small" onClick={() => change([...steps, {}], gaps)} disabled={steps.length >= 32}>
          <Plus size={14} aria-hidden /> Step
        </Button>
        <span className="text-muted">counting</span>
        <UnitSelect question={question} onChange={onChange} />
      </Sentence>
    </div>
  );
}

function GapSelect({
  step,
  gap,
  onChange,
}: {
  step: number;
  gap: JsonValue | undefined;
  onChange: (gap: JsonObject) => void;
}) {
  const own: JsonObject = isObject(gap) ? gap : {};
  const how = own.directly === true ? "directly" : own.within != null ? "within" : own.after != null ? "after" : "";
  const span = String(own[how] ?? "1d");
  return (
    <>
      <Select
        label={`How step ${step} follows`}
        inline
        value={how}
        options={GAPS}
        onChange={(next) => onChange(next === "" ? {} : { [next]: next === "directly" ? true : span })}
      />
      {(how === "within" || how === "after") && (
        <SpanSelect label={`Time before step ${step}`} value={span} onChange={(next) => onChange({ [how]: next })} />
      )}
    </>
  );
}

export function Correlation({ question, onChange }: BuilderProps) {
  return (
    <Sentence>
      <span className="text-muted">Which</span>
      <OfSelect question={question} onChange={onChange} />
      <span className="text-muted">go with reaching</span>
      <StepPicker label="Goal" step={question.goal} onChange={(goal) => onChange(put(question, "goal", goal))} />
      <span className="text-muted">or missing it, within</span>
      <SpanSelect
        label="Window"
        value={String(question.window ?? "30d")}
        onChange={(window) => onChange(put(question, "window", window, "30d"))}
      />
      <span className="text-muted">after</span>
      <StepPicker
        label="Start"
        step={question.start}
        anything="the first event"
        onChange={(start) => onChange(put(question, "start", start))}
      />
      <span className="text-muted">leaving out what fewer than</span>
      <Amount
        label="At least so many"
        max={100_000}
        value={Number(question.at_least ?? 30)}
        onChange={(n) => onChange(put(question, "at_least", n, 30))}
      />
      <span className="text-muted">did</span>
    </Sentence>
  );
}
