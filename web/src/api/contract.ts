// Types of the endpoints that are not part of the model of questions and answers.

import type { JsonValue } from "./model";

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
	customers: number;
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

export type ValueKind = "text" | "number" | "boolean" | "time" | "mixed";
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
	/** Why the file cannot be read. */
	problem?: string | null;
}

export interface MapFile {
	id: string;
	file: string;
	version: string | number;
	yaml: string;
	declared: DeclaredMap;
	problems: { severity: "error" | "warning"; line: number; column: number; message: string; help: string }[];
}

/** What the app as a whole reads of a declared map; the map's own pages know all of it. */
export interface DeclaredMap {
	title: string;
	personas?: { id: string; name: string; about?: string }[];
	stages?: { id: string; name: string }[];
	touchpoints?: { id: string; name: string; stage?: string; channel?: string }[];
	[key: string]: unknown;
}

export interface MapVersion {
	version: string | number;
	at: string;
	note: string;
	current: boolean;
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
export interface Saved {
	segments: SavedSegment[];
	answers: SavedAnswer[];
	dashboards: Dashboard[];
}
export type SavedKind = keyof Saved;
export type SavedThing<K extends SavedKind> = Saved[K][number];

export interface CustomerEntry {
	id: string;
	name: string;
	identifiers: string[];
	last: string | null;
	events: number | null;
}
