// Parts of sentences, and how a question's fields are read and written.

import type { ReactNode } from "react";
import type { Condition, JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";
import { ConditionBuilder } from "@/conditions/ConditionBuilder";
import { ChannelPicker, EventPicker, MapPicker } from "@/conditions/pickers";
import { useContextSearch } from "@/shell/context";
import { Input } from "@/ui/Field";
import { Popover } from "@/ui/Popover";
import { Select } from "@/ui/Select";
import { conditionSentence } from "@/words/condition";
import { spanWords } from "@/words/span";

export interface BuilderProps {
  question: JsonObject;
  onChange: (question: JsonObject) => void;
}

export function Sentence({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap items-center gap-x-2 gap-y-2">{children}</div>;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The question with a field changed; a field at its default is left out, so that addresses stay short. */
export function put(
  question: JsonObject,
  field: string,
  value: JsonValue | undefined,
  ifAbsent?: JsonValue,
): JsonObject {
  const { [field]: _, ...rest } = question;
  return value === undefined || value === ifAbsent ? rest : { ...rest, [field]: value };
}

export const names = (value: JsonValue | undefined): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
export const oneOrMore = (chosen: string[]): JsonValue => (chosen.length === 1 ? (chosen[0] as string) : chosen);

interface StepProps {
  label: string;
  step: JsonValue | undefined;
  onChange: (step: JsonObject | undefined) => void;
  /** What is said when nothing is chosen. */
  anything?: string;
}

/** Events of some sort: by name, or by touchpoint or stage of the map, with a further condition. */
export function StepPicker({ label, step, onChange, anything }: StepProps) {
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

interface SpanProps {
  label: string;
  value: string;
  onChange: (span: string) => void;
  /** What the choice of none is called, if it can be chosen. */
  none?: string;
}

export function SpanSelect({ label, value, onChange, none }: SpanProps) {
  const known = none === undefined ? SPANS : [none, ...SPANS];
  const spans = known.includes(value) ? known : [value, ...known];
  return (
    <Select
      label={label}
      inline
      value={value}
      options={spans.map((span) => ({ value: span, label: span === none ? span : spanWords(span) }))}
      onChange={onChange}
    />
  );
}

export const INTERVALS = ["hour", "day", "week", "month", "quarter", "year"];

export function IntervalSelect({
  value,
  onChange,
  label = "Interval",
  plural,
}: {
  value: string;
  /** As in "how many days". */
  plural?: boolean;
  onChange: (interval: string) => void;
  label?: string;
}) {
  return (
    <Select
      label={label}
      inline
      value={value}
      options={INTERVALS.map((interval) => ({ value: interval, label: plural ? `${interval}s` : interval }))}
      onChange={onChange}
    />
  );
}

const UNITS = [
  { value: "customer", label: "customers" },
  { value: "session", label: "sessions" },
  { value: "household", label: "households" },
];

export function UnitSelect({ question, onChange }: BuilderProps) {
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

/** Words between the settings of a sentence. */
export const Say = ({ children }: { children: ReactNode }) => <span className="text-muted">{children}</span>;

interface SettingProps extends BuilderProps {
  label: string;
  field: string;
  absent: string;
}

/** A setting that is one of some words. */
export function OneOf({
  question,
  onChange,
  label,
  field,
  absent,
  options,
}: SettingProps & { options: readonly (readonly [value: string, label: string, about?: string])[] }) {
  return (
    <Select
      label={label}
      inline
      value={String(question[field] ?? absent)}
      options={options.map(([value, label, about]) => ({ value, label, about }))}
      onChange={(value) => onChange(put(question, field, value, absent))}
    />
  );
}

/** A setting that is a length of time. */
export function SpanOf({ question, onChange, label, field, absent }: SettingProps) {
  return (
    <SpanSelect
      label={label}
      value={String(question[field] ?? absent)}
      onChange={(span) => onChange(put(question, field, span, absent))}
    />
  );
}

/** A share that is written in percent, or a difference of shares in percentage points. */
export function Percent({
  label,
  value,
  max = 100,
  points,
  onChange,
}: {
  label: string;
  value: number;
  max?: number;
  points?: boolean;
  onChange: (share: number) => void;
}) {
  return (
    <span className="inline-flex items-center gap-1">
      <Input
        type="number"
        aria-label={`${label}, in ${points ? "percentage points" : "percent"}`}
        min={0}
        max={max}
        step="any"
        className="w-20"
        value={Number((value * 100).toFixed(6))}
        onChange={(event) => {
          const written = Number(event.target.value);
          if (event.target.value !== "" && written >= 0 && written <= max) onChange(written / 100);
        }}
      />
      {points ? "pt" : "%"}
    </span>
  );
}

export function OfSelect({ question, onChange }: BuilderProps) {
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
export function PlacePicker({
  of,
  label,
  value,
  onChange,
  placeholder,
  several,
}: {
  of: string;
  label: string;
  value: string[];
  onChange: (names: string[]) => void;
  placeholder: string;
  several?: boolean;
}) {
  const props = { label, value, onChange, placeholder, several };
  if (of === "channels") return <ChannelPicker {...props} />;
  if (of === "touchpoints") return <MapPicker of="touchpoints" byName {...props} />;
  return <EventPicker {...props} />;
}

export function Amount({
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

/** A number of any size, or none. */
export function Figure({
  label,
  value,
  placeholder,
  onChange,
}: {
  label: string;
  value: JsonValue | undefined;
  /** What it means to write none. */
  placeholder?: string;
  onChange: (figure: number | undefined) => void;
}) {
  return (
    <Input
      type="number"
      aria-label={label}
      min={0}
      step="any"
      placeholder={placeholder}
      className="w-28"
      value={typeof value === "number" ? value : ""}
      onChange={({ target }) => {
        if (target.value === "") onChange(undefined);
        else if (Number(target.value) >= 0) onChange(Number(target.value));
      }}
    />
  );
}

/** Settings that are seldom needed; while they are folded, it is said how many of them are set. */
export function Fold({ label, set, children }: { label: string; set: number; children: ReactNode }) {
  return (
    <details>
      <summary className="w-max max-w-full text-muted text-sm hover:text-ink">
        {label}
        {set > 0 && <span className="figures">, {set} set</span>}
      </summary>
      <div className="mt-2 flex flex-col gap-2">{children}</div>
    </details>
  );
}

/** How many of these fields are not as they are by themselves. */
export const countSet = (own: JsonObject, fields: readonly string[]) =>
  fields.filter((field) => own[field] !== undefined).length;
