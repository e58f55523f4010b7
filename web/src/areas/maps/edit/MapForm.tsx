import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { FieldPicker } from "@/conditions/pickers";
import { Button, IconButton } from "@/ui/Button";
import { Choice, Field, Input, Switch, Textarea } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { LANE_NAMES, LANES } from "../declared";
import {
  freshId,
  lanesOf,
  moveLane,
  movePersona,
  setJourney,
  setLane,
  setPeriod,
  setPersona,
  setReview,
  setScore,
} from "./document";
import { Form, type FormProps, Group, InFile, Rule, SpanField } from "./Forms";

const PARTS = [
  { value: "map", label: "Map" },
  { value: "personas", label: "Personas" },
  { value: "scores", label: "Scores" },
] as const;

/** What concerns the map as a whole. */
export function MapForm(props: FormProps) {
  const [part, setPart] = useState<(typeof PARTS)[number]["value"]>("map");
  const Part = { map: WholeForm, personas: PersonasForm, scores: ScoresForm }[part];
  return (
    <Form>
      <div>
        <Choice label="Part of the map" value={part} onChange={setPart} options={PARTS} />
      </div>
      <Part {...props} />
    </Form>
  );
}

const UNITS = [
  { value: "customer", label: "Customers" },
  { value: "session", label: "Sessions" },
  { value: "household", label: "Households" },
  { value: "id", label: "By a property, such as an order" },
] as const;

function WholeForm({ map, onChange, file }: FormProps) {
  const lanes = lanesOf(map);
  const unit = map.unit ?? "customer";
  return (
    <>
      <Field label="Title" problem={map.title === "" ? "A map needs a title." : undefined}>
        <Input
          value={map.title}
          onChange={(event) => onChange({ ...map, title: event.target.value }, "title")}
          maxLength={200}
        />
      </Field>
      <Field label="About">
        <Textarea
          value={map.about ?? ""}
          onChange={(event) => onChange({ ...map, about: event.target.value }, "about")}
        />
      </Field>
      <Group label="What is counted">
        <Select
          label="What is counted"
          value={typeof unit === "string" ? unit : "id"}
          options={UNITS}
          onChange={(next) =>
            onChange({ ...map, unit: next === "customer" ? undefined : next === "id" ? { id: "" } : next })
          }
        />
        {typeof unit === "object" && (
          <div>
            <FieldPicker
              of="property"
              label="Property that is the same"
              value={unit.id}
              onChange={(id) => onChange({ ...map, unit: { id } })}
            />
          </div>
        )}
      </Group>
      <Group label="Period" about="What is measured when nothing else is asked for; all data when empty.">
        <div className="grid grid-cols-2 gap-3">
          <TimeField
            label="From"
            value={map.period?.from}
            onChange={(from) => onChange(setPeriod(map, { from }), "from")}
          />
          <TimeField label="Before" value={map.period?.to} onChange={(to) => onChange(setPeriod(map, { to }), "to")} />
        </div>
      </Group>
      <SpanField
        label="Time limit"
        about="Who takes longer to the next stage counts as dropped; no limit when empty."
        value={map.window}
        placeholder="30d"
        onChange={(window) => onChange({ ...map, window }, "window")}
      />
      <Part title="Journeys" about="Each customer has one journey, unless it is said here when another one begins.">
        <Rule
          label="Begins with"
          value={map.journey?.start}
          onChange={(start) => onChange(setJourney(map, { start }))}
          file={file}
          place={["journey"]}
        />
        <Rule
          label="Ends with"
          value={map.journey?.end}
          onChange={(end) => onChange(setJourney(map, { end }))}
          file={file}
          place={["journey"]}
        />
        <SpanField
          label="Inactivity"
          about="A pause longer than this ends a journey."
          value={map.journey?.inactivity}
          placeholder="90d"
          onChange={(inactivity) => onChange(setJourney(map, { inactivity }), "inactivity")}
        />
      </Part>
      <Part title="Review" about="When the map is looked at again. The home page says when it is due.">
        <div className="grid grid-cols-2 gap-3">
          <SpanField
            label="Every"
            about=""
            value={map.review?.every}
            placeholder="90d"
            onChange={(every) => onChange(setReview(map, { every }), "every")}
          />
          <TimeField
            label="Next"
            value={map.review?.next}
            onChange={(next) => onChange(setReview(map, { next }), "next")}
          />
        </div>
        <Lines
          label="Who takes part"
          value={map.review?.owners}
          onChange={(owners) => onChange(setReview(map, { owners }), "owners")}
        />
      </Part>
      <Group label="Lanes">
        {[...lanes, ...LANES.filter((lane) => !lanes.includes(lane))].map((lane) => {
          const at = lanes.indexOf(lane);
          return (
            <div key={lane} className="flex h-8 items-center gap-1">
              <div className="flex-1">
                <Switch
                  label={LANE_NAMES[lane]}
                  checked={at >= 0}
                  onChange={(shown) => onChange(setLane(map, lane, shown))}
                />
              </div>
              <IconButton
                size="small"
                name={`Move ${LANE_NAMES[lane]} up`}
                disabled={at <= 0}
                onClick={() => onChange(moveLane(map, lane, -1))}
              >
                <ArrowUp size={14} />
              </IconButton>
              <IconButton
                size="small"
                name={`Move ${LANE_NAMES[lane]} down`}
                disabled={at < 0 || at === lanes.length - 1}
                onClick={() => onChange(moveLane(map, lane, 1))}
              >
                <ArrowDown size={14} />
              </IconButton>
            </div>
          );
        })}
      </Group>
      <InFile file={file} place={["id"]}>
        Its id is <code dir="auto">{map.id}</code>, by which addresses and commands know it,
      </InFile>
    </>
  );
}

function PersonasForm({ map, onChange, file }: FormProps) {
  const personas = map.personas ?? [];
  const [added, setAdded] = useState("");
  return (
    <>
      <p className="text-muted text-sm">Each is a segment of customers with a face, measured beside everybody.</p>
      <div>
        {personas.map((persona, at) => {
          const set = (patch: Partial<typeof persona>, tag?: string) =>
            onChange(setPersona(map, at, patch), tag && `persona ${persona.id} ${tag}`);
          return (
            <Entry key={persona.id} name={persona.name} open={persona.id === added}>
              <Field label="Name" problem={persona.name === "" ? "A persona needs a name." : undefined}>
                <Input value={persona.name} onChange={(event) => set({ name: event.target.value }, "name")} />
              </Field>
              <Field label="Who they are">
                <Textarea
                  value={persona.about ?? ""}
                  onChange={(event) => set({ about: event.target.value }, "about")}
                />
              </Field>
              <Rule
                label="Which customers"
                about="customers"
                value={persona.segment}
                onChange={(segment) => set({ segment: segment ?? { and: [] } })}
                file={file}
                place={["personas", persona.id]}
              />
              <Lines label="Goals" value={persona.goals} onChange={(goals) => set({ goals }, "goals")} />
              <InFile file={file} place={["personas", persona.id]}>
                Its id is <code dir="auto">{persona.id}</code>,
              </InFile>
              <footer className="flex items-center gap-1">
                <IconButton
                  name={`Move ${persona.name} up`}
                  disabled={at === 0}
                  onClick={() => onChange(movePersona(map, at, -1))}
                >
                  <ArrowUp size={16} />
                </IconButton>
                <IconButton
                  name={`Move ${persona.name} down`}
                  disabled={at === personas.length - 1}
                  onClick={() => onChange(movePersona(map, at, 1))}
                >
                  <ArrowDown size={16} />
                </IconButton>
                <Remove
                  name={persona.name}
                  onRemove={() => onChange({ ...map, personas: personas.toSpliced(at, 1) })}
                />
              </footer>
            </Entry>
          );
        })}
      </div>
      <Button
        className="self-start"
        onClick={() => {
          const id = freshId("persona", personas, "persona");
          setAdded(id);
          onChange({ ...map, personas: [...personas, { id, name: "New persona", segment: { and: [] } }] });
        }}
      >
        <Plus size={14} aria-hidden /> Persona
      </Button>
    </>
  );
}

function ScoresForm({ map, onChange, file }: FormProps) {
  const scores = map.scores ?? [];
  const [added, setAdded] = useState(-1);
  return (
    <>
      <p className="text-muted text-sm">
        Which events carry marks and words: the emotion curve, quotes, NPS and CSAT come from them.
      </p>
      <div>
        {scores.map((score, at) => {
          const set = (patch: Partial<typeof score>, tag?: string) =>
            onChange(setScore(map, at, patch), tag && `score ${at} ${tag}`);
          const mark = (which: 0 | 1, label: string) => (
            <Field label={label}>
              <Input
                type="number"
                step="any"
                value={score.scale[which]}
                onChange={(event) =>
                  set({ scale: score.scale.with(which, Number(event.target.value)) as never }, label)
                }
              />
            </Field>
          );
          return (
            <Entry key={at} name={score.name} open={at === added}>
              <Field label="Name" problem={score.name === "" ? "A score needs a name." : undefined}>
                <Input value={score.name} onChange={(event) => set({ name: event.target.value }, "name")} />
              </Field>
              <Rule
                label="Events"
                text="Which events carry it."
                value={score.when}
                empty="No event yet."
                onChange={(when) => set({ when: when ?? { or: [] } })}
                file={file}
                place={["scores", score.name]}
              />
              <Group label="Mark">
                <div>
                  <FieldPicker
                    of="property"
                    label="Property with the mark"
                    value={score.property}
                    onChange={(property) => set({ property })}
                  />
                </div>
              </Group>
              <div className="grid grid-cols-2 gap-3">
                {mark(0, "Worst")}
                {mark(1, "Best")}
              </div>
              <Group label="Words">
                <div>
                  <FieldPicker
                    of="property"
                    label="Property with the customer's words"
                    none="none"
                    value={score.comment ?? ""}
                    onChange={(comment) => set({ comment })}
                  />
                </div>
              </Group>
              <Group label="Stage">
                <Select
                  label="Stage it speaks about"
                  value={score.stage ?? ""}
                  options={[
                    { value: "", label: "that of the touchpoint before" },
                    ...map.stages.map((stage) => ({ value: stage.id, label: stage.name })),
                  ]}
                  onChange={(stage) => set({ stage })}
                />
              </Group>
              <footer className="flex">
                <Remove name={score.name} onRemove={() => onChange({ ...map, scores: scores.toSpliced(at, 1) })} />
              </footer>
            </Entry>
          );
        })}
      </div>
      <Button
        className="self-start"
        onClick={() => {
          setAdded(scores.length);
          onChange({
            ...map,
            scores: [...scores, { name: "New score", when: { or: [] }, property: "", scale: [0, 10] }],
          });
        }}
      >
        <Plus size={14} aria-hidden /> Score
      </Button>
    </>
  );
}

/** One of several things, closed until one wants to see it. */
function Entry({ name, open, children }: { name: string; open: boolean; children: ReactNode }) {
  return (
    <details open={open} className="border-line border-b first:border-t">
      <summary
        dir="auto"
        className="-mx-2 cursor-default break-words rounded-md px-2 py-2.5 font-medium hover:bg-hover"
      >
        {name || "No name"}
      </summary>
      <div className="flex flex-col gap-4 pt-2 pb-5">{children}</div>
    </details>
  );
}

function Part({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-4 border-line border-t pt-4">
      <div>
        <h3 className="font-semibold">{title}</h3>
        <p className="text-muted text-sm">{about}</p>
      </div>
      {children}
    </section>
  );
}

function Remove({ name, onRemove }: { name: string; onRemove: () => void }) {
  return (
    <Button look="quiet" aria-label={`Remove ${name}`} className="ml-auto text-pain" onClick={onRemove}>
      <Trash2 size={14} aria-hidden /> Remove
    </Button>
  );
}

interface TimeFieldProps {
  label: string;
  value: string | null | undefined;
  onChange: (time: string | undefined) => void;
}

/** A day; a time within a day is written out. */
function TimeField({ label, value, onChange }: TimeFieldProps) {
  const day = value ? /^(\d{4}-\d\d-\d\d)(T00:00(:00(\.0+)?)?Z)?$/.exec(value)?.[1] : "";
  return (
    <Field label={label}>
      <Input
        type={day === undefined ? "text" : "date"}
        value={day ?? value ?? ""}
        onChange={(event) => onChange(event.target.value || undefined)}
      />
    </Field>
  );
}

interface LinesProps {
  label: string;
  value: readonly string[] | undefined;
  onChange: (lines: string[]) => void;
}

/** Several short texts, one in each line. */
function Lines({ label, value = [], onChange }: LinesProps) {
  // A line that has just been begun is nothing yet.
  const [text, setText] = useState(value.join("\n"));
  const shown = linesOf(text).join("\n") === value.join("\n") ? text : value.join("\n");
  return (
    <Field label={label} about="One in each line.">
      <Textarea
        value={shown}
        onChange={(event) => {
          setText(event.target.value);
          onChange(linesOf(event.target.value));
        }}
      />
    </Field>
  );
}

const linesOf = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
