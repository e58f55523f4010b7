import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { fetchJson } from "@/api/client";
import type { ListedSurvey, OneSurvey, SurveyProblem, SurveyTemplate } from "@/api/surveys";

const SURVEYS = ["data", "surveys"] as const;
const pathOf = (id: string) => `/api/surveys/${encodeURIComponent(id)}`;

export function useSurveys() {
  return useQuery({
    queryKey: [...SURVEYS, "list"],
    queryFn: async ({ signal }) => (await fetchJson<{ surveys: ListedSurvey[] }>("/api/surveys", { signal })).surveys,
  });
}

export function useSurvey(id: string) {
  return useQuery({
    queryKey: [...SURVEYS, "one", id],
    queryFn: ({ signal }) => fetchJson<OneSurvey>(pathOf(id), { signal }),
  });
}

export function useTemplates() {
  return useQuery({
    queryKey: ["survey templates"],
    queryFn: async ({ signal }) =>
      (await fetchJson<{ templates: SurveyTemplate[] }>("/api/surveys/templates", { signal })).templates,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What is wrong with a text; nothing of none. */
export function useCheck(toml: string | null) {
  return useQuery({
    queryKey: ["survey check", toml],
    queryFn: async ({ signal }) =>
      (await fetchJson<{ problems: SurveyProblem[] }>("/api/surveys/check", { body: { toml }, signal })).problems,
    enabled: toml !== null,
    placeholderData: keepPreviousData,
  });
}

/** Writes a survey over the version that was seen; null where there was none. Answers its version. */
export function useWriteSurvey(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (written: { toml: string; base: string | null }) =>
      fetchJson<{ version: string }>(pathOf(id), { method: "PUT", body: written }),
    onSettled: () => client.invalidateQueries({ queryKey: SURVEYS }),
  });
}

export function useDeleteSurvey(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (base: string) =>
      fetchJson<unknown>(`${pathOf(id)}?${new URLSearchParams({ base })}`, { method: "DELETE" }),
    onSettled: () => client.invalidateQueries({ queryKey: [...SURVEYS, "list"] }),
  });
}
