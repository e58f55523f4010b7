import { useQueries } from "@tanstack/react-query";
import type { JsonObject } from "@/api/contract";
import type { Answer, MeasuredMap } from "@/api/model";
import { ask, useMaps } from "@/api/queries";

/** Every map that can be read, measured in the context that a question gives. */
export function useMeasuredMaps(context: JsonObject, snapshot: number, ready: boolean) {
  const maps = useMaps();
  const whole = (maps.data ?? []).filter((map) => !map.problem);
  const { compare: _compare, ...own } = context;
  const measured = useQueries({
    queries: whole.map(({ id }) => {
      const question = { ...own, map: id };
      return {
        queryKey: ["answer", "map", question, snapshot],
        queryFn: ({ signal }: { signal: AbortSignal }) => ask("map", question, signal),
        staleTime: Number.POSITIVE_INFINITY,
        enabled: ready,
      };
    }),
  });
  return {
    maps,
    pending: maps.isPending || measured.some((one) => one.isPending),
    error: maps.error ?? measured.find((one) => one.isError)?.error ?? null,
    measured: measured.flatMap((one) => mapOf(one.data) ?? []),
  };
}

function mapOf(answer: Answer | undefined): MeasuredMap | null {
  return answer?.view.shape === "map" ? answer.view : null;
}
