import type { Finding } from "@/api/model";

/** Where the evidence of a finding stands: beside its touchpoint on the map. */
export function evidenceLink(map: string, { id, touchpoint }: Pick<Finding, "id" | "touchpoint">) {
  return {
    to: "/maps/$id" as const,
    params: { id: map },
    search: (now: object) =>
      ({ ...now, map, q: undefined, saved: undefined, open: `finding:${touchpoint}:${id}` }) as never,
  };
}
