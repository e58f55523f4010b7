// How far along the map, and who belongs where?

import { Plus, X } from "lucide-react";
import type { Condition } from "@/api/contract";
import type { JsonValue } from "@/api/model";
import { useMaps, useSaved } from "@/api/queries";
import { ConditionBuilder } from "@/conditions/ConditionBuilder";
import { useContextMap, useContextSearch, useSetContext } from "@/shell/context";
import { Button, IconButton } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { Menu, MenuGroup, MenuItem } from "@/ui/Menu";
import { Popover } from "@/ui/Popover";
import { Select } from "@/ui/Select";
import { conditionSentence } from "@/words/condition";
import { type BuilderProps, isObject, put, Sentence } from "./parts";

/** The map whose stages and touchpoints are meant: the same as in the bar above. */
function MapSelect() {
  const { map } = useContextSearch();
  const set = useSetContext();
  const maps = useMaps().data ?? [];
  return (
    <Select
      label="Map"
      inline
      value={map ?? ""}
      options={[
        ...(map && maps.some(({ id }) => id === map) ? [] : [{ value: map ?? "", label: map ?? "choose a map" }]),
        ...maps.map(({ id, title }) => ({ value: id, label: title })),
      ]}
      onChange={(id) => id !== "" && set({ map: id, version: undefined })}
    />
  );
}

export function Stages() {
  return (
    <Sentence>
      <span className="text-muted">How many enter each stage of</span>
      <MapSelect />
      <span className="text-muted">
        go on to the next, go back or drop off, and after how long: everybody, and each persona
      </span>
    </Sentence>
  );
}

export function Reach() {
  return (
    <Sentence>
      <span className="text-muted">How many does each touchpoint of</span>
      <MapSelect />
      <span className="text-muted">touch, and how often: everybody, and each persona</span>
    </Sentence>
  );
}

const SEGMENTS_MAX = 20;

/** Segments by name; without any, the personas of the map. */
export function Segments({ question, onChange }: BuilderProps) {
  const personas = useContextMap()?.personas ?? [];
  const saved = useSaved().data?.segments ?? [];
  const segments = Object.entries(isObject(question.segments) ? question.segments : {});
  const change = (next: [string, JsonValue][]) =>
    onChange(put(question, "segments", next.length > 0 ? Object.fromEntries(next) : undefined));
  const add = (name: string, condition: JsonValue) => change([...segments, [freeName(name, segments), condition]]);
  return (
    <div className="flex flex-col gap-2">
      <p className="text-muted">
        {segments.length > 0
          ? "How many belong to each of these, at the end of the period, and to two of them?"
          : personas.length > 0
            ? "How many belong to each persona of the map, at the end of the period, and to two of them?"
            : "Add segments to see how many belong to each, and to two of them."}
      </p>
      {segments.length > 0 && (
        <ul className="flex flex-col gap-2">
          {segments.map(([name, condition], index) => (
            <li key={index} className="flex flex-wrap items-center gap-2">
              <NameInput
                name={name}
                taken={segments.map(([other]) => other)}
                onChange={(next) => change(segments.with(index, [next, condition]))}
              />
              <span className="text-muted">are those who</span>
              <ConditionPart
                name={name}
                condition={condition as Condition}
                onChange={(next) => change(segments.with(index, [name, next as JsonValue]))}
              />
              <IconButton name={`Remove ${name}`} size="small" onClick={() => change(segments.toSpliced(index, 1))}>
                <X size={14} />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <Sentence>
        <Menu
          trigger={
            <Button size="small" disabled={segments.length >= SEGMENTS_MAX}>
              <Plus size={14} aria-hidden /> Segment
            </Button>
          }
        >
          <MenuItem onSelect={() => add("new", { did: { and: [] } })}>A new one</MenuItem>
          {saved.length > 0 && (
            <MenuGroup label="Saved">
              {saved.map(({ id, name, condition }) => (
                <MenuItem key={id} onSelect={() => add(name, condition as JsonValue)}>
                  <span dir="auto">{name}</span>
                </MenuItem>
              ))}
            </MenuGroup>
          )}
          {personas.length > 0 && (
            <MenuGroup label="Personas of the map">
              {personas.map(({ id, name }) => (
                <MenuItem key={id} onSelect={() => add(name, { member: id })}>
                  <span dir="auto">{name}</span>
                </MenuItem>
              ))}
            </MenuGroup>
          )}
        </Menu>
        {segments.length > 0 && personas.length > 0 && (
          <Button size="small" look="quiet" onClick={() => change([])}>
            The personas of the map instead
          </Button>
        )}
      </Sentence>
    </div>
  );
}

/** A name that no other segment of the question has. */
function freeName(name: string, segments: readonly [string, JsonValue][]): string {
  const taken = new Set(segments.map(([other]) => other));
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name} ${n}`;
  return free;
}

function NameInput({ name, taken, onChange }: { name: string; taken: string[]; onChange: (name: string) => void }) {
  return (
    <Input
      key={name}
      aria-label="Name of the segment"
      dir="auto"
      className="w-44"
      defaultValue={name}
      onBlur={(event) => {
        const next = event.target.value.trim();
        if (next !== "" && !taken.includes(next)) onChange(next);
        else event.target.value = name;
      }}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}

function ConditionPart({
  name,
  condition,
  onChange,
}: {
  name: string;
  condition: Condition;
  onChange: (condition: Condition) => void;
}) {
  return (
    <Popover
      title={`Who belongs to ${name}`}
      className="w-[min(560px,calc(100vw-16px))]"
      trigger={
        <button
          type="button"
          className="min-h-8 max-w-full truncate rounded-md border border-line-strong bg-surface px-2 hover:bg-hover"
          dir="auto"
        >
          {conditionSentence(condition)}
        </button>
      }
    >
      <ConditionBuilder
        about="customers"
        value={condition}
        // Without a condition there would be nobody to speak of: it is removed by its own button.
        onChange={(next) => next !== undefined && onChange(next)}
        empty="Say what makes somebody belong to it."
      />
    </Popover>
  );
}
