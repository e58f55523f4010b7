// The map's file on the server: checking, saving, versions and links to share.

import { fetchJson } from "@/api/client";
import type { JsonObject, MapFile } from "@/api/contract";
import type { JourneyMap } from "../declared";
import { keepText } from "../edit/keepText";

export interface Template {
  id: string;
  title: string;
  about: string;
  stages: string[];
}

export interface FileProblem {
  severity: "error" | "warning";
  line: number;
  column: number;
  message: string;
  help: string;
}

export interface Change {
  path: string;
  sentence: string;
}

export interface Checked {
  yaml: string;
  declared: JourneyMap | null;
  problems: FileProblem[];
  changes: Change[];
}

/** A map as it is to be: written as text, or as what it declares. */
export type Written = { yaml: string } | { declared: JourneyMap };

export const checkMap = (written: Written, against?: string, signal?: AbortSignal) =>
  fetchJson<Checked>("/api/maps/check", { body: { ...written, ...(against ? { against } : {}) }, signal });

/**
 * A draft as the text of its file. What did not change stays as its authors wrote it; should that ever come to declare
 * something else, the server's own writing is taken.
 */
export async function draftAsText(draft: JourneyMap, base: MapFile, signal?: AbortSignal): Promise<Checked> {
  const fresh = await checkMap({ declared: draft }, base.id, signal);
  if (!fresh.declared) return fresh;
  const before = base.declared as unknown as JourneyMap;
  const kept = await checkMap({ yaml: keepText(base.yaml, before, draft, fresh.yaml) }, base.id, signal);
  return sameMap(kept.declared, fresh.declared) ? kept : fresh;
}

/** Whether two maps declare the same, in whatever order their fields were written. */
function sameMap(a: unknown, b: unknown): boolean {
  const sorted = (_: string, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value;
  return JSON.stringify(a, sorted) === JSON.stringify(b, sorted);
}

export const proposeMap = (wish: { template?: string; title?: string }) =>
  fetchJson<{ yaml: string; declared: JourneyMap; problems: FileProblem[]; notes: string[] }>("/api/maps/propose", {
    body: wish,
  });

const fileOf = (id: string) => `/api/maps/${encodeURIComponent(id)}/file`;

/** Saves a map; `base` is the version that was edited, null for a new one. */
export const putMap = (id: string, body: Written & { base: string | number | null; note: string }) =>
  fetchJson<{ version: string | number; changes: Change[] }>(fileOf(id), { method: "PUT", body });

export const removeMap = (id: string, base: string | number) =>
  fetchJson<unknown>(`${fileOf(id)}?${new URLSearchParams({ base: String(base) })}`, { method: "DELETE" });

export const readMap = (id: string, version?: string, signal?: AbortSignal) =>
  fetchJson<MapFile>(
    version ? `/api/maps/${encodeURIComponent(id)}/versions/${encodeURIComponent(version)}` : fileOf(id),
    { signal },
  );

export interface Share {
  token: string;
  path: string;
  what: string;
  title: string;
  created: string;
}

export const readShares = async (signal?: AbortSignal) =>
  (await fetchJson<{ shares: Share[] }>("/api/shares", { signal })).shares;

export const addShare = (share: { map: string; question: JsonObject; group?: string; beside?: string }) =>
  fetchJson<{ token: string; path: string }>("/api/shares", { body: share });

export const endShare = (token: string) =>
  fetchJson<void>(`/api/shares/${encodeURIComponent(token)}`, { method: "DELETE" });
