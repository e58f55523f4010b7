// Types of the endpoints that are not part of the model of questions and answers.

import type { CaseRule, Watch } from "./followup";
import type { Estimate, JsonValue, Tone } from "./model";

export type JsonObject = { [key: string]: JsonValue };

/** A condition on events or on customers, as questions and segments have it; a text alone is the name of an event. */
export type Condition = string | JsonObject;

export interface Workspace {
  title: string;
  version: string;
  /** False when others can reach the server: what changes things is hidden, and the app says why. */
  may_change: boolean;
  collecting: boolean;
  snapshot: number;
  /** 0 is the empty workspace. */
  events: number;
  /** Null until they were counted. */
  customers: number | null;
  first: string | null;
  watermark: string | null;
  maps: number;
  sources: number;
  imports: number;
  demo: boolean;
}

/** One message of `GET /api/changes`. */
export interface Changes {
  snapshot: number;
  maps: string;
  saved: string;
}

export interface Analysis {
  name: string;
  about: string;
  needs_map: boolean;
  example: JsonObject;
  schema: JsonObject;
  place: JsonObject;
}

export type ValueKind = "text" | "number" | "boolean" | "time" | "object" | "list" | "mixed";
export type Counted = [name: string, n: number];

export interface Vocabulary {
  events: { name: string; events: number; customers: number; channels: Counted[] }[];
  properties: { name: string; kind: ValueKind; events: string[]; values: [JsonValue, number][] }[];
  traits: { name: string; kind: ValueKind; customers: number; values: [JsonValue, number][] }[];
  channels: Counted[];
  first: string | null;
  last: string | null;
}

export interface MapEntry {
  id: string;
  title: string;
  about: string;
  stages: string[];
  customers: number | null;
  file?: string;
  version?: string | number | null;
  review?: Review | null;
  /** Why the file cannot be read. */
  problem?: string | null;
}

/** When a map is looked at again, and by whom. */
export interface Review {
  every?: string | null;
  next?: string | null;
  owners?: string[];
}

export interface MapFile {
  id: string;
  file: string;
  version: string | number;
  /** When it was written. */
  at?: string;
  yaml: string;
  declared: DeclaredMap;
  problems: { severity: "error" | "warning"; line: number; column: number; message: string; help: string }[];
}

/** What the app as a whole reads of a declared map; the map's own pages know all of it. */
export interface DeclaredMap {
  title: string;
  personas?: { id: string; name: string; about?: string }[];
  stages?: { id: string; name: string; owner?: string | null; time_limit?: string | null }[];
  touchpoints?: { id: string; name: string; stage?: string; channel?: string }[];
  [key: string]: unknown;
}

export interface MapVersion {
  version: string | number;
  at: string;
  note: string;
  current: boolean;
  /** The map was deleted then: there is nothing to read. */
  deleted: boolean;
  changes: string[];
}

export interface SavedSegment {
  id: string;
  name: string;
  about: string;
  condition: Condition;
}
export interface SavedAnswer {
  id: string;
  name: string;
  analysis: string;
  question: JsonObject;
  map: string | null;
  chart?: JsonValue;
}
export interface Dashboard {
  id: string;
  name: string;
  tiles: { answer: string; wide: boolean }[];
}
/** A finding that is not told again as long as it has not become more. */
export interface Dismissed {
  id: string;
  reason: string;
  title: string;
  /** How much it was. */
  rate: Estimate;
  customers: number;
  /** Its first day; all along when absent. */
  from?: string | null;
  /** The day after its last; still going on when absent. */
  until?: string | null;
}
/** How a text is meant, as people say; its id is the hash of the words. */
export interface Label {
  id: string;
  label: Tone;
}
export interface Saved {
  segments: SavedSegment[];
  answers: SavedAnswer[];
  dashboards: Dashboard[];
  /** Not there where the server keeps none. */
  dismissed?: Dismissed[];
  watches?: (Watch & { id: string })[];
  "case-rules"?: (CaseRule & { id: string })[];
  labels?: Label[];
}
export type SavedKind = keyof Saved;
export type SavedThing<K extends SavedKind> = NonNullable<Saved[K]>[number];

export interface CustomerEntry {
  id: string;
  name: string;
  identifiers: string[];
  last: string | null;
  events?: number | null;
}

/** A point of somebody's journey, as it was received. */
export interface CustomerEvent {
  time: string;
  event: string;
  channel?: string;
  source?: string;
  /** The identifier that it came with. */
  distinct_id: string;
  message_id?: string;
  /** In millionths of the currency. */
  amount?: number;
  currency?: string;
  properties?: JsonObject;
}

export interface CustomerTrait {
  name: string;
  value: JsonValue;
  /** Since when; always, when absent. */
  time?: string;
  source?: string;
  /** The identifier of which it was told. */
  distinct_id?: string;
}

/** Everything that is held about somebody. */
export interface Customer {
  key: number;
  name: string;
  identifiers: { identifier: string; since?: string; why: string[] }[];
  /** Links that were seen and do not count, each with why. */
  others: string[];
  traits: CustomerTrait[];
  events: CustomerEvent[];
  /** Whose an identifier was, and since when we know: only ever appended to. */
  ledger: { id: number; at: string; sentence: string }[];
}

export type CustomerChange =
  | { do: "apart"; one: string; other: string; because?: string }
  | { do: "together"; one: string; other: string }
  | { do: "erase"; id: string; because?: string };

/** A file that was sent and is not imported yet. */
export interface Upload {
  upload: string;
  name: string;
  bytes: number;
  /** Null when the file could not be understood yet. */
  dialect: string | null;
  needs_mapping: boolean;
  columns: { name: string; sample: string[] }[];
  /** What it means, as far as it can be guessed: docs/schema/mapping.schema.json. */
  mapping: JsonObject | null;
  mapping_toml: string | null;
  problem: string | null;
}

export interface Reject {
  line: number;
  reason: string;
  detail: string;
  raw: string;
}

export interface Preview {
  rows: number;
  events: number;
  traits: number;
  links: number;
  rejected: number;
  skipped: number;
  reasons: Counted[];
  rejects: Reject[];
  names: Counted[];
  customers: number;
  identifiers: Counted[];
  samples: { time: string; event: string; id: string; properties?: JsonObject }[];
}

export interface Job {
  job: string;
  what: string;
  stage: string;
  done: number;
  total: number;
  rows: number;
  finished: boolean;
  outcome: JsonObject | null;
  problem: string | null;
}

export interface ImportEntry {
  id: string | number;
  at: string;
  file: string;
  source: string;
  rows: number;
  events: number;
  traits: number;
  links: number;
  stored: number;
  duplicates: number;
  rejected: number;
  skipped: number;
  reasons: Counted[];
  problem: string | null;
}

export interface WriteKey {
  key: string;
  origins: string[];
  created: string;
  ended: string | null;
}

export interface Source {
  name: string;
  keys: WriteKey[];
  received: number;
  stored: number;
  duplicates: number;
  quarantined: number;
  /** By the rules: bots, events that are not planned. */
  marked?: number;
  last: string | null;
  rules: boolean;
}

export interface Sources {
  sources: Source[];
  /** Where SDKs send to; where the app is from, when absent. */
  address?: string;
}

export interface Refused {
  id: string | number;
  at: string;
  source: string;
  dialect: string;
  reason: string;
  detail: string;
  /** As it was sent: JSON, or text where it is none. */
  message: JsonValue;
}

export interface Quarantine {
  messages: Refused[];
  reasons: Counted[];
  total: number;
}

export interface Replayed {
  read: number;
  stored: number;
  duplicates: number;
  quarantined: number;
  /** Those that stay, each with why now. */
  refused?: { id: string | number; reason: string; detail: string }[];
}

export interface Arrival {
  at: string;
  source?: string;
  dialect: string;
  outcome: "accepted" | "refused" | "quarantined";
  code?: string;
  detail?: string;
  messages: number;
  begins?: string;
}

export interface CatalogueEvent {
  name: string;
  events: number;
  customers: number;
  first: string | null;
  last: string | null;
  channels: Counted[];
  /** How many on each of the last 30 days. */
  days: number[];
  /** The touchpoint of each map that it belongs to. */
  touchpoints: { map: string; touchpoint: string; name?: string }[];
  /** Their most frequent values; none where nearly every event has another. */
  properties: { name: string; kind: ValueKind; share: number; values: [JsonValue, number][] }[];
  flags: { flag: "new" | "silent" | "spike" | "gap" | "drift"; sentence: string }[];
}

export interface IdentityHealth {
  customers: number;
  identifiers: number;
  /** Customers with more than one identifier. */
  merged: number;
  kinds: { kind: string; identifiers: number }[];
  biggest: { id: string; identifiers: number }[];
  blocked?: { kind: string; value: string; why: string }[];
  demoted?: { kind: string; why: string; count: number }[];
  households?: number;
  rules?: {
    strongest: string[];
    weakest: string[];
    limits: { kind: string; max: number }[];
    limit_other: number;
    limit_total: number;
    look_back: string;
  };
}

export interface Storage {
  events: number;
  traits: number;
  parts: number;
  bytes: number;
  log_bytes: number;
  store_bytes: number;
  quarantine_bytes: number;
  versions: number;
  months: { month: string; events: number; bytes: number }[];
  disk: { total: number; free: number } | null;
  erasures: { open: number; done: number };
}
