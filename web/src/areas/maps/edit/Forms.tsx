import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Plus, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import type { Condition } from "@/api/contract";
import type { OwnedBy } from "@/api/model";
import { useVocabulary } from "@/api/queries";
import { ConditionBuilder } from "@/conditions/ConditionBuilder";
import { FieldPicker } from "@/conditions/pickers";
import { readRows } from "@/conditions/rows";
import { Button, IconButton } from "@/ui/Button";
import { Field, Input, Switch, Textarea } from "@/ui/Field";
import { Picker } from "@/ui/Picker";
import { Select } from "@/ui/Select";
import { isSpan } from "@/words/span";
import {
  EVIDENCE,
  type Evidence,
  evidenceOf,
  hypothesisText,
  type JourneyMap,
  type Kpi,
  type KpiKind,
  type Score,
  type Stage,
  type Touchpoint,
} from "../declared";
import { emotionFigure } from "../measured";
import { moveStage, moveTouchpoint, removeStage, removeTouchpoint, setStage, setTouchpoint } from "./document";
import type { Place } from "./place";

export interface FormProps {
  map: JourneyMap;
  /** `tag` joins changes of one field into one step of undo. */
  onChange: (map: JourneyMap, tag?: string) => void;
  onClose: () => void;
  /** Where things stand in the file. */
  file: FileView;
}

export interface FileView {
  /** The line of something in the file as it is saved. */
  line: (place: Place) => number;
  /** Shows the draft as a file, there. */
  show: (place: Place) => void;
}

export const Form = ({ children }: { children: ReactNode }) => <div className="flex flex-col gap-4">{children}</div>;

/** A heading over something that has no single control. */
export function Group({ label, about, children }: { label: string; about?: string; children: ReactNode }) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1.5 font-medium text-sm">{label}</legend>
      {about && <p className="-mt-1 mb-1 text-muted text-sm">{about}</p>}
      {children}
    </fieldset>
  );
}

/** What a form does not show stands in the file. */
export function InFile({ file, place, children }: { file: FileView; place: Place; children?: ReactNode }) {
  const line = file.line(place);
  return (
    <p className="break-words text-muted text-sm">
      {children}{" "}
      <button
        type="button"
        onClick={() => file.show(place)}
        className="figures underline underline-offset-2 hover:text-ink"
      >
        in the file{line > 0 && `, line ${line}`}
      </button>
    </p>
  );
}

interface RuleProps {
  label: string;
  text?: string;
  about?: "events" | "customers";
  value: Condition | null | undefined;
  empty?: string;
  onChange: (condition: Condition | undefined) => void;
  file: FileView;
  place: Place;
}

/** A condition; what has no row is edited in the file. */
export function Rule({ label, text, about = "events", value, empty, onChange, file, place }: RuleProps) {
  return (
    <Group label={label} about={text}>
      <ConditionBuilder about={about} value={value ?? undefined} empty={empty} onChange={onChange} />
      {hasMore(value ?? undefined) && (
        <InFile file={file} place={place}>
          What has no row of its own is edited
        </InFile>
      )}
    </Group>
  );
}

/** Whether a condition says more than rows can show. */
const hasMore = (condition: Condition | undefined) =>
  readRows(condition).rows.some((row) => row.sort === "other" || ("where" in row && row.where !== undefined));

export function StageForm({ map, onChange, onClose, file, id }: FormProps & { id: string }) {
  const at = map.stages.findIndex((one) => one.id === id);
  const stage = map.stages[at];
  if (!stage) return null;
  const set = (patch: Partial<Stage>, tag?: string) => onChange(setStage(map, id, patch), tag && `${id} ${tag}`);
  return (
    <Form>
      <Field label="Name" problem={stage.name === "" ? "A stage needs a name." : undefined}>
        <Input
          value={stage.name}
          onChange={(event) => set({ name: event.target.value }, "name")}
          maxLength={100}
          autoFocus
        />
      </Field>
      <Field label="Goal" about="What the customer wants here.">
        <Textarea value={stage.goal ?? ""} onChange={(event) => set({ goal: event.target.value }, "goal")} />
      </Field>
      <Field label="Owner" about="Who answers for the stage.">
        <Input value={stage.owner ?? ""} onChange={(event) => set({ owner: event.target.value }, "owner")} />
      </Field>
      <Group label={`Believed emotion: ${stage.believed == null ? "not said" : emotionFigure(stage.believed)}`}>
        <input
          type="range"
          aria-label="Believed emotion, from awful to wonderful"
          min={-1}
          max={1}
          step={0.05}
          value={stage.believed ?? 0}
          onChange={(event) => set({ believed: Number(event.target.value) }, "believed")}
          className="w-full accent-ink"
        />
        <div className="flex justify-between text-muted text-sm">
          <span>awful</span>
          <button
            type="button"
            disabled={stage.believed == null}
            onClick={() => set({ believed: null })}
            className="underline underline-offset-2 enabled:hover:text-ink disabled:invisible"
          >
            say nothing
          </button>
          <span>wonderful</span>
        </div>
      </Group>
      <Rule
        label="Entry"
        text="Which event brings a customer here; any of its touchpoints when nothing is said."
        value={stage.entry}
        onChange={(entry) => set({ entry })}
        file={file}
        place={["stages", id]}
      />
      <Rule
        label="Exit"
        text="Which event takes a customer out; entering another stage when nothing is said."
        value={stage.exit}
        onChange={(exit) => set({ exit })}
        file={file}
        place={["stages", id]}
      />
      <SpanField
        label="Time limit"
        about="Who stays longer counts as dropped, such as 14d; the map's own when empty."
        value={stage.time_limit}
        placeholder={map.window ?? undefined}
        onChange={(time_limit) => set({ time_limit }, "limit")}
      />
      <InFile file={file} place={["stages", id]}>
        Its id is <code dir="auto">{id}</code>,
      </InFile>
      <footer className="flex items-center gap-1 border-line border-t pt-3">
        <IconButton
          name="Move before the stage to the left (Alt ←)"
          disabled={at === 0}
          onClick={() => onChange(moveStage(map, id, -1))}
        >
          <ArrowLeft size={16} />
        </IconButton>
        <IconButton
          name="Move behind the stage to the right (Alt →)"
          disabled={at === map.stages.length - 1}
          onClick={() => onChange(moveStage(map, id, 1))}
        >
          <ArrowRight size={16} />
        </IconButton>
        <Button
          look="quiet"
          className="ml-auto text-pain"
          disabled={map.stages.length === 1}
          onClick={() => {
            onChange(removeStage(map, id));
            onClose();
          }}
        >
          <Trash2 size={14} aria-hidden /> Remove stage
        </Button>
      </footer>
    </Form>
  );
}

interface SpanFieldProps {
  label: string;
  about: string;
  value: string | null | undefined;
  placeholder?: string;
  onChange: (span: string | undefined) => void;
}

/** A length of time, such as 14d. */
export function SpanField({ label, about, value, placeholder, onChange }: SpanFieldProps) {
  return (
    <Field
      label={label}
      about={about || undefined}
      problem={value && !isSpan(value) ? "A number and a unit: m, h, d or w." : undefined}
    >
      <Input
        value={value ?? ""}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value || undefined)}
      />
    </Field>
  );
}

const OWNED: { value: OwnedBy; label: string }[] = [
  { value: "brand", label: "The brand's own" },
  { value: "partner", label: "A partner's" },
  { value: "customer", label: "The customer's own" },
  { value: "social", label: "Social or independent" },
];

const CHANNELS = ["web", "app", "e-mail", "sms", "push", "social", "search", "display", "store", "call centre", "chat"];

export function TouchpointForm({ map, onChange, onClose, file, id }: FormProps & { id: string }) {
  const vocabulary = useVocabulary().data;
  const touchpoint = map.touchpoints?.find((one) => one.id === id);
  if (!touchpoint) return null;
  const set = (patch: Partial<Touchpoint>, tag?: string) =>
    onChange(setTouchpoint(map, id, patch), tag && `${id} ${tag}`);
  const channels = [...new Set([...(vocabulary?.channels ?? []).map(([name]) => name), ...CHANNELS])];
  const siblings = (map.touchpoints ?? []).filter((one) => one.stage === touchpoint.stage);
  const at = siblings.indexOf(touchpoint);
  return (
    <Form>
      <Field label="Name" problem={touchpoint.name === "" ? "A touchpoint needs a name." : undefined}>
        <Input
          value={touchpoint.name}
          onChange={(event) => set({ name: event.target.value }, "name")}
          maxLength={100}
          autoFocus
        />
      </Field>
      <Rule
        label="Events"
        text="Which events belong to it. The first touchpoint of the map whose rule an event meets gets it."
        value={touchpoint.when}
        empty="No event yet."
        onChange={(when) => set({ when: when ?? { or: [] } })}
        file={file}
        place={["touchpoints", id]}
      />
      <div className="grid grid-cols-2 gap-3">
        <Group label="Stage">
          <Select
            label="Stage"
            value={touchpoint.stage}
            options={map.stages.map((stage) => ({ value: stage.id, label: stage.name }))}
            onChange={(stage) => set({ stage })}
          />
        </Group>
        <Group label="Channel">
          <Picker
            label="Channel"
            value={touchpoint.channel ? [touchpoint.channel] : []}
            options={[{ value: "", label: "none" }, ...channels.map((value) => ({ value }))]}
            free={(text) => text || null}
            onChange={([channel]) => set({ channel })}
            trigger={<Button className="w-full justify-start truncate">{touchpoint.channel ?? "none"}</Button>}
          />
        </Group>
      </div>
      <Group label="Whose it is">
        <Select
          label="Whose it is"
          value={touchpoint.owned_by ?? "brand"}
          options={OWNED}
          onChange={(owned_by) => set({ owned_by })}
        />
      </Group>
      <Switch
        label="Offline"
        checked={touchpoint.offline ?? false}
        onChange={(offline) => set({ offline: offline || undefined })}
      />
      <Field label="Owner">
        <Input value={touchpoint.owner ?? ""} onChange={(event) => set({ owner: event.target.value }, "owner")} />
      </Field>
      <InFile file={file} place={["touchpoints", id]}>
        Its id is <code dir="auto">{id}</code>,
      </InFile>
      <footer className="flex items-center gap-1 border-line border-t pt-3">
        <IconButton name="Move up (Alt ↑)" disabled={at === 0} onClick={() => onChange(moveTouchpoint(map, id, -1))}>
          <ArrowUp size={16} />
        </IconButton>
        <IconButton
          name="Move down (Alt ↓)"
          disabled={at === siblings.length - 1}
          onClick={() => onChange(moveTouchpoint(map, id, 1))}
        >
          <ArrowDown size={16} />
        </IconButton>
        <Button
          look="quiet"
          className="ml-auto text-pain"
          onClick={() => {
            onChange(removeTouchpoint(map, id));
            onClose();
          }}
        >
          <Trash2 size={14} aria-hidden /> Remove touchpoint
        </Button>
      </footer>
    </Form>
  );
}

const KIND_NAMES = {
  conversion: "Share that goes on",
  reach: "Share of all who get here",
  time_to_next: "Median time to the next stage",
  nps: "NPS",
  csat: "CSAT",
  ces: "CES",
  mean: "Mean of a property",
  sum: "Sum of a property, or money",
  count: "How many events",
  share: "Share who meet a condition",
} as const;
type KindName = keyof typeof KIND_NAMES;

const OF_SCORES: KindName[] = ["nps", "csat", "ces"];

const kindName = (kind: KpiKind): KindName => (typeof kind === "string" ? kind : (Object.keys(kind)[0] as KindName));

function firstKind(name: KindName): KpiKind {
  switch (name) {
    case "mean":
      return { mean: { property: "" } };
    case "sum":
      return { sum: {} };
    case "count":
      return { count: { when: { or: [] } } };
    case "share":
      return { share: { segment: { and: [] } } };
    default:
      return name;
  }
}

export function KpisForm({ map, onChange, file, id }: FormProps & { id: string }) {
  const stage = map.stages.find((one) => one.id === id);
  if (!stage) return null;
  const kpis = stage.kpis ?? [];
  const set = (next: Kpi[], tag?: string) => onChange(setStage(map, id, { kpis: next }), tag && `${id} kpi ${tag}`);
  return (
    <div className="flex flex-col gap-6">
      {kpis.map((kpi, at) => (
        <KpiForm
          key={at}
          kpi={kpi}
          scores={map.scores ?? []}
          file={file}
          stage={id}
          onChange={(next, tag) => set(kpis.with(at, next), tag && `${at} ${tag}`)}
          onRemove={() => set(kpis.toSpliced(at, 1))}
        />
      ))}
      <Button
        className="self-start"
        onClick={() =>
          set([
            ...kpis,
            {
              name: kpis.some(({ kind }) => kind === "conversion") ? "Reach" : "Conversion",
              kind: kpis.some(({ kind }) => kind === "conversion") ? "reach" : "conversion",
            },
          ])
        }
      >
        <Plus size={14} aria-hidden /> Key figure
      </Button>
    </div>
  );
}

function KpiForm({
  kpi,
  scores,
  file,
  stage,
  onChange,
  onRemove,
}: {
  kpi: Kpi;
  scores: readonly Score[];
  file: FileView;
  /** The id of its stage. */
  stage: string;
  onChange: (kpi: Kpi, tag?: string) => void;
  onRemove: () => void;
}) {
  const { kind } = kpi;
  const events = { label: "Of these events", file, place: ["stages", stage] as Place };
  const kinds = Object.entries(KIND_NAMES).map(([value, label]) => ({ value: value as KindName, label }));
  const target = (text: string): number | string | null =>
    text.trim() === "" ? null : Number.isNaN(Number(text)) ? text.trim() : Number(text);
  return (
    <fieldset className="flex flex-col gap-3 border-line border-l-2 pl-3">
      <legend className="sr-only">{kpi.name}</legend>
      <div className="flex items-end gap-1">
        <Field label="Name" className="flex-1">
          <Input value={kpi.name} onChange={(event) => onChange({ ...kpi, name: event.target.value }, "name")} />
        </Field>
        <IconButton name={`Remove ${kpi.name}`} onClick={onRemove}>
          <Trash2 size={14} />
        </IconButton>
      </div>
      <Select
        label="What is measured"
        value={kindName(kind)}
        options={kinds}
        onChange={(name) => name !== kindName(kind) && onChange({ ...kpi, kind: firstKind(name) })}
      />
      {typeof kind === "object" && "mean" in kind && (
        <FieldPicker
          of="property"
          label="Property"
          value={kind.mean.property}
          onChange={(property) => onChange({ ...kpi, kind: { mean: { ...kind.mean, property } } })}
        />
      )}
      {typeof kind === "object" && "sum" in kind && (
        <>
          <FieldPicker
            of="property"
            label="Property (money when none)"
            value={kind.sum.property ?? ""}
            onChange={(property) => onChange({ ...kpi, kind: { sum: { ...kind.sum, property } } })}
            none="money"
          />
          <Rule
            {...events}
            value={kind.sum.when}
            onChange={(when) => onChange({ ...kpi, kind: { sum: { ...kind.sum, when } } })}
          />
        </>
      )}
      {typeof kind === "object" && "mean" in kind && (
        <Rule
          {...events}
          value={kind.mean.when}
          onChange={(when) => onChange({ ...kpi, kind: { mean: { ...kind.mean, when } } })}
        />
      )}
      {typeof kind === "object" && "count" in kind && (
        <Rule
          {...events}
          value={kind.count.when}
          onChange={(when) => onChange({ ...kpi, kind: { count: { when: when ?? { or: [] } } } })}
        />
      )}
      {typeof kind === "object" && "share" in kind && (
        <Rule
          {...events}
          label="Customers who"
          about="customers"
          value={kind.share.segment}
          onChange={(segment) => onChange({ ...kpi, kind: { share: { segment: segment ?? { and: [] } } } })}
        />
      )}
      {OF_SCORES.includes(kindName(kind)) && (scores.length > 0 || kpi.score) && (
        <Select
          label="Score it is computed from"
          value={kpi.score ?? ""}
          options={[
            { value: "", label: "of the score that fits" },
            ...scores.map(({ name }) => ({ value: name, label: `of ${name}` })),
          ]}
          onChange={(score) => onChange({ ...kpi, score: score || undefined })}
        />
      )}
      <div className="grid grid-cols-2 gap-3">
        <Field label="Target" about={kindName(kind) === "time_to_next" ? "such as 2d" : undefined}>
          <Input
            value={kpi.target ?? ""}
            onChange={(event) => onChange({ ...kpi, target: target(event.target.value) }, "target")}
          />
        </Field>
        <Field label="Owner">
          <Input
            value={kpi.owner ?? ""}
            onChange={(event) => onChange({ ...kpi, owner: event.target.value || undefined }, "owner")}
          />
        </Field>
      </div>
      <Switch
        label="Smaller is better"
        checked={kpi.smaller_is_better ?? kindName(kind) === "time_to_next"}
        onChange={(smaller_is_better) => onChange({ ...kpi, smaller_is_better })}
      />
    </fieldset>
  );
}

const RUNGS: Record<Evidence, { label: string; about: string }> = {
  assumed: { label: "Assumed", about: "Somebody believes it" },
  reported: { label: "Reported", about: "Customers say it" },
  observed: { label: "Observed", about: "Behaviour shows it, beyond chance" },
  confirmed: { label: "Confirmed", about: "Two independent kinds of evidence agree" },
  fixed: { label: "Fixed", about: "It was mended, and measured since" },
};

export function HypothesesForm({ map, onChange, id }: FormProps & { id: string }) {
  const stage = map.stages.find((one) => one.id === id);
  if (!stage) return null;
  const all = stage.hypotheses ?? [];
  const set = (hypotheses: Stage["hypotheses"], tag?: string) =>
    onChange(setStage(map, id, { hypotheses }), tag && `${id} hypothesis ${tag}`);
  const written = (text: string, evidence: Evidence) => (evidence === "assumed" ? text : { text, evidence });
  return (
    <div className="flex flex-col gap-5">
      {all.map((one, at) => (
        <fieldset key={at} className="flex flex-col gap-2 border-line border-l-2 pl-3">
          <legend className="sr-only">Hypothesis {at + 1}</legend>
          <Textarea
            aria-label={`Hypothesis ${at + 1}`}
            value={hypothesisText(one)}
            autoFocus={hypothesisText(one) === ""}
            onChange={(event) => set(all.with(at, written(event.target.value, evidenceOf(one))), String(at))}
          />
          <div className="flex items-center gap-2">
            <Select
              label="How well the data bears it out"
              value={evidenceOf(one)}
              options={EVIDENCE.map((value) => ({ value, ...RUNGS[value] }))}
              onChange={(evidence) => set(all.with(at, written(hypothesisText(one), evidence)))}
              className="flex-1"
            />
            <IconButton name={`Remove hypothesis ${at + 1}`} onClick={() => set(all.toSpliced(at, 1))}>
              <Trash2 size={14} />
            </IconButton>
          </div>
        </fieldset>
      ))}
      <Button className="self-start" onClick={() => set([...all, ""])}>
        <Plus size={14} aria-hidden /> Hypothesis
      </Button>
    </div>
  );
}
