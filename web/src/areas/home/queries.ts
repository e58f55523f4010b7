import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import type { Answer, MeasuredMap } from "@/api/model";
import { ask, useMaps } from "@/api/queries";
import { type ContextQuestion, inContext, withoutFindings } from "@/shell/context";

/** How many maps are measured at once, and how many more whenever one asks for them. */
const FEW = 5;

/**
 * The first maps that can be read, measured in the context that a question gives; that of the context is the first.
 * `more` measures the next ones, and is nothing once all are.
 */
export function useMeasuredMaps({ question, ready, missing }: ContextQuestion, snapshot: number) {
  const maps = useMaps();
  const [most, setMost] = useState(FEW);
  const whole = (maps.data ?? [])
    .filter((map) => !map.problem)
    .sort((a, b) => Number(b.id === question.map) - Number(a.id === question.map));
  const shown = whole.slice(0, most);
  const { compare: _compare, ...own } = question;
  const measured = useQueries({
    queries: shown.map(({ id }) => {
      const question = withoutFindings(inContext(own, { map: id }));
      return {
        queryKey: ["answer", "map", question, snapshot],
        queryFn: ({ signal }: { signal: AbortSignal }) => ask("map", question, signal),
        staleTime: Number.POSITIVE_INFINITY,
        enabled: ready && missing === null,
      };
    }),
  });
  const left = whole.length - shown.length;
  return {
    maps,
    /** The maps that are measured, or being measured. */
    shown,
    more: left > 0 ? { left, measure: () => setMost(most + FEW) } : null,
    pending: maps.isPending || measured.some((one) => one.isPending),
    error: maps.error ?? measured.find((one) => one.isError)?.error ?? null,
    measured: measured.flatMap((one) => mapOf(one.data) ?? []),
  };
}

export type More = ReturnType<typeof useMeasuredMaps>["more"];

function mapOf(answer: Answer | undefined): MeasuredMap | null {
  return answer?.view.shape === "map" ? answer.view : null;
}
