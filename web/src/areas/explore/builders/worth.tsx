// What is it worth, and how sure?

import { Plus, X } from "lucide-react";
import type { JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";
import { FieldPicker } from "@/conditions/pickers";
import { useContextSearch } from "@/shell/context";
import { Button, IconButton } from "@/ui/Button";
import { Select } from "@/ui/Select";
import {
  type BuilderProps,
  countSet,
  Figure,
  Fold,
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
        <Say>counting</Say>
        <FieldPicker
          of="property"
          label="What a purchase brought"
          none="their amounts of money"
          value={String(question.property ?? "")}
          onChange={(property) => onChange(put(question, "property", property, ""))}
        />
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
            ["holdout", "how well it foretold what came"],
          ]}
        />
        {question.show === "holdout" && (
          <>
            <Say>in the last</Say>
            <SpanSelect
              label="Held back"
              none="third of the period"
              value={String(question.holdout ?? "third of the period")}
              onChange={(span) => onChange(put(question, "holdout", span, "third of the period"))}
            />
          </>
        )}
      </Sentence>
    </div>
  );
}

const CUTS: [field: string, what: string, first: number[], scores: string][] = [
  ["days", "how lately, in days since the last purchase", [30, 90, 180, 365], "5, 4, 3 and 2"],
  ["purchases", "how often, in purchases", [1, 2, 4, 8], "1, 2, 3 and 4"],
  ["money", "how much, in money", [50, 100, 250, 500], "1, 2, 3 and 4"],
];

export function Rfm(props: BuilderProps) {
  const { question, onChange } = props;
  const cuts = isObject(question.cuts) ? question.cuts : {};
  const set = (next: JsonObject) => onChange(put(question, "cuts", Object.keys(next).length > 0 ? next : undefined));
  const own = countSet(
    cuts,
    CUTS.map(([field]) => field),
  );
  return (
    <div className="flex flex-col gap-2">
      <Sentence>
        <Say>Customers who did</Say>
        <StepPicker
          label="Purchase"
          step={question.purchase}
          onChange={(purchase) => onChange(put(question, "purchase", purchase))}
        />
        <Say>by how lately, how often and how much they bought, counting</Say>
        <FieldPicker
          of="property"
          label="What a purchase brought"
          none="their amounts of money"
          value={String(question.property ?? "")}
          onChange={(property) => onChange(put(question, "property", property, ""))}
        />
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
      <Fold label="Where scores end" set={own}>
        {CUTS.map(([field, what, first, scores]) => {
          const ends = Array.isArray(cuts[field]) ? cuts[field] : null;
          return (
            <Sentence key={field}>
              <Say>By {what}:</Say>
              <Select
                label={`Scores by ${what}`}
                inline
                value={ends ? "own" : ""}
                options={[
                  { value: "", label: "fifths of the customers" },
                  { value: "own", label: `${scores} end at` },
                ]}
                onChange={(next) => set(put(cuts, field, next === "own" ? first : undefined))}
              />
              {ends?.map((end, at) => (
                <Figure
                  key={at}
                  label={`End ${at + 1} by ${what}`}
                  value={end}
                  onChange={(n) =>
                    n !== undefined && set({ ...cuts, [field]: ends.with(at, field === "money" ? n : Math.round(n)) })
                  }
                />
              ))}
            </Sentence>
          );
        })}
      </Fold>
    </div>
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
