// What the server knows, as hooks. Keys of answers contain the snapshot, so that new data is asked for by itself.

import {
  keepPreviousData,
  type QueryClient,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { fetchJson, Problem, progressToken } from "./client";
import type {
  Analysis,
  Changes,
  CustomerEntry,
  JsonObject,
  MapEntry,
  MapFile,
  MapVersion,
  Saved,
  SavedKind,
  SavedThing,
  Vocabulary,
  Workspace,
} from "./contract";
import type { Answer, People } from "./model";

export const keys = {
  workspace: ["workspace"] as const,
  changes: ["changes"] as const,
  maps: ["maps"] as const,
  saved: ["saved"] as const,
};

/** Refusals are answers: only a server that cannot be reached, or is busy, is asked again. */
export function retry(failures: number, error: unknown): boolean {
  const again = error instanceof Problem && (error.status === 0 || error.code === "busy");
  return again && failures < 3;
}

export function useWorkspace() {
  return useQuery({
    queryKey: keys.workspace,
    queryFn: ({ signal }) => fetchJson<Workspace>("/api/workspace", { signal }),
  });
}

/** The newest snapshot that the server has told of. */
export function useSnapshot(): number {
  const { data: changes } = useQuery<Changes>({ queryKey: keys.changes, enabled: false });
  const workspace = useWorkspace();
  return Math.max(changes?.snapshot ?? 0, workspace.data?.snapshot ?? 0);
}

export const analysesOptions = queryOptions({
  queryKey: ["analyses"],
  queryFn: async ({ signal }) => (await fetchJson<{ analyses: Analysis[] }>("/api/analyses", { signal })).analyses,
  staleTime: Number.POSITIVE_INFINITY,
});
export const useAnalyses = () => useQuery(analysesOptions);

export function useVocabulary() {
  const snapshot = useSnapshot();
  return useQuery({
    queryKey: ["vocabulary", snapshot],
    queryFn: ({ signal }) => fetchJson<Vocabulary>("/api/vocabulary", { signal }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useMaps() {
  return useQuery({
    queryKey: [...keys.maps, "list"],
    queryFn: async ({ signal }) => (await fetchJson<{ maps: MapEntry[] }>("/api/maps", { signal })).maps,
  });
}

export function useMapFile(id: string | undefined, version?: string) {
  return useQuery({
    queryKey: [...keys.maps, "file", id, version ?? "current"],
    queryFn: ({ signal }) =>
      fetchJson<MapFile>(
        `/api/maps/${encodeURIComponent(id ?? "")}/${version ? `versions/${encodeURIComponent(version)}` : "file"}`,
        { signal },
      ),
    enabled: id !== undefined,
  });
}

export function useMapVersions(id: string | undefined) {
  return useQuery({
    queryKey: [...keys.maps, "versions", id],
    queryFn: async ({ signal }) =>
      (await fetchJson<{ versions: MapVersion[] }>(`/api/maps/${encodeURIComponent(id ?? "")}/versions`, { signal }))
        .versions,
    enabled: id !== undefined,
  });
}

/** A question with the member `map` (the id) or `declared` (an unsaved map) where it speaks of stages or personas. */
export interface Asked {
  analysis: string;
  question: JsonObject;
  /** The snapshot to show; see `useShownSnapshot`. */
  snapshot: number;
}

/** The answer to a question. While it is counted, `useAskProgress(answer.token)` says how far it is. */
export function useAnswer({ analysis, question, snapshot }: Asked, enabled = true) {
  return useQuery({
    queryKey: ["answer", analysis, question, snapshot],
    queryFn: ({ signal }) => ask(analysis, question, signal),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    enabled,
  });
}

/** Tokens of the questions that are being counted, by their text. */
const counting = new Map<string, string>();

export async function ask(analysis: string, question: JsonObject, signal?: AbortSignal): Promise<Answer> {
  const token = progressToken();
  const name = countingName(analysis, question);
  counting.set(name, token);
  try {
    const path = `/api/ask/${encodeURIComponent(analysis)}`;
    return await fetchJson<Answer>(path, { body: question, signal, headers: { "Periplus-Ask": token } });
  } finally {
    if (counting.get(name) === token) counting.delete(name);
  }
}

function countingName(analysis: string, question: JsonObject): string {
  return `${analysis} ${JSON.stringify(question)}`;
}

/** How far a question is that takes longer; null before the server says anything. */
export function useAskProgress({ analysis, question }: Omit<Asked, "snapshot">, running: boolean) {
  return useQuery({
    queryKey: ["progress", analysis, question],
    queryFn: async ({ signal }) => {
      const token = counting.get(countingName(analysis, question));
      if (!token) return null;
      return fetchJson<{ done: number; total: number }>(`/api/asks/${token}`, { signal }).catch(() => null);
    },
    enabled: running,
    refetchInterval: 400,
    gcTime: 0,
  }).data;
}

export function usePeople(analysis: string, question: JsonObject, place: JsonObject | null, atMost: number) {
  return useQuery({
    queryKey: ["people", analysis, question, place, atMost],
    queryFn: ({ signal }) => listPeople(analysis, question, place, atMost, signal),
    enabled: place !== null,
    placeholderData: keepPreviousData,
  });
}

/** The people behind a count. */
export function listPeople(
  analysis: string,
  question: JsonObject,
  place: JsonObject | null,
  atMost: number,
  signal?: AbortSignal,
) {
  const { map, declared, ...own } = question;
  return fetchJson<People>(`/api/people/${encodeURIComponent(analysis)}`, {
    body: { question: own, place, at_most: atMost, ...(map ? { map } : {}), ...(declared ? { declared } : {}) },
    signal,
  });
}

export function useCustomerSearch(search: string, atMost = 20, enabled = true) {
  return useQuery({
    queryKey: ["customers", search, atMost],
    queryFn: async ({ signal }) =>
      (
        await fetchJson<{ customers: CustomerEntry[] }>(
          `/api/customers?${new URLSearchParams({ search, at_most: String(atMost) })}`,
          { signal },
        )
      ).customers,
    placeholderData: keepPreviousData,
    enabled,
  });
}

export function useSaved() {
  return useQuery({ queryKey: keys.saved, queryFn: ({ signal }) => fetchJson<Saved>("/api/saved", { signal }) });
}

/** Whether such things can be kept here: the server keeps them, and nobody else can reach it. */
export function useMayKeep(kind: SavedKind): boolean {
  const saved = useSaved();
  const workspace = useWorkspace();
  return saved.data?.[kind] !== undefined && workspace.data?.may_change === true;
}

const HEED_LABELS = [
  ["answer", "comments"],
  ["people", "comments"],
  ["answer", "findings"],
  ["people", "findings"],
  ["people", "kpis"],
] as const;

/** What was kept is asked for again, and the answers that heed it. */
function askAgain(client: QueryClient, kind: SavedKind) {
  // What people say about a text counts in what is told of texts, and in who is behind it.
  if (kind === "labels") for (const queryKey of HEED_LABELS) client.invalidateQueries({ queryKey });
  return client.invalidateQueries({ queryKey: keys.saved });
}

/** Saves a segment, an answer or a dashboard; shown at once, and taken back when the server refuses. */
export function useSave<K extends SavedKind>(kind: K) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...thing }: SavedThing<K>) =>
      fetchJson<void>(`/api/saved/${kind}/${encodeURIComponent(id)}`, { method: "PUT", body: thing }),
    onMutate: async (thing) => {
      await client.cancelQueries({ queryKey: keys.saved });
      const before = client.getQueryData<Saved>(keys.saved);
      if (before) {
        const others = ((before[kind] ?? []) as SavedThing<K>[]).filter((other) => other.id !== thing.id);
        client.setQueryData<Saved>(keys.saved, { ...before, [kind]: [...others, thing] });
      }
      return { before };
    },
    onError: (_error, _thing, context) => context?.before && client.setQueryData(keys.saved, context.before),
    onSettled: () => askAgain(client, kind),
  });
}

/** Removes a saved thing. Undo is saving it again. */
export function useRemoveSaved<K extends SavedKind>(kind: K) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => fetchJson<void>(`/api/saved/${kind}/${encodeURIComponent(id)}`, { method: "DELETE" }),
    onSettled: () => askAgain(client, kind),
  });
}
