// A mapping as a form: what most files need, as fields. Whatever a mapping says beyond that is left as it is.

import type { JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";

export interface IdField {
  kind: string;
  column: string;
}

export interface MappingForm {
  /** What a row is: something that happened, what is known about a customer, or both. */
  happens: boolean;
  known: boolean;
  /** The column of the time; empty when there is none. */
  time: string;
  format: string;
  zone: string;
  /** Strongest first. */
  ids: IdField[];
  /** How events are called: all the same, as a column says, or in a way that the form does not show. */
  nameFrom: "text" | "column" | "kept";
  name: string;
  channelFrom: "none" | "text" | "column";
  channel: string;
  amount: string;
  decimalComma: boolean;
  currencyFrom: "text" | "column";
  currency: string;
  /** Which columns become properties of the event. */
  properties: "all" | "none" | string[];
  /** Which columns become traits of the customer. */
  traits: "all" | "none" | string[];
  household: string;
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const objects = (value: JsonValue | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
const text = (value: JsonValue | undefined) => (typeof value === "string" ? value : "");

const sourceOf = (mapping: JsonObject | null): JsonObject => objects(mapping?.source)[0] ?? {};

/** The form of a mapping's first source. */
export function readForm(mapping: JsonObject | null): MappingForm {
  const source = sourceOf(mapping);
  const [event] = objects(source.event);
  const [traits] = objects(source.traits);
  const time = firstObject(source.time, event?.time);
  const ids = objects(source.ids ?? event?.ids ?? traits?.ids);
  const name = readText(event?.name);
  const channel = readText(event?.channel);
  const currency = readText(event?.currency);
  return {
    happens: event !== undefined,
    known: traits !== undefined,
    time: text(time.column),
    format: text(time.format) || "rfc3339",
    zone: text(time.zone),
    ids: ids.map((id) => ({ kind: text(id.kind), column: text(id.column) })),
    nameFrom: isObject(event?.name) && event.name.template !== undefined ? "kept" : name.from,
    name: name.value,
    channelFrom: event?.channel == null ? "none" : channel.from,
    channel: channel.value,
    amount: isObject(event?.amount) ? text(event.amount.column) : "",
    decimalComma: isObject(event?.amount) && event.amount.decimal_comma === true,
    currencyFrom: event?.currency == null ? "text" : currency.from,
    currency: currency.value,
    properties: readPick(event?.properties),
    traits: readPick(traits?.columns),
    household: text(traits?.household),
  };
}

const firstObject = (...values: (JsonValue | undefined)[]) => values.find(isObject) ?? {};

function readText(value: JsonValue | undefined): { from: "text" | "column"; value: string } {
  if (isObject(value)) return { from: "column", value: text(value.column) };
  return { from: "text", value: text(value) };
}

function readPick(value: JsonValue | undefined): "all" | "none" | string[] {
  if (value === "none") return "none";
  if (Array.isArray(value)) return value.map(String);
  if (isObject(value)) return Object.keys(value);
  return "all";
}

/** What a mapping says that the form does not show, in words; it stays as it is. */
export function beyondForm(mapping: JsonObject | null): string[] {
  const source = sourceOf(mapping);
  const events = objects(source.event);
  const [event] = events;
  const beyond: [boolean, string][] = [
    [objects(mapping?.source).length > 1, "more than one source"],
    [events.length > 1, "several rules for events"],
    [objects(source.traits).length > 1, "several rules for traits"],
    [event?.when != null, "a condition on rows"],
    [objects(source.lookup).length > 0, "columns from another file"],
    [objects(source.link).length > 0, "links"],
    [Array.isArray(event?.distinct_by) && event.distinct_by.length > 0, "rows that make one event together"],
    [
      isObject(event?.name) && (event.name.template !== undefined || event.name.values !== undefined),
      "a name made of columns",
    ],
    [event?.message_id != null, "an id of each event"],
  ];
  return beyond.filter(([is]) => is).map(([, words]) => words);
}

/** The mapping with what the form says; what the form does not know of stays. */
export function writeForm(form: MappingForm, mapping: JsonObject | null, fileName: string): JsonObject {
  const sources = objects(mapping?.source);
  const before = sources[0] ?? {};
  const [event = {}, ...moreEvents] = objects(before.event);
  const [traits = {}, ...moreTraits] = objects(before.traits);
  const source: JsonObject = {
    ...before,
    name: text(before.name) || nameOf(fileName),
    ...(form.happens
      ? { event: [writeEvent(form, event), ...moreEvents] }
      : { event: moreEvents.length > 0 ? moreEvents : null }),
    ...(form.known
      ? { traits: [writeTraits(form, traits), ...moreTraits] }
      : { traits: moreTraits.length > 0 ? moreTraits : null }),
    time: form.time === "" ? null : writeTime(form, firstObject(before.time, event.time)),
    ids: form.ids
      .filter((id) => id.kind !== "" && id.column !== "")
      .map((id) => ({ ...objects(before.ids).find((one) => one.column === id.column && one.kind === id.kind), ...id })),
  };
  return { ...mapping, source: [withoutNothing(source), ...sources.slice(1)] };
}

function writeTime({ time, format, zone }: MappingForm, before: JsonObject): JsonObject {
  return withoutNothing({ ...before, column: time, format: format === "rfc3339" ? null : format, zone: zone || null });
}

function writeEvent(form: MappingForm, before: JsonObject): JsonObject {
  // What stands at the source counts for its rules, too.
  const { time: _time, ids: _ids, ...own } = before;
  return withoutNothing({
    ...own,
    name: (form.nameFrom === "kept" ? before.name : writeText(form.nameFrom, form.name, before.name)) ?? "",
    channel: form.channelFrom === "none" ? null : writeText(form.channelFrom, form.channel, before.channel),
    amount: form.amount === "" ? null : { column: form.amount, ...(form.decimalComma ? { decimal_comma: true } : {}) },
    currency: form.amount === "" ? null : writeText(form.currencyFrom, form.currency, before.currency),
    properties: writePick(form.properties, before.properties),
  });
}

function writeTraits(form: MappingForm, before: JsonObject): JsonObject {
  const { ids: _ids, ...own } = before;
  return withoutNothing({
    ...own,
    columns: writePick(form.traits, before.columns),
    household: form.household || null,
  });
}

/** A text of a mapping; one that says more of the same column (other words for its values) stays. */
function writeText(from: "text" | "column", value: string, before: JsonValue | undefined): JsonValue | null {
  if (from === "text") return value || null;
  if (isObject(before) && before.column === value) return before;
  return value === "" ? null : { column: value };
}

function writePick(pick: "all" | "none" | string[], before: JsonValue | undefined): JsonValue | null {
  if (isObject(before) && Array.isArray(pick)) {
    return Object.fromEntries(pick.map((column) => [column, before[column] ?? column]));
  }
  return pick === "all" && before === undefined ? null : pick;
}

const withoutNothing = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null && value !== undefined));

/** A name for the source from that of the file. */
function nameOf(file: string): string {
  return file.replace(/(\.(csv|tsv|jsonl?|ndjson|parquet|xes|xml|gz|zst))+$/i, "").slice(0, 100) || "file";
}

/** What is still missing before anything can be read. */
export function missing(form: MappingForm): string | null {
  if (!form.happens && !form.known) return "Say what a row is.";
  if (!form.ids.some((id) => id.kind !== "" && id.column !== "")) return "Say which column tells who it was.";
  if (form.happens && form.time === "") return "Say which column has the time.";
  if (form.happens && form.nameFrom !== "kept" && form.name === "") return "Say what the event is called.";
  return null;
}
