import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { fetchJson, Problem } from "@/api/client";
import type {
  CatalogueEvent,
  IdentityHealth,
  ImportEntry,
  Job,
  JsonObject,
  Preview,
  Quarantine,
  Reject,
  Replayed,
  Sources,
  Storage,
  Upload,
} from "@/api/contract";

/** What changes with the data; its keys begin so that news of the data fetch it again (see api/live.ts). */
const data = <K extends readonly unknown[]>(...key: K) => ["data", ...key] as const;

export function useSources(hours = 24) {
  return useQuery({
    queryKey: data("sources", hours),
    queryFn: ({ signal }) => fetchJson<Sources>(`/api/sources?hours=${hours}`, { signal }),
    placeholderData: keepPreviousData,
  });
}

type SourceChange = { do: "add"; name: string; origins: string[] } | { do: "end"; key: string };

export function useChangeSource() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: SourceChange) => fetchJson<{ key?: string }>("/api/sources", { body: change }),
    onSuccess: () => {
      client.invalidateQueries({ queryKey: data("sources") });
      client.invalidateQueries({ queryKey: ["workspace"] });
    },
  });
}

export function useRules(source: string) {
  return useQuery({
    queryKey: data("rules", source),
    queryFn: ({ signal }) =>
      fetchJson<{ toml: string }>(`/api/sources/${encodeURIComponent(source)}/rules`, { signal }),
  });
}

export function useSaveRules(source: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (toml: string) =>
      fetchJson<void>(`/api/sources/${encodeURIComponent(source)}/rules`, { method: "PUT", body: { toml } }),
    onSuccess: (_, toml) => {
      client.setQueryData(data("rules", source), { toml });
      client.invalidateQueries({ queryKey: data("sources") });
    },
  });
}

export function usePlan(source: string, enabled: boolean) {
  return useQuery({
    queryKey: data("plan", source),
    queryFn: ({ signal }) => fetchJson<{ toml: string }>(`/api/sources/${encodeURIComponent(source)}/plan`, { signal }),
    enabled,
  });
}

export interface Which {
  reason?: string;
  source?: string;
}

export function useQuarantine({ reason, source }: Which, atMost = 100) {
  const query = new URLSearchParams({ at_most: String(atMost), ...(reason && { reason }), ...(source && { source }) });
  return useQuery({
    queryKey: data("quarantine", reason ?? "", source ?? "", atMost),
    queryFn: ({ signal }) => fetchJson<Quarantine>(`/api/quarantine?${query}`, { signal }),
    placeholderData: keepPreviousData,
  });
}

export function useReplay() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (what: Which | { messages: { id: string | number; message?: unknown }[] }) =>
      fetchJson<Replayed>("/api/quarantine/replay", { body: what }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["data"] }),
  });
}

export function useImports() {
  return useQuery({
    queryKey: data("imports"),
    queryFn: async ({ signal }) => {
      const { imports } = await fetchJson<{ imports: ImportEntry[] }>("/api/imports", { signal });
      return imports.map((one) => ({ ...one, at: instant(one.at) }));
    },
  });
}

/** The journal of imports has its times in microseconds. */
const instant = (at: string | number) => (typeof at === "number" ? new Date(at / 1000).toISOString() : at);

export function useRejects(id: string | number, enabled: boolean) {
  return useQuery({
    queryKey: data("rejects", id),
    queryFn: ({ signal }) =>
      fetchJson<{ rejects: Reject[]; total: number }>(
        `/api/imports/${encodeURIComponent(String(id))}/rejects?at_most=100`,
        { signal },
      ),
    enabled,
  });
}

export function useCatalogue() {
  return useQuery({
    queryKey: data("catalogue"),
    queryFn: async ({ signal }) => (await fetchJson<{ events: CatalogueEvent[] }>("/api/catalogue", { signal })).events,
    placeholderData: keepPreviousData,
  });
}

export function useIdentity() {
  return useQuery({
    queryKey: data("identity"),
    queryFn: ({ signal }) => fetchJson<IdentityHealth>("/api/identity", { signal }),
    placeholderData: keepPreviousData,
  });
}

export function useStorage() {
  return useQuery({
    queryKey: data("storage"),
    queryFn: ({ signal }) => fetchJson<Storage>("/api/storage", { signal }),
    placeholderData: keepPreviousData,
  });
}

/** Work that the server does by itself; asked after until it is finished. */
export function useJob(job: string | undefined) {
  return useQuery({
    queryKey: ["job", job],
    queryFn: ({ signal }) => fetchJson<Job>(`/api/jobs/${encodeURIComponent(job ?? "")}`, { signal }),
    enabled: job !== undefined,
    refetchInterval: ({ state }) => (state.data?.finished || state.error ? false : 400),
    gcTime: 0,
  });
}

export function useUpload(upload: string | undefined) {
  return useQuery({
    queryKey: ["upload", upload],
    queryFn: ({ signal }) => fetchJson<Upload>(`/api/uploads/${encodeURIComponent(upload ?? "")}`, { signal }),
    enabled: upload !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What a file means: as the form has it, as text, or as the server guesses. */
export type Meaning = { mapping: JsonObject } | { mapping_toml: string } | Record<string, never>;

export function usePreview(upload: string, meaning: Meaning) {
  return useQuery({
    queryKey: ["upload", upload, "preview", meaning],
    queryFn: ({ signal }) =>
      fetchJson<Preview>(`/api/uploads/${encodeURIComponent(upload)}/preview`, { body: meaning, signal }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Sends a file, and tells how far it is. Only the older way of the browser knows that. */
export function sendFile(file: File, onProgress: (done: number) => void, signal: AbortSignal): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/uploads?${new URLSearchParams({ name: file.name })}`);
    request.responseType = "json";
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onload = () => {
      if (request.status < 300) resolve(request.response as Upload);
      else reject(new Problem((request.response as Record<string, unknown> | null) ?? {}, request.status));
    };
    request.onerror = () =>
      reject(
        new Problem(
          {
            title: "The file did not get through",
            detail: "The connection to the server broke.",
            help: "See whether it still runs, then try again.",
          },
          0,
        ),
      );
    request.onabort = () => reject(new DOMException("Aborted", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
