import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { fetchJson } from "@/api/client";
import type { Alert, CaseAct, Cases, Judged, OneCase, Sent, Watch, Watches } from "@/api/followup";
import { keys } from "@/api/queries";

/** Cases and alerts come a moment after the data that they are of. */
const LOOKED_AT_EVERY = 20_000;

/** Keys begin so that news of the data (or of what is kept) fetch them again: see api/live.ts. */
const CASES = ["data", "cases"] as const;
const ALERTS = ["data", "alerts"] as const;

export interface CaseFilter {
  status?: string;
  owner?: string;
}

export function useCases({ status, owner }: CaseFilter, atMost: number) {
  return useQuery({
    queryKey: [...CASES, status, owner, atMost],
    queryFn: ({ signal }) => {
      const asked = new URLSearchParams({
        at_most: String(atMost),
        ...(status && { status }),
        ...(owner && { owner }),
      });
      return fetchJson<Cases>(`/api/cases?${asked}`, { signal });
    },
    placeholderData: keepPreviousData,
    refetchInterval: LOOKED_AT_EVERY,
  });
}

export function useCase(id: string) {
  return useQuery({
    queryKey: [...CASES, "one", id],
    queryFn: ({ signal }) => fetchJson<OneCase>(`/api/cases/${encodeURIComponent(id)}`, { signal }),
  });
}

/** Does something with a case. When somebody else was faster, what they did is fetched. */
export function useActOnCase(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ act, who }: { act: CaseAct; who: string }) =>
      fetchJson<unknown>(`/api/cases/${encodeURIComponent(id)}`, { body: { ...act, who } }),
    onSettled: () => client.invalidateQueries({ queryKey: CASES }),
  });
}

export function useAlerts(atMost: number, enabled = true) {
  return useQuery({
    queryKey: [...ALERTS, atMost],
    queryFn: async ({ signal }) =>
      (await fetchJson<{ alerts: Alert[] }>(`/api/alerts?at_most=${atMost}`, { signal })).alerts,
    placeholderData: keepPreviousData,
    refetchInterval: LOOKED_AT_EVERY,
    enabled,
  });
}

/** Notes who has seen an alert; `null` takes it back. */
export function useSeeAlert(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (who: string | null) =>
      fetchJson<unknown>(`/api/alerts/${id}/see`, { body: who === null ? { take_back: true } : { who } }),
    onSettled: () => client.invalidateQueries({ queryKey: ALERTS }),
  });
}

export function useWatches() {
  return useQuery({
    queryKey: [...keys.saved, "watches"],
    queryFn: ({ signal }) => fetchJson<Watches>("/api/watches", { signal }),
    refetchInterval: LOOKED_AT_EVERY,
  });
}

/** What a watch would say now. */
export function useTry(watch: Watch | null) {
  return useQuery({
    queryKey: ["data", "try", watch],
    queryFn: async ({ signal }) =>
      (await fetchJson<{ judged: Judged[] }>("/api/watches/try", { body: { watch }, signal })).judged,
    enabled: watch !== null,
    placeholderData: keepPreviousData,
  });
}

/** Sends a test to everybody whom a watch, or a rule for cases, tells. */
export function useTest(id: string) {
  return useMutation({
    mutationFn: async () =>
      (await fetchJson<{ sent: Sent[] }>(`/api/watches/${encodeURIComponent(id)}/test`, { body: {} })).sent,
  });
}
