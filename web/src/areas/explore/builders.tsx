// One sentence for each analysis: what is asked, with its settings as parts of the sentence.

import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import type { Condition, JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";
import { ConditionBuilder } from "@/conditions/ConditionBuilder";
import { ChannelPicker, EventPicker, FieldPicker, MapPicker } from "@/conditions/pickers";
import { useContextSearch } from "@/shell/context";
import { Button, IconButton } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { Popover } from "@/ui/Popover";
import { Select } from "@/ui/Select";
import { conditionSentence } from "@/words/condition";
import { spanWords } from "@/words/span";

export interface BuilderProps {
  question: JsonObject;
  onChange: (question: JsonObject) => void;
}

export const BUILDERS: Record<string, (props: BuilderProps) => ReactNode> = {
  funnel: Funnel,
  time_to_convert: TimeToConvert,
  paths: Paths,
  follows: Follows,
  variants: Variants,
  retention: Retention,
  lifecycle: Lifecycle,
  trends: Trends,
};

function Sentence({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap items-center gap-x-2 gap-y-2">{children}</div>;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The question with a field changed; a field at its default is left out, so that addresses stay short. */
function put(question: JsonObject, field: string, value: JsonValue | undefined, ifAbsent?: JsonValue): JsonObject {
  const { [field]: _, ...rest } = question;
  return value === undefined || value === ifAbsent ? rest : { ...rest, [field]: value };
}

const names = (value: JsonValue | undefined): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
const oneOrMore = (chosen: string[]): JsonValue => (chosen.length === 1 ? (chosen[0] as string) : chosen);

// ——— parts of sentences ———

interface StepProps {
  label: string;
  step: JsonValue | undefined;
  onChange: (step: JsonObject | undefined) => void;
  /** What is said when nothing is chosen. */
  anything?: string;
}

/** Events of some sort: by name, or by touchpoint or stage of the map, with a further condition. */
function StepPicker({ label, step, onChange, anything }: StepProps) {
  const { map } = useContextSearch();
  const own: JsonObject = isObject(step) ? step : {};
  const head = own.touchpoint !== undefined ? "touchpoint" : own.stage !== undefined ? "stage" : "event";
  const chosen = names(own[head]);
  const where = own.where as Condition | undefined;
  const choose = (next: string[]) => {
    const { event: _e, touchpoint: _t, stage: _s, name: _n, ...rest } = own;
    const changed: JsonObject = next.length === 0 ? rest : { ...rest, [head]: oneOrMore(next) };
    onChange(Object.keys(changed).length === 0 ? undefined : changed);
  };
  const setHead = (next: string) => {
    const { event: _e, touchpoint: _t, stage: _s, name: _n, ...rest } = own;
    onChange({ ...rest, [next]: [] });
  };
  const setWhere = (condition: Condition | undefined) => {
    const changed = put(own, "where", condition as JsonValue | undefined);
    onChange(Object.keys(changed).length === 0 ? undefined : changed);
  };
  return (
    <span className="inline-flex max-w-full flex-wrap items-center gap-1">
      {(map || head !== "event") && (
        <Select
          label={`${label}: kind`}
          inline
          value={head}
          options={[
            { value: "event", label: "event" },
            { value: "touchpoint", label: "touchpoint" },
            { value: "stage", label: "stage" },
          ]}
          onChange={setHead}
        />
      )}
      {head === "event" ? (
        <EventPicker label={label} value={chosen} onChange={choose} placeholder={anything ?? "choose an event"} />
      ) : (
        <MapPicker of={head === "stage" ? "stages" : "touchpoints"} label={label} value={chosen} onChange={choose} />
      )}
      <Popover
        title={`${label}: where`}
        className="w-[min(560px,calc(100vw-16px))]"
        trigger={
          <button
            type="button"
            className="h-8 max-w-60 truncate rounded-md px-1.5 text-muted text-sm hover:bg-hover hover:text-ink"
            dir="auto"
          >
            {where === undefined ? "where …" : `where ${conditionSentence(where)}`}
          </button>
        }
      >
        <ConditionBuilder
          about="events"
          value={where}
          onChange={setWhere}
          empty="Only such events that meet a condition."
        />
      </Popover>
    </span>
  );
}

const SPANS = ["30m", "1h", "12h", "1d", "3d", "7d", "14d", "30d", "60d", "90d", "180d", "365d"];

function SpanSelect({ label, value, onChange }: { label: string; value: string; onChange: (span: string) => void }) {
  const spans = SPANS.includes(value) ? SPANS : [value, ...SPANS];
  return (
    <Select
      label={label}
      inline
      value={value}
      options={spans.map((span) => ({ value: span, label: spanWords(span) }))}
      onChange={onChange}
    />
  );
}

const INTERVALS = ["hour", "day", "week", "month", "quarter", "year"];

function IntervalSelect({
  value,
  onChange,
  label = "Interval",
}: {
  value: string;
  onChange: (interval: string) => void;
  label?: string;
}) {
  return (
    <Select
      label={label}
      inline
      value={value}
      options={INTERVALS.map((interval) => ({ value: interval, label: interval }))}
      onChange={onChange}
    />
  );
}

const UNITS = [
  { value: "customer", label: "customers" },
  { value: "session", label: "sessions" },
  { value: "household", label: "households" },
];

function UnitSelect({ question, onChange }: BuilderProps) {
  const { unit } = question;
  const own =
    isObject(unit) && typeof unit.id === "string" ? [{ value: `id:${unit.id}`, label: `each ${unit.id}` }] : [];
  const value = own[0]?.value ?? String(unit ?? "customer");
  return (
    <Select
      label="Counting"
      inline
      value={value}
      options={[...UNITS, ...own]}
      onChange={(next) => !next.startsWith("id:") && onChange(put(question, "unit", next, "customer"))}
    />
  );
}

function OfSelect({ question, onChange }: BuilderProps) {
  const { map } = useContextSearch();
  const value = String(question.of ?? "events");
  return (
    <Select
      label="Made of"
      inline
      value={value}
      options={[
        { value: "events", label: "events" },
        { value: "channels", label: "channels" },
        ...(map || value === "touchpoints" ? [{ value: "touchpoints", label: "touchpoints" }] : []),
      ]}
      onChange={(of) => onChange(put(question, "of", of, "events"))}
    />
  );
}

/** Names of what a sequence is made of. */
function PlacePicker({
  of,
  label,
  value,
  onChange,
  placeholder,
}: {
  of: string;
  label: string;
  value: string[];
  onChange: (names: string[]) => void;
  placeholder: string;
}) {
  const props = { label, value, onChange, placeholder };
  if (of === "channels") return <ChannelPicker {...props} />;
  if (of === "touchpoints") return <MapPicker of="touchpoints" {...props} />;
  return <EventPicker {...props} />;
}

function Amount({
  label,
  value,
  min = 1,
  max,
  onChange,
}: {
  label: string;
  value: number;
  min?: number;
  max: number;
  onChange: (n: number) => void;
}) {
  return (
    <Input
      type="number"
      aria-label={label}
      min={min}
      max={max}
      className="w-16"
      value={value}
      onChange={(event) => {
        const n = Math.round(Number(event.target.value));
        if (n >= min && n <= max) onChange(n);
      }}
    />
  );
}

// ——— the sentences ———

function Funnel({ question, onChange }: BuilderProps) {
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

function TimeToConvert({ question, onChange }: BuilderProps) {
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

function Paths({ question, onChange }: BuilderProps) {
  const of = String(question.of ?? "events");
  return (
    <Sentence>
      <span className="text-muted">Which</span>
      <OfSelect question={question} onChange={onChange} />
      <span className="text-muted">come from</span>
      <PlacePicker
        of={of}
        label="Start"
        value={names(question.start)}
        placeholder="the beginning"
        onChange={(next) => onChange(put(question, "start", next.length ? oneOrMore(next) : undefined))}
      />
      <span className="text-muted">to</span>
      <PlacePicker
        of={of}
        label="End"
        value={names(question.end)}
        placeholder="wherever"
        onChange={(next) => onChange(put(question, "end", next.length ? oneOrMore(next) : undefined))}
      />
      <span className="text-muted">without</span>
      <PlacePicker
        of={of}
        label="Left out"
        value={names(question.without)}
        placeholder="nothing"
        onChange={(next) => onChange(put(question, "without", next.length ? oneOrMore(next) : undefined))}
      />
      <span className="text-muted">in</span>
      <Amount
        label="Steps shown"
        min={2}
        max={20}
        value={Number(question.steps ?? 5)}
        onChange={(steps) => onChange(put(question, "steps", steps, 5))}
      />
      <span className="text-muted">steps, with the</span>
      <Amount
        label="Places per step"
        max={40}
        value={Number(question.top ?? 10)}
        onChange={(top) => onChange(put(question, "top", top, 10))}
      />
      <span className="text-muted">most frequent of each, counting</span>
      <UnitSelect question={question} onChange={onChange} />
    </Sentence>
  );
}

function Follows({ question, onChange }: BuilderProps) {
  return (
    <Sentence>
      <span className="text-muted">Which</span>
      <OfSelect question={question} onChange={onChange} />
      <span className="text-muted">come</span>
      <Select
        label="How soon"
        inline
        value={question.eventually === true ? "eventually" : "directly"}
        options={[
          { value: "directly", label: "directly after each other" },
          {
            value: "eventually",
            label: "at some time after each other",
            about: "Once per journey, whatever lies in between.",
          },
        ]}
        onChange={(next) => onChange(put(question, "eventually", next === "eventually", false))}
      />
      <span className="text-muted">counting repetitions</span>
      <Select
        label="Repetitions"
        inline
        value={question.collapse === true ? "one" : "each"}
        options={[
          { value: "each", label: "each" },
          { value: "one", label: "as one" },
        ]}
        onChange={(next) => onChange(put(question, "collapse", next === "one", false))}
      />
      <span className="text-muted">in journeys of</span>
      <UnitSelect question={question} onChange={onChange} />
    </Sentence>
  );
}

function Variants({ question, onChange }: BuilderProps) {
  return (
    <Sentence>
      <span className="text-muted">The</span>
      <Amount
        label="How many"
        max={200}
        value={Number(question.top ?? 20)}
        onChange={(top) => onChange(put(question, "top", top, 20))}
      />
      <span className="text-muted">most frequent sequences of</span>
      <OfSelect question={question} onChange={onChange} />
      <span className="text-muted">in journeys of</span>
      <UnitSelect question={question} onChange={onChange} />
      <span className="text-muted">counting repetitions</span>
      <Select
        label="Repetitions"
        inline
        value={question.collapse === true ? "one" : "each"}
        options={[
          { value: "one", label: "as one" },
          { value: "each", label: "each" },
        ]}
        onChange={(next) => onChange(put(question, "collapse", next === "one", false))}
      />
    </Sentence>
  );
}

function Retention({ question, onChange }: BuilderProps) {
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

function Lifecycle({ question, onChange }: BuilderProps) {
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

const SHOWS = [
  { value: "events", label: "how many" },
  { value: "customers", label: "how many customers with" },
  { value: "sum", label: "the sum of" },
  { value: "mean", label: "the mean of" },
  { value: "median", label: "the median of" },
  { value: "p90", label: "the 90th percentile of" },
  { value: "p99", label: "the 99th percentile of" },
  { value: "min", label: "the smallest" },
  { value: "max", label: "the largest" },
];
const OF_A_PROPERTY = ["sum", "mean", "median", "p90", "p99", "min", "max"];

function Trends({ question, onChange }: BuilderProps) {
  const measures = Array.isArray(question.measures) ? question.measures.map((one) => (isObject(one) ? one : {})) : [];
  const setMeasures = (next: JsonObject[]) => onChange({ ...question, measures: next });
  const formulas = Array.isArray(question.formulas) ? question.formulas.map((one) => (isObject(one) ? one : {})) : [];
  const setFormulas = (next: JsonObject[]) => onChange(put(question, "formulas", next.length > 0 ? next : undefined));
  return (
    <div className="flex flex-col gap-2">
      {measures.map((measure, index) => {
        const show = String(measure.show ?? "events");
        return (
          <Sentence key={index}>
            <span className="w-5 text-muted text-sm">{String.fromCharCode(65 + index)}</span>
            <Select
              label={`Measure ${index + 1}`}
              inline
              value={show}
              options={SHOWS}
              onChange={(next) => {
                const { property, ...rest } = measure;
                const kept: JsonObject = OF_A_PROPERTY.includes(next) ? { property: property ?? "amount" } : {};
                setMeasures(measures.with(index, { ...rest, show: next, ...kept }));
              }}
            />
            {OF_A_PROPERTY.includes(show) && (
              <>
                <FieldPicker
                  of="property"
                  label="Property"
                  value={String(measure.property ?? "")}
                  onChange={(property) => setMeasures(measures.with(index, { ...measure, property }))}
                />
                <span className="text-muted">of</span>
              </>
            )}
            <StepPicker
              label={`Events of measure ${index + 1}`}
              step={measure.of}
              anything="all events"
              onChange={(of) => setMeasures(measures.with(index, put(measure, "of", of)))}
            />
            {measures.length > 1 && (
              <IconButton
                name="Remove this measure"
                size="small"
                onClick={() => setMeasures(measures.toSpliced(index, 1))}
              >
                <X size={14} />
              </IconButton>
            )}
          </Sentence>
        );
      })}
      {formulas.map((formula, index) => (
        <Sentence key={index}>
          <span className="w-5 text-muted text-sm">=</span>
          <Input
            aria-label="Name of the formula"
            className="w-40"
            defaultValue={String(formula.name ?? "")}
            onBlur={(event) => setFormulas(formulas.with(index, { ...formula, name: event.target.value }))}
          />
          <Input
            aria-label="Formula"
            className="w-40"
            defaultValue={String(formula.formula ?? "")}
            placeholder="B / A"
            onBlur={(event) => setFormulas(formulas.with(index, { ...formula, formula: event.target.value }))}
          />
          <IconButton name="Remove this formula" size="small" onClick={() => setFormulas(formulas.toSpliced(index, 1))}>
            <X size={14} />
          </IconButton>
        </Sentence>
      ))}
      <Sentence>
        <Button
          size="small"
          onClick={() => setMeasures([...measures, { show: "events" }])}
          disabled={measures.length >= 20}
        >
          <Plus size={14} aria-hidden /> Measure
        </Button>
        {measures.length > 1 && (
          <Button
            size="small"
            look="quiet"
            onClick={() => setFormulas([...formulas, { name: "ratio", formula: "B / A" }])}
          >
            <Plus size={14} aria-hidden /> Formula
          </Button>
        )}
        <span className="text-muted">each</span>
        <IntervalSelect
          value={String(question.interval ?? "day")}
          onChange={(interval) => onChange(put(question, "interval", interval, "day"))}
        />
      </Sentence>
    </div>
  );
}
