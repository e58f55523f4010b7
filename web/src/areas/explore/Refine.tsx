// What every question can have besides: groups, a filter, a sample, and the question itself as text.

import { useState } from "react";
import type { Condition, JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";
import { useSaved, useVocabulary } from "@/api/queries";
import { ConditionBuilder } from "@/conditions/ConditionBuilder";
import { Button } from "@/ui/Button";
import { Chip } from "@/ui/Chip";
import { Field, Textarea } from "@/ui/Field";
import { type Pick, Picker } from "@/ui/Picker";
import { Popover } from "@/ui/Popover";
import { Select } from "@/ui/Select";
import { conditionSentence } from "@/words/condition";
import { short } from "@/words/format";

interface RefineProps {
  question: JsonObject;
  onChange: (question: JsonObject) => void;
  /** The JSON schema's fields of the analysis, by name. */
  fields: ReadonlySet<string>;
}

const BREAKDOWNS_MAX = 3;
const CONTROL =
  "inline-flex h-8 max-w-80 items-center gap-1.5 rounded-md px-2 text-muted transition-colors hover:bg-hover hover:text-ink data-popup-open:bg-hover";

function without(question: JsonObject, field: string): JsonObject {
  const { [field]: _, ...rest } = question;
  return rest;
}

/** The row below the sentence. */
export function Refine({ question, onChange, fields }: RefineProps) {
  const breakdown = Array.isArray(question.breakdown) ? question.breakdown : [];
  const filter = question.filter as Condition | undefined;
  const setBreakdown = (next: JsonValue[]) =>
    onChange(next.length > 0 ? { ...question, breakdown: next } : without(question, "breakdown"));
  return (
    <div className="-ml-2 flex flex-wrap items-center gap-1 text-sm">
      {breakdown.map((one, index) => (
        <Chip
          key={JSON.stringify(one)}
          onRemove={() => setBreakdown(breakdown.toSpliced(index, 1))}
          removeName="Remove this breakdown"
        >
          by <span dir="auto">{breakdownName(one)}</span>
        </Chip>
      ))}
      {breakdown.length < BREAKDOWNS_MAX && (
        <AddBreakdown onAdd={(one) => setBreakdown([...breakdown, one])} first={breakdown.length === 0} />
      )}
      <Popover
        title="Only events"
        className="w-[min(560px,calc(100vw-16px))]"
        trigger={
          <button type="button" className={CONTROL} dir="auto">
            <span className="truncate">
              {filter === undefined ? "Only events where …" : `Only events where ${conditionSentence(filter)}`}
            </span>
          </button>
        }
      >
        <ConditionBuilder
          about="events"
          value={filter}
          empty="All other events are left out, as if they had not happened."
          onChange={(condition) =>
            onChange(
              condition === undefined ? without(question, "filter") : { ...question, filter: condition as JsonValue },
            )
          }
        />
      </Popover>
      <Select
        label="Sample"
        inline
        className="border-transparent bg-transparent font-normal text-muted text-sm"
        value={String(question.sample ?? "")}
        options={[
          { value: "", label: "Everybody" },
          ...[...new Set([0.5, 0.1, 0.01, ...(typeof question.sample === "number" ? [question.sample] : [])])].map(
            (share) => ({
              value: String(share),
              label: `A sample of ${share * 100} %`,
              about: "Faster; the intervals say how exact.",
            }),
          ),
        ]}
        onChange={(sample) =>
          onChange(sample === "" ? without(question, "sample") : { ...question, sample: Number(sample) })
        }
      />
      <AsText question={question} onChange={onChange} fields={fields} />
    </div>
  );
}

/** What a breakdown is called. */
export function breakdownName(breakdown: JsonValue): string {
  if (typeof breakdown !== "object" || breakdown === null || Array.isArray(breakdown)) return String(breakdown);
  const [[head, of] = ["", ""]] = Object.entries(breakdown);
  if (head === "segments" && typeof of === "object" && of !== null) return `segments ${Object.keys(of).join(", ")}`;
  if (head === "property" && typeof of === "object" && of !== null && !Array.isArray(of))
    return `${of.name} (${JSON.stringify(of.of)})`;
  if (head === "first") return `${of} of the first event`;
  if (head === "channel" || head === "event") return `${typeof of === "string" ? of : JSON.stringify(of)} ${head}`;
  return String(of);
}

function AddBreakdown({ onAdd, first }: { onAdd: (breakdown: JsonValue) => void; first: boolean }) {
  const vocabulary = useVocabulary().data;
  const saved = useSaved().data;
  const choices = new Map<string, JsonValue>();
  const options: Pick[] = [];
  const add = (label: string, figure: string, breakdown: JsonValue) => {
    const value = JSON.stringify(breakdown);
    choices.set(value, breakdown);
    options.push({ value, label, figure });
  };
  add("First channel", "channel", { channel: "first" });
  add("Last channel", "channel", { channel: "last" });
  add("Month of the first event", "time", { first: "month" });
  add("Week of the first event", "time", { first: "week" });
  for (const { name, customers } of vocabulary?.traits ?? []) add(name, `trait, ${short(customers)}`, { trait: name });
  for (const { name } of vocabulary?.properties ?? []) add(name, "property", { property: name });
  if (saved && saved.segments.length > 0) {
    add("Saved segments", "segments", {
      segments: Object.fromEntries(saved.segments.map((one) => [one.name, one.condition as JsonValue])),
    });
  }
  return (
    <Picker
      label="Break down by"
      options={options}
      value={[]}
      onChange={([chosen]) => {
        const breakdown = chosen === undefined ? undefined : choices.get(chosen);
        if (breakdown !== undefined) onAdd(breakdown);
      }}
      trigger={
        <button type="button" className={CONTROL}>
          {first ? "Break down by …" : "and by …"}
        </button>
      }
    />
  );
}

/** The question itself, for settings that no sentence has. */
function AsText({ question, onChange, fields }: RefineProps) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      title="The question as text"
      open={open}
      onOpenChange={setOpen}
      className="w-[min(560px,calc(100vw-16px))]"
      trigger={
        <button type="button" className={CONTROL}>
          All settings
        </button>
      }
    >
      {open && (
        <Editor
          question={question}
          fields={fields}
          onDone={(next) => {
            setOpen(false);
            if (next) onChange(next);
          }}
        />
      )}
    </Popover>
  );
}

function Editor({
  question,
  fields,
  onDone,
}: {
  question: JsonObject;
  fields: ReadonlySet<string>;
  onDone: (question?: JsonObject) => void;
}) {
  const [text, setText] = useState(() => JSON.stringify(question, null, 2));
  const read = parse(text);
  const unknown = "question" in read ? Object.keys(read.question).filter((field) => !fields.has(field)) : [];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if ("question" in read) onDone(read.question);
      }}
    >
      <Field
        label="The question as JSON"
        problem={
          "problem" in read
            ? read.problem
            : unknown.length > 0
              ? `This analysis has no field ${unknown.join(", ")}.`
              : undefined
        }
        about={
          <>Fields: {[...fields].join(", ")}. The period, segment and comparison of the bar above are added to it.</>
        }
      >
        <Textarea
          value={text}
          onChange={(event) => setText(event.target.value)}
          rows={14}
          spellCheck={false}
          className="font-mono text-sm"
        />
      </Field>
      <div className="mt-3 flex justify-end gap-2">
        <Button look="quiet" onClick={() => onDone()}>
          Cancel
        </Button>
        <Button look="solid" type="submit" disabled={!("question" in read)}>
          Ask
        </Button>
      </div>
    </form>
  );
}

function parse(text: string): { question: JsonObject } | { problem: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { question: value as JsonObject };
    return { problem: "A question is an object: { … }" };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : "This is not JSON." };
  }
}
