// What was meant to be, what could be, and for whom?

import { Plus, X } from "lucide-react";
import { useRef } from "react";
import type { JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";
import { MapPicker, picked } from "@/conditions/pickers";
import { Button, IconButton } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { Picker } from "@/ui/Picker";
import { Select } from "@/ui/Select";
import { toast } from "@/ui/Toast";
import { Added } from "./Added";
import {
  Amount,
  type BuilderProps,
  isObject,
  names,
  OfSelect,
  OneOf,
  Percent,
  PlacePicker,
  put,
  Say,
  Sentence,
  SpanOf,
  SpanSelect,
  StepPicker,
  UnitSelect,
} from "./parts";
import { ENDS, START, State } from "./State";

const MODEL_BYTES_MAX = 1_000_000;

export function Conformance(props: BuilderProps) {
  const { question, onChange } = props;
  const chooser = useRef<HTMLInputElement>(null);
  const model = question.model ?? "stages";
  const drawn = isObject(model);
  const { noise, of, optional, repeated, ...rest } = question;
  const read = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > MODEL_BYTES_MAX) return toast("The file is larger than 1 MB");
    const text = await file.text();
    // Each says what it is in its root.
    onChange({ ...rest, model: /<(\w+:)?pnml[\s>]/.test(text) ? { pnml: text } : { bpmn: text } });
  };
  return (
    <Sentence>
      <Say>How far the journeys of</Say>
      <UnitSelect {...props} />
      <Say>follow</Say>
      <Select
        label="The design"
        inline
        value={drawn ? "drawn" : String(model)}
        options={[
          { value: "stages", label: "the stages of the map" },
          { value: "discovered", label: "what most of them do" },
          ...(drawn ? [{ value: "drawn", label: "a drawn model" }] : []),
          { value: "file", label: "a BPMN or PNML file …" },
        ]}
        onChange={(next) => {
          if (next === "file") chooser.current?.click();
          else if (next !== "drawn") onChange(put(rest, "model", next, "stages"));
        }}
      />
      <input
        ref={chooser}
        type="file"
        accept=".bpmn,.pnml,.xml"
        aria-label="File of the design"
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => {
          read(event.target.files?.[0]);
          event.target.value = "";
        }}
      />
      {model === "stages" && (
        <>
          <Say>where</Say>
          <MapPicker
            of="stages"
            label="Stages that may be left out"
            placeholder="no stage"
            value={names(optional)}
            onChange={(next) => onChange(put(question, "optional", next.length > 0 ? next : undefined))}
          />
          <Say>may be left out and</Say>
          <MapPicker
            of="stages"
            label="Stages to come back to"
            placeholder="no stage"
            value={names(repeated)}
            onChange={(next) => onChange(put(question, "repeated", next.length > 0 ? next : undefined))}
          />
          <Say>come back to,</Say>
        </>
      )}
      {model !== "stages" && (
        <>
          <Say>in</Say>
          <OfSelect {...props} />
        </>
      )}
      {model === "discovered" && (
        <>
          <Say>leaving out ways less frequent than</Say>
          <Percent
            label="Noise"
            value={Number(noise ?? 0.2)}
            onChange={(share) => onChange(put(question, "noise", share, 0.2))}
          />
          <Say>of the most frequent</Say>
        </>
      )}
      <Say>counting repetitions</Say>
      <Select
        label="Repetitions"
        inline
        value={question.collapse === true ? "once" : "each"}
        options={[
          { value: "each", label: "each" },
          { value: "once", label: "once" },
        ]}
        onChange={(value) => onChange(put(question, "collapse", value === "once", false))}
      />
    </Sentence>
  );
}

const EDITS = [
  { value: "drop_off", label: "of those lost at" },
  { value: "remove", label: "take out" },
  { value: "multiply", label: "more or fewer go from" },
  { value: "set", label: "give a share of those at" },
  { value: "wait", label: "shorten or lengthen waits from" },
  { value: "add", label: "put in" },
];
const NEW: Record<string, JsonValue> = {
  drop_off: { state: "", share: 0.5 },
  remove: "",
  multiply: { from: "", to: "", factor: 1.5 },
  set: { from: "", to: "", share: 0.5 },
  wait: { factor: 0.5 },
  add: { name: "", takes: [{ from: "", to: "", share: 0.5 }], onward: [{ to: "", share: 1 }] },
};
const SCENARIOS_MAX = 20;

export function WhatIf(props: BuilderProps) {
  const { question, onChange } = props;
  const scenarios = (Array.isArray(question.scenarios) ? question.scenarios : []).map((one) =>
    isObject(one) ? one : {},
  );
  const set = (next: JsonObject[]) => onChange(put(question, "scenarios", next.length > 0 ? next : undefined));
  const of = String(question.of ?? "events");
  return (
    <div className="flex flex-col gap-3">
      <Chain {...props} before="What would become of" />
      {scenarios.map((scenario, at) => {
        const edits = Array.isArray(scenario.edits) ? scenario.edits : [];
        const change = (next: JsonValue[]) => set(scenarios.with(at, { ...scenario, edits: next }));
        const added = edits
          .flatMap((edit) => (isObject(edit) && isObject(edit.add) ? names(edit.add.name) : []))
          .filter(Boolean);
        return (
          <fieldset key={at} className="flex flex-col gap-2 border-line border-l-2 pl-3">
            <legend className="sr-only">Scenario {at + 1}</legend>
            <Sentence>
              <Say>if</Say>
              <Input
                aria-label={`Name of scenario ${at + 1}`}
                dir="auto"
                className="w-72 max-w-full"
                value={String(scenario.name ?? "")}
                onChange={({ target: { value: name } }) => set(scenarios.with(at, { ...scenario, name }))}
              />
              <IconButton
                name={`Remove scenario ${at + 1}`}
                size="small"
                onClick={() => set(scenarios.toSpliced(at, 1))}
              >
                <X size={14} />
              </IconButton>
            </Sentence>
            {edits.map((edit, place) => (
              <Edit
                key={place}
                label={`Change ${place + 1} of scenario ${at + 1}`}
                of={of}
                added={added}
                edit={isObject(edit) ? edit : {}}
                onChange={(next) => change(next ? edits.with(place, next) : edits.toSpliced(place, 1))}
              />
            ))}
            <span>
              <Button
                size="small"
                look="quiet"
                onClick={() => change([...edits, { drop_off: NEW.drop_off as JsonValue }])}
              >
                <Plus size={14} aria-hidden /> Change
              </Button>
            </span>
          </fieldset>
        );
      })}
      <span>
        <Button
          size="small"
          disabled={scenarios.length >= SCENARIOS_MAX}
          onClick={() =>
            set([
              ...scenarios,
              { name: `Scenario ${scenarios.length + 1}`, edits: [{ drop_off: NEW.drop_off as JsonValue }] },
            ])
          }
        >
          <Plus size={14} aria-hidden /> Scenario
        </Button>
      </span>
    </div>
  );
}

/** What the journeys of the chain are. */
function Chain({ before, children, ...props }: BuilderProps & { before: string; children?: React.ReactNode }) {
  const { question, onChange } = props;
  return (
    <Sentence>
      <Say>{before}</Say>
      <StepPicker
        label="Conversion"
        step={question.conversion}
        onChange={(conversion) => onChange(put(question, "conversion", conversion))}
      />
      {children}
      <Say>in journeys of</Say>
      <OfSelect {...props} />
      <Say>given up when nothing comes for</Say>
      <SpanOf {...props} label="Given up after" field="window" absent="30d" />
    </Sentence>
  );
}

/** One change of the measured journeys. */
function Edit({
  label,
  of,
  added,
  edit,
  onChange,
}: {
  label: string;
  of: string;
  /** Names of places that the scenario puts in. */
  added: readonly string[];
  edit: JsonObject;
  onChange: (edit: JsonObject | null) => void;
}) {
  const [kind = "drop_off", value] = Object.entries(edit)[0] ?? [];
  const own = isObject(value) ? value : {};
  const change = (patch: JsonObject) => onChange({ [kind]: { ...own, ...patch } });
  const place = (field: string, what: string, ends: readonly string[]) => (
    <State
      ends={[...ends, ...added]}
      anywhere={kind === "wait"}
      label={`${label}: ${what}`}
      of={of}
      value={String(own[field] ?? "")}
      onChange={(name) => onChange({ [kind]: put(own, field, name, "") })}
    />
  );
  const share = (
    <Percent label={`${label}: share`} value={Number(own.share ?? 0)} onChange={(next) => change({ share: next })} />
  );
  const factor = (
    <Times label={`${label}: times`} value={Number(own.factor ?? 1)} onChange={(next) => change({ factor: next })} />
  );
  const remove = (
    <IconButton name={`Remove ${label.toLowerCase()}`} size="small" onClick={() => onChange(null)}>
      <X size={14} />
    </IconButton>
  );
  const known = EDITS.some((one) => one.value === kind);
  return (
    <Sentence>
      {kind === "drop_off" && share}
      <Select
        label={label}
        inline
        value={kind}
        options={known ? EDITS : [...EDITS, { value: kind, label: kind }]}
        onChange={(next) => NEW[next] !== undefined && onChange({ [next]: NEW[next] })}
      />
      {kind === "drop_off" && (
        <>
          {place("state", "where", START)}
          <Say>go on like the others</Say>
        </>
      )}
      {kind === "remove" && (
        <>
          <State
            label={`${label}: what`}
            of={of}
            value={String(typeof value === "string" ? value : (own.state ?? ""))}
            onChange={(state) => onChange({ remove: isObject(value) ? { ...value, state } : state })}
          />
          <Say>and who would come to it</Say>
          <Select
            label={`${label}: then`}
            inline
            value={String(own.then ?? "lost")}
            options={[
              { value: "lost", label: "is lost" },
              { value: "go_on", label: "goes on from there" },
            ]}
            onChange={(then) =>
              onChange({ remove: { state: typeof value === "string" ? value : (own.state ?? ""), then } })
            }
          />
        </>
      )}
      {(kind === "multiply" || kind === "set") && (
        <>
          {place("from", "from", START)}
          <Say>to</Say>
          {place("to", "to", ENDS)}
          {kind === "set" ? (
            share
          ) : (
            <>
              {factor}
              <Say>as many</Say>
            </>
          )}
        </>
      )}
      {kind === "wait" && (
        <>
          {place("from", "from", START)}
          <Say>to</Say>
          {place("to", "to", ENDS)}
          {own.becomes === undefined ? (
            <>
              {factor}
              <Say>as long</Say>
            </>
          ) : (
            <SpanSelect
              label={`${label}: wait`}
              value={String(own.becomes)}
              onChange={(becomes) => change({ becomes })}
            />
          )}
        </>
      )}
      {kind === "add" ? (
        <Added label={label} of={of} added={added} place={own} onChange={(add) => onChange({ add })}>
          {remove}
        </Added>
      ) : (
        remove
      )}
    </Sentence>
  );
}

/** A factor. */
function Times({ label, value, onChange }: { label: string; value: number; onChange: (factor: number) => void }) {
  return (
    <span className="inline-flex items-center gap-1">
      <Input
        type="number"
        aria-label={label}
        min={0}
        step="any"
        className="w-20"
        value={value}
        onChange={({ target }) => target.value !== "" && Number(target.value) >= 0 && onChange(Number(target.value))}
      />
      ×
    </span>
  );
}

export function NextAction(props: BuilderProps) {
  const { question, onChange } = props;
  const of = String(question.of ?? "events");
  const among = names(question.among);
  return (
    <div className="flex flex-col gap-2">
      <Chain {...props} before="What to do next for customers on the way to" />
      <Sentence>
        <Say>ranked by</Say>
        <OneOf
          {...props}
          label="Ranked by"
          field="by"
          absent="conversions"
          options={[
            ["conversions", "how many more convert"],
            ["value", "how much more it is worth"],
            ["likely", "what those who convert do next"],
          ]}
        />
        <Say>for each of the last</Say>
        <Amount
          label="Recent touches"
          max={4}
          value={Number(question.recent ?? 1)}
          onChange={(recent) => onChange(put(question, "recent", recent, 1))}
        />
        <Say>among</Say>
        <PlacePicker
          of={of}
          label="Among"
          value={among}
          placeholder="everything"
          onChange={(next) => onChange(put(question, "among", next.length > 0 ? next : undefined))}
        />
        <Say>that at least</Say>
        <Amount
          label="At least"
          max={1_000_000}
          value={Number(question.at_least ?? 30)}
          onChange={(least) => onChange(put(question, "at_least", least, 30))}
        />
        <Say>journeys did</Say>
      </Sentence>
    </div>
  );
}

const FEATURES: Record<string, string> = {
  counts: "what they did how often",
  recency: "how lately",
  frequency: "on how many days",
  money: "money",
};

export function Personas(props: BuilderProps) {
  const { question, onChange } = props;
  const journeys = question.group === "journeys";
  const features = question.features === undefined ? Object.keys(FEATURES) : names(question.features);
  return (
    <Sentence>
      <Say>Which</Say>
      <OneOf
        {...props}
        label="What is grouped"
        field="group"
        absent="customers"
        options={[
          ["customers", "customers"],
          ["journeys", "journeys"],
        ]}
      />
      <Say>are alike, by</Say>
      {journeys ? (
        <OneOf
          {...props}
          label="Likeness"
          field="likeness"
          absent="runs"
          options={[
            ["runs", "steps and pairs of steps"],
            ["matching", "how few changes make one of the other"],
          ]}
        />
      ) : (
        <Picker
          label="Figures"
          several
          options={Object.entries(FEATURES).map(([value, label]) => ({ value, label }))}
          value={features}
          onChange={(next) =>
            next.length > 0 &&
            onChange(put(question, "features", next.length === Object.keys(FEATURES).length ? undefined : next))
          }
          trigger={picked(
            features.map((one) => FEATURES[one] ?? one),
            "choose figures",
          )}
        />
      )}
      <Say>of</Say>
      <OfSelect {...props} />
      <Say>in</Say>
      <Select
        label="How many"
        inline
        value={String(question.k ?? "")}
        options={[
          { value: "", label: "as many groups as fit" },
          ...Array.from({ length: 19 }, (_, at) => ({ value: String(at + 2), label: `${at + 2} groups` })),
        ]}
        onChange={(k) => onChange(put(question, "k", k === "" ? undefined : Number(k)))}
      />
      {!journeys && (
        <OneOf
          {...props}
          label="Method"
          field="method"
          absent="k_means"
          options={[
            ["k_means", "around means"],
            ["mixture", "as a mixture", "Of normal distributions."],
          ]}
        />
      )}
    </Sentence>
  );
}
