// What did each arm bring, how sure is it, and how many are needed to know?

import { Plus, X } from "lucide-react";
import type { JsonObject } from "@/api/contract";
import { FieldPicker } from "@/conditions/pickers";
import { Button, IconButton } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { Popover } from "@/ui/Popover";
import { Select } from "@/ui/Select";
import { list, plural } from "@/words/format";
import { Planner } from "./Planner";
import {
  type BuilderProps,
  countSet,
  Figure,
  Fold,
  isObject,
  names,
  Percent,
  put,
  Say,
  Sentence,
  SpanSelect,
  StepPicker,
} from "./parts";
import { Rows } from "./Rows";

const KINDS = [
  { value: "conversion", label: "the share who did" },
  { value: "mean", label: "how often each did" },
  { value: "ratio", label: "how often they did" },
  { value: "revenue", label: "the money that each brought with" },
];
const METRICS_MAX = 10;

const kindOf = (metric: JsonObject) => String(metric.kind ?? "conversion");

/** What a metric is called, or could be: by its events. */
function titleOf({ name, event }: JsonObject, at: number): string {
  if (typeof name === "string" && name !== "") return name;
  const step = isObject(event) ? event : {};
  return list(names(step.event ?? step.touchpoint ?? step.stage), "or") || `metric ${at + 1}`;
}

/** A difference of a metric: of a share in percentage points, else as it is counted. */
function Effect({
  label,
  of,
  value,
  onChange,
}: {
  label: string;
  of: JsonObject;
  value: number;
  onChange: (effect: number) => void;
}) {
  return kindOf(of) === "conversion" ? (
    <Percent label={label} value={value} points onChange={onChange} />
  ) : (
    <Figure label={label} value={value} onChange={(effect = 0) => onChange(effect)} />
  );
}

export function Experiment(props: BuilderProps) {
  const { question, onChange } = props;
  const metrics = (Array.isArray(question.metrics) ? question.metrics : []).map((one) => (isObject(one) ? one : {}));
  /** The one that decides is named; a guardrail cannot, nor one that is there no more. */
  const set = (next: JsonObject[], primary = question.primary) => {
    const decides = next.some(({ name, guardrail }) => name === primary && guardrail === undefined);
    onChange(put({ ...question, metrics: next }, "primary", decides ? primary : undefined));
  };
  const weights = isObject(question.weights) ? question.weights : {};
  const setControl = (control: string) => {
    const { [String(question.control ?? "")]: own, ...others } = weights;
    const renamed = own === undefined ? question : { ...question, weights: { [control]: own, ...others } };
    onChange(put(renamed, "control", control, ""));
  };
  const deciding =
    metrics.find(({ name }) => name !== undefined && name === question.primary) ??
    metrics.find(({ guardrail }) => guardrail === undefined);
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
          onChange={({ target }) => setControl(target.value)}
        />
        <Say>with</Say>
        <Weights {...props} />
      </Sentence>
      {metrics.map((metric, at) => (
        <Metric
          key={at}
          at={at}
          metric={metric}
          onChange={(next) => {
            const renamed =
              metric.name !== undefined && metric.name === question.primary ? next.name : question.primary;
            set(metrics.with(at, next), renamed);
          }}
          onRemove={metrics.length > 1 ? () => set(metrics.toSpliced(at, 1)) : undefined}
        />
      ))}
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
      <Fold label="What decides, and how many are needed" set={countSet(question, ["primary", "worth", "planned"])}>
        <Sentence>
          <Say>It is decided by</Say>
          <Select
            label="Decided by"
            inline
            value={String(metrics.findIndex(({ name }) => name !== undefined && name === question.primary))}
            options={[
              { value: "-1", label: "the first metric that is no guardrail" },
              ...metrics.flatMap((metric, at) =>
                metric.guardrail === undefined ? [{ value: String(at), label: titleOf(metric, at) }] : [],
              ),
            ]}
            onChange={(chosen) => {
              const [at, metric] = [Number(chosen), metrics[Number(chosen)]];
              if (!metric) return onChange(put(question, "primary", undefined));
              const name = titleOf(metric, at);
              set(metrics.with(at, { ...metric, name }), name);
            }}
          />
          <Say>for which it is worth it from a difference of</Say>
          <Effect
            label="Smallest effect that is worth it"
            of={deciding ?? {}}
            value={Number(question.worth ?? 0)}
            onChange={(worth) => onChange(put(question, "worth", worth, 0))}
          />
          <Say>on, once</Say>
          <Figure
            label="Planned"
            placeholder="so many"
            value={question.planned}
            onChange={(planned) => onChange(put(question, "planned", planned && Math.round(planned), 0))}
          />
          <Say>customers came, over all arms</Say>
          <Planner
            isShare={kindOf(deciding ?? {}) === "conversion"}
            worth={Number(question.worth ?? 0)}
            weights={weights}
            control={String(question.control ?? "")}
            onPlan={(planned) => onChange({ ...question, planned })}
          />
        </Sentence>
      </Fold>
    </div>
  );
}

/** The share of customers that each arm was meant to have. */
function Weights({ question, onChange }: BuilderProps) {
  const weights = isObject(question.weights) ? question.weights : {};
  const control = String(question.control ?? "");
  const rows = Object.entries(weights);
  const set = (next: JsonObject) => {
    const others = Object.keys(next).some((name) => name !== control);
    onChange(put(question, "weights", others ? { [control]: 1, ...next } : undefined));
  };
  return (
    <Popover
      title="Planned shares of the arms"
      className="w-[min(440px,calc(100vw-16px))]"
      trigger={
        <button
          type="button"
          className="h-8 rounded-md border border-line-strong px-2 transition-colors hover:bg-hover data-popup-open:bg-hover"
        >
          {rows.length > 0 ? `planned shares of ${plural(rows.length, "arm")}` : "equal shares"}
        </button>
      }
    >
      <p className="mb-2 text-muted text-sm">
        How many came to each arm is compared with this: 2 and 1 are two thirds and a third. The control is one of them.
      </p>
      <Rows
        key={Object.keys(weights).join("\n")}
        rows={rows}
        words={{ name: "arm", amount: "planned share", of: "Planned share of", more: "Another arm", such: "its name" }}
        first={1}
        onChange={set}
      />
    </Popover>
  );
}

interface MetricProps {
  at: number;
  metric: JsonObject;
  onChange: (metric: JsonObject) => void;
  onRemove?: () => void;
}

function Metric({ at, metric, onChange, onRemove }: MetricProps) {
  const kind = kindOf(metric);
  const guards = metric.guardrail !== undefined;
  const n = at + 1;
  return (
    <>
      <Sentence>
        <Say>{at === 0 ? "Measured is" : "and"}</Say>
        <Select
          label={`Metric ${n}`}
          inline
          value={kind}
          options={KINDS}
          onChange={(next) => {
            const { of: _, property: __, ...rest } = metric;
            onChange(put(next === "ratio" ? { ...rest, of: {} } : rest, "kind", next, "conversion"));
          }}
        />
        <StepPicker
          label={`Events of metric ${n}`}
          step={metric.event}
          onChange={(event) => onChange(put(metric, "event", event))}
        />
        {kind === "ratio" && (
          <>
            <Say>for each</Say>
            <StepPicker
              label={`Divided by, metric ${n}`}
              step={metric.of}
              onChange={(of) => onChange({ ...metric, of: of ?? {} })}
            />
          </>
        )}
        <Say>within</Say>
        <SpanSelect
          label={`Window of metric ${n}`}
          none="the whole period"
          value={String(metric.window ?? "the whole period")}
          onChange={(span) => onChange(put(metric, "window", span, "the whole period"))}
        />
        <Select
          label={`Better, metric ${n}`}
          inline
          value={String(metric.better ?? "more")}
          options={[
            { value: "more", label: "more is better" },
            { value: "less", label: "less is better" },
          ]}
          onChange={(better) => onChange(put(metric, "better", better, "more"))}
        />
        <Select
          label={`Purpose of metric ${n}`}
          inline
          value={guards ? "guardrail" : ""}
          options={[
            { value: "", label: "to decide by" },
            { value: "guardrail", label: "as a guardrail", about: "It must not suffer." },
          ]}
          onChange={(next) => onChange(put(metric, "guardrail", next === "" ? undefined : 0))}
        />
        {guards && (
          <>
            <Say>that may suffer by</Say>
            <Effect
              label={`Margin of metric ${n}`}
              of={metric}
              value={Number(metric.guardrail)}
              onChange={(guardrail) => onChange({ ...metric, guardrail })}
            />
          </>
        )}
        {onRemove && (
          <IconButton name={`Remove metric ${n}`} size="small" onClick={onRemove}>
            <X size={14} />
          </IconButton>
        )}
      </Sentence>
      <div className="pl-4">
        <Fold label={`More of ${titleOf(metric, at)}`} set={countSet(metric, ["name", "property"])}>
          <Sentence>
            <Say>called</Say>
            <Input
              aria-label={`Name of metric ${n}`}
              dir="auto"
              className="w-48"
              placeholder={titleOf({ event: metric.event ?? {} }, at)}
              value={String(metric.name ?? "")}
              onChange={({ target }) => onChange(put(metric, "name", target.value, ""))}
            />
            {kind !== "conversion" && (
              <>
                <Say>adding up</Say>
                <FieldPicker
                  of="property"
                  label={`What of metric ${n} is added up`}
                  none={kind === "revenue" ? "the amounts of money" : "nothing: events are counted"}
                  value={String(metric.property ?? "")}
                  onChange={(property) => onChange(put(metric, "property", property, ""))}
                />
              </>
            )}
          </Sentence>
        </Fold>
      </div>
    </>
  );
}
