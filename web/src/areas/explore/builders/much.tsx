// How much, and when?

import { Plus, X } from "lucide-react";
import type { JsonObject } from "@/api/contract";
import { FieldPicker } from "@/conditions/pickers";
import { Button, IconButton } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { type BuilderProps, IntervalSelect, isObject, OfSelect, put, Sentence, StepPicker, UnitSelect } from "./parts";

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

export function Trends({ question, onChange }: BuilderProps) {
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

export function Sessions({ question, onChange }: BuilderProps) {
  return (
    <Sentence>
      <span className="text-muted">How many sessions begin each</span>
      <IntervalSelect
        value={String(question.interval ?? "week")}
        onChange={(interval) => onChange(put(question, "interval", interval, "week"))}
      />
      <span className="text-muted">how long they are, and how many have just one event</span>
    </Sentence>
  );
}

export function Overview({ question, onChange }: BuilderProps) {
  return (
    <Sentence>
      <span className="text-muted">Which</span>
      <OfSelect question={question} onChange={onChange} />
      <span className="text-muted">there are, of how many, and where in the journeys of</span>
      <UnitSelect question={question} onChange={onChange} />
    </Sentence>
  );
}
