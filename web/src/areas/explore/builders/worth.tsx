// What is it worth, and how sure?

import { Plus, X } from "lucide-react";
import type { JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";
import { FieldPicker } from "@/conditions/pickers";
import { useContextSearch } from "@/shell/context";
import { Button, IconButton } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { Select } from "@/ui/Select";
import {
  type BuilderProps,
  INTERVALS,
  isObject,
  OneOf,
  Percent,
  put,
  Say,
  Sentence,
  SpanOf,
  SpanSelect,
  StepPicker,
} from "./parts";
import { Spend } from "./Spend";

type Option = readonly [value: string, label: string, about?: string];

export function Attribution(props: BuilderProps) {
  const { question, onChange } = props;
  const { map } = useContextSearch();
  const by = String(question.by ?? "channel");
  const { property: _, ...rest } = question;
  return (
    <div className="flex flex-col gap-2">
      <Sentence>
        <Say>Credit</Say>
        <OneOf
          {...props}
          label="What is divided"
          field="divide"
          absent="conversions"
          options={[
            ["conversions", "each"],
            ["value", "the value of each"],
          ]}
        />
        <StepPicker
          label="Conversion"
          step={question.conversion}
          onChange={(conversion) => onChange(put(question, "conversion", conversion))}
        />
        <Say>to the</Say>
        <Select
          label="By"
          inline
          value={by}
          options={[
            { value: "channel", label: "channels" },
            // Touchpoints are those of a map.
            ...(map || by === "touchpoint" ? [{ value: "touchpoint", label: "touchpoints" }] : []),
            { value: "property", label: "values of" },
          ]}
          onChange={(next) =>
            onChange(put(next === "property" ? { ...rest, property: "campaign" } : rest, "by", next, "channel"))
          }
        />
        {by === "property" && (
          <FieldPicker
            of="property"
            label="Property of touches"
            value={String(question.property ?? "")}
            onChange={(property) => onChange({ ...question, property })}
          />
        )}
        <Say>touched within</Say>
        <SpanOf {...props} label="Window" field="window" absent="30d" />
        <Say>before</Say>
      </Sentence>
      <Sentence>
        <Say>counting</Say>
        <Select
          label="Which conversions"
          inline
          value={question.first_only === true ? "first" : ""}
          options={[
            { value: "", label: "every conversion" },
            { value: "first", label: "the first of each customer" },
          ]}
          onChange={(value) => onChange(put(question, "first_only", value === "first", false))}
        />
        <Say>Markov remembers</Say>
        <Select
          label="Order"
          inline
          value={String(question.order ?? 1)}
          options={["1", "2", "3", "4"].map((value) => ({
            value,
            label: value === "1" ? "1 touch" : `${value} touches`,
          }))}
          onChange={(value) => onChange(put(question, "order", Number(value), 1))}
        />
        <Say>and time decay halves in</Say>
        <SpanOf {...props} label="Half-life" field="half_life" absent="7d" />
        <Say>with</Say>
        <Spend {...props} />
      </Sentence>
    </div>
  );
}

export function Lifetime(props: BuilderProps) {
  const { question, onChange } = props;
  const by = isObject(question.by) ? question.by : {};
  const [head = "", of] = Object.entries(by)[0] ?? [];
  const kind = head === "first" && of === "channel" ? "channel" : head;
  return (
    <div className="flex flex-col gap-2">
      <Sentence>
        <Say>What customers are worth who did</Say>
        <StepPicker
          label="Purchase"
          step={question.purchase}
          onChange={(purchase) => onChange(put(question, "purchase", purchase))}
        />
        <Say>so far, and in the next</Say>
        <SpanOf {...props} label="Horizon" field="horizon" absent="365d" />
        <Say>by</Say>
        <Select
          label="By"
          inline
          value={kind}
          options={[
            { value: "", label: "how often and how lately they bought" },
            { value: "channel", label: "the channel they came by" },
            { value: "first", label: "the first" },
            { value: "trait", label: "the trait" },
            { value: "cohort", label: "the time of the first purchase" },
          ]}
          onChange={(next) => {
            const chosen: Record<string, JsonObject> = {
              channel: { first: "channel" },
              first: { first: "campaign" },
              trait: { trait: "country" },
              cohort: { cohort: "month" },
            };
            onChange(put(question, "by", chosen[next]));
          }}
        />
        {(kind === "first" || kind === "trait") && (
          <FieldPicker
            of={kind === "trait" ? "trait" : "property"}
            label="By which"
            value={String(of ?? "")}
            onChange={(name) => onChange({ ...question, by: { [head]: name } })}
          />
        )}
        {kind === "cohort" && (
          <Select
            label="Cohorts"
            inline
            value={String(of)}
            options={INTERVALS.slice(1).map((value) => ({ value, label: `by ${value}` }))}
            onChange={(cohort) => onChange({ ...question, by: { cohort } })}
          />
        )}
      </Sentence>
      <Sentence>
        <Say>with a margin of</Say>
        <Percent
          label="Margin"
          value={Number(question.margin ?? 1)}
          onChange={(margin) => onChange(put(question, "margin", margin, 1))}
        />
        <Say>less</Say>
        <Percent
          label="Discount a year"
          max={1000}
          value={Number(question.discount ?? 0.1)}
          onChange={(discount) => onChange(put(question, "discount", discount, 0.1))}
        />
        <Say>a year, by</Say>
        <OneOf
          {...props}
          label="Model"
          field="model"
          absent="bg_nbd"
          options={[
            ["bg_nbd", "BG/NBD", "Customers drop out after a repeat purchase, or never."],
            ["mbg_nbd", "MBG/NBD", "They may drop out after the first purchase, too."],
            ["pareto_nbd", "Pareto/NBD", "They drop out at any time."],
          ]}
        />
        <Say>showing</Say>
        <OneOf
          {...props}
          label="Show"
          field="show"
          absent="value"
          options={[
            ["value", "their value"],
            ["holdout", "how well it foretold the last months"],
          ]}
        />
      </Sentence>
    </div>
  );
}

export function Rfm(props: BuilderProps) {
  const { question, onChange } = props;
  return (
    <Sentence>
      <Say>Customers who did</Say>
      <StepPicker
        label="Purchase"
        step={question.purchase}
        onChange={(purchase) => onChange(put(question, "purchase", purchase))}
      />
      <Say>by how lately, how often and how much, in</Say>
      <Say>{isObject(question.cuts) ? "groups with your cut points," : "fifths,"}</Say>
      <Say>as</Say>
      <OneOf
        {...props}
        label="Show"
        field="show"
        absent="segments"
        options={[
          ["segments", "named segments"],
          ["scores", "scores from 1 to 5"],
        ]}
      />
    </Sentence>
  );
}

export function Survival(props: BuilderProps) {
  const { question, onChange } = props;
  const { event, churn, ...rest } = question;
  const lost = churn !== undefined;
  const idle = isObject(churn) ? String(churn.idle ?? "30d") : "30d";
  const show = String(question.show ?? "curves");
  return (
    <div className="flex flex-col gap-2">
      <Sentence>
        <Say>How long from the first</Say>
        <StepPicker
          label="Start"
          step={question.start}
          anything="event of all"
          onChange={(start) => onChange(put(question, "start", start))}
        />
        <Say>until</Say>
        <Select
          label="Until"
          inline
          value={lost ? "lost" : "event"}
          options={[
            { value: "event", label: "they do" },
            { value: "lost", label: "they are lost" },
          ]}
          onChange={(next) => onChange(next === "lost" ? { ...rest, churn: { idle } } : rest)}
        />
        {lost ? (
          <>
            <Say>having done it no more for</Say>
            <SpanSelect
              label="Idle"
              value={idle}
              onChange={(next) => onChange({ ...question, churn: { idle: next } })}
            />
          </>
        ) : (
          <StepPicker label="Event" step={event} onChange={(next) => onChange(put(question, "event", next))} />
        )}
        <Say>looking at most</Say>
        <SpanOf {...props} label="Horizon" field="horizon" absent="90d" />
      </Sentence>
      <Sentence>
        <Say>showing</Say>
        <OneOf
          {...props}
          label="Show"
          field="show"
          absent="curves"
          options={[
            ["curves", "curves"],
            ["hazards", "what makes it happen sooner"],
            ["risk", "bands of risk"],
          ]}
        />
        {show === "curves" ? (
          <>
            <Say>for</Say>
            <KnownPicker
              label="Curves for each"
              none="everybody together"
              value={question.by}
              onChange={(by) => onChange(put(question, "by", by))}
            />
          </>
        ) : (
          <Covariates {...props} />
        )}
      </Sentence>
    </div>
  );
}

const KNOWN: Option[] = [
  ["trait", "the trait"],
  ["property", "the property at the start"],
];

/** A trait, or a property of the event at the start. */
function KnownPicker({
  label,
  none,
  value,
  onChange,
}: {
  label: string;
  none?: string;
  value: JsonValue | undefined;
  onChange: (known: JsonObject | undefined) => void;
}) {
  const [head = "", of] = isObject(value) ? (Object.entries(value)[0] ?? []) : [];
  const options = none === undefined ? KNOWN : [["", none] as const, ...KNOWN];
  return (
    <>
      <Select
        label={label}
        inline
        value={head}
        options={options.map(([value, label]) => ({ value, label }))}
        onChange={(next) => onChange(next === "" ? undefined : { [next]: next === "trait" ? "country" : "channel" })}
      />
      {head !== "" && (
        <FieldPicker
          of={head === "trait" ? "trait" : "property"}
          label={`${label}: which`}
          value={String(of ?? "")}
          onChange={(name) => onChange({ [head]: name })}
        />
      )}
    </>
  );
}

const COVARIATES_MAX = 12;

function Covariates({ question, onChange }: BuilderProps) {
  const covariates = Array.isArray(question.covariates) ? question.covariates : [];
  const set = (next: JsonValue[]) => onChange(put(question, "covariates", next.length > 0 ? next : undefined));
  return (
    <>
      <Say>by</Say>
      {covariates.map((one, at) => (
        <span key={at} className="inline-flex flex-wrap items-center gap-1">
          <KnownPicker
            label={`Covariate ${at + 1}`}
            value={one}
            onChange={(next) => next && set(covariates.with(at, next))}
          />
          <IconButton name={`Remove covariate ${at + 1}`} size="small" onClick={() => set(covariates.toSpliced(at, 1))}>
            <X size={14} />
          </IconButton>
        </span>
      ))}
      <Button
        size="small"
        disabled={covariates.length >= COVARIATES_MAX}
        onClick={() => set([...covariates, { property: "channel" }])}
      >
        <Plus size={14} aria-hidden /> Covariate
      </Button>
    </>
  );
}

const KINDS: Option[] = [
  ["conversion", "the share who did"],
  ["mean", "how often each did"],
  ["ratio", "how often they did"],
  ["revenue", "the money that each brought with"],
];
const METRICS_MAX = 10;

export function Experiment(props: BuilderProps) {
  const { question, onChange } = props;
  const metrics = (Array.isArray(question.metrics) ? question.metrics : []).map((one) => (isObject(one) ? one : {}));
  const set = (next: JsonObject[]) => onChange({ ...question, metrics: next });
  return (
    <div className="flex flex-col gap-2">
      <Sentence>
        <Say>Arms were assigned by</Say>
        <StepPicker
          label="Exposure"
          step={question.exposure}
          onChange={(exposure) => onChange(put(question, "exposure", exposure))}
        />
        <Say>in</Say>
        <FieldPicker
          of="property"
          label="Property with the arm"
          value={String(question.arm ?? "")}
          onChange={(arm) => onChange({ ...question, arm })}
        />
        <Say>the control is</Say>
        <Input
          aria-label="Control"
          className="w-36"
          dir="auto"
          value={String(question.control ?? "")}
          onChange={({ target: { value: control } }) => onChange(put(question, "control", control, ""))}
        />
      </Sentence>
      {metrics.map((metric, at) => {
        const change = (next: JsonObject) => set(metrics.with(at, next));
        const kind = String(metric.kind ?? "conversion");
        const guards = metric.guardrail !== undefined;
        return (
          <Sentence key={at}>
            <Say>{at === 0 ? "Measured is" : "and"}</Say>
            <Select
              label={`Metric ${at + 1}`}
              inline
              value={kind}
              options={KINDS.map(([value, label]) => ({ value, label }))}
              onChange={(next) => {
                const { of: _, property: __, ...rest } = metric;
                change(put(next === "ratio" ? { ...rest, of: {} } : rest, "kind", next, "conversion"));
              }}
            />
            <StepPicker
              label={`Events of metric ${at + 1}`}
              step={metric.event}
              onChange={(event) => change(put(metric, "event", event))}
            />
            {kind === "ratio" && (
              <>
                <Say>for each</Say>
                <StepPicker
                  label={`Divided by, metric ${at + 1}`}
                  step={metric.of}
                  onChange={(of) => change({ ...metric, of: of ?? {} })}
                />
              </>
            )}
            <Say>within</Say>
            <SpanSelect
              label={`Window of metric ${at + 1}`}
              none="the whole period"
              value={String(metric.window ?? "the whole period")}
              onChange={(span) => change(put(metric, "window", span, "the whole period"))}
            />
            <Select
              label={`Better, metric ${at + 1}`}
              inline
              value={String(metric.better ?? "more")}
              options={[
                { value: "more", label: "more is better" },
                { value: "less", label: "less is better" },
              ]}
              onChange={(better) => change(put(metric, "better", better, "more"))}
            />
            <Select
              label={`Purpose of metric ${at + 1}`}
              inline
              value={guards ? "guardrail" : ""}
              options={[
                { value: "", label: "to decide by" },
                { value: "guardrail", label: "as a guardrail", about: "It must not suffer." },
              ]}
              onChange={(next) => change(put(metric, "guardrail", next === "" ? undefined : 0))}
            />
            {metrics.length > 1 && (
              <IconButton name={`Remove metric ${at + 1}`} size="small" onClick={() => set(metrics.toSpliced(at, 1))}>
                <X size={14} />
              </IconButton>
            )}
          </Sentence>
        );
      })}
      <Sentence>
        <Button size="small" disabled={metrics.length >= METRICS_MAX} onClick={() => set([...metrics, {}])}>
          <Plus size={14} aria-hidden /> Metric
        </Button>
        <Say>with intervals that hold</Say>
        <Select
          label="Intervals"
          inline
          value={question.sequential === true ? "always" : ""}
          options={[
            { value: "", label: "at the end" },
            { value: "always", label: "however often one looks", about: "They are wider." },
          ]}
          onChange={(value) => onChange(put(question, "sequential", value === "always", false))}
        />
        <Say>steadied by</Say>
        <SpanSelect
          label="Time before"
          none="nothing before"
          value={String(question.cuped ?? "nothing before")}
          onChange={(span) => onChange(put(question, "cuped", span, "nothing before"))}
        />
        <Say>and told for each</Say>
        <FieldPicker
          of="trait"
          label="Segments"
          none="customer alike"
          value={String(question.by ?? "")}
          onChange={(by) => onChange(put(question, "by", by, ""))}
        />
      </Sentence>
    </div>
  );
}
