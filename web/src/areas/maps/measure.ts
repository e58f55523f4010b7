// A map, measured in the context of the bar.

import { useMemo } from "react";
import type { JsonObject } from "@/api/contract";
import { useShownSnapshot } from "@/api/live";
import type { JsonValue, MeasuredMap } from "@/api/model";
import { useAnswer } from "@/api/queries";
import { useContextQuestion, useContextSearch, withoutFindings } from "@/shell/context";
import { periodName } from "@/words/period";
import type { JourneyMap } from "./declared";
import type { Beside } from "./measured";
import { EVERYBODY, groupOf } from "./measured";

/** The question for a map: as it is saved, or as it is being written. */
export function useMapQuestion(id: string, declared?: JourneyMap): { question: JsonObject; ready: boolean } {
  const { question: context, ready } = useContextQuestion();
  const question = useMemo(() => {
    const { map: _, declared: __, ...rest } = context;
    return declared ? { ...rest, declared: declared as unknown as JsonValue } : { ...rest, map: id };
  }, [context, declared, id]);
  return { question, ready };
}

export function useMeasured(id: string, declared?: JourneyMap, enabled = true) {
  const { question, ready } = useMapQuestion(id, declared);
  const live = useShownSnapshot();
  const asked = { analysis: "map", question: withoutFindings(question), snapshot: live.snapshot };
  const answer = useAnswer(asked, ready && enabled);
  const view = answer.data?.view;
  const measured: MeasuredMap | undefined = view?.shape === "map" && view.id === id ? view : undefined;
  return { question, asked, answer, measured, live };
}

/** A question about one group of the map's people. */
export function ofGroup(question: JsonObject, group: string): JsonObject {
  if (group === EVERYBODY) return question;
  const persona = { member: group };
  return { ...question, segment: question.segment === undefined ? persona : { and: [question.segment, persona] } };
}

const COMPARED: Record<string, string> = { previous: "previous period", year: "a year before" };

/** Who stands beside: a persona that was chosen, else what the context compares with. */
export function useBeside(
  measured: MeasuredMap | undefined,
  compared: MeasuredMap | undefined,
  group: string | undefined,
  beside: string | undefined,
): Beside | undefined {
  const { compare } = useContextSearch();
  return useMemo(() => {
    if (measured && beside !== undefined && beside !== (group ?? "all")) {
      const found = measured.groups.find((one) => one.id === beside);
      if (found) return { name: found.name, group: found, sort: "persona" };
    }
    if (!compared || !compare) return undefined;
    const name =
      COMPARED[compare] ?? (compare.includes("..") ? periodName(compare) : compare.slice(compare.indexOf(":") + 1));
    return { name, group: groupOf(compared, group), sort: "comparison" };
  }, [measured, compared, group, beside, compare]);
}
