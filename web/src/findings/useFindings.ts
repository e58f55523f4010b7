// The findings of a map, and which of them were dismissed: the same on Home, in Act and beside the map.

import { useMemo } from "react";
import type { JsonObject } from "@/api/contract";
import { useAnswer, useSaved } from "@/api/queries";
import { sorted } from "./finding";

const AT_MOST = 50;

/** All findings as one asks for them on every screen, so that they are looked for once. */
export const FINDINGS: JsonObject = { at_most: AT_MOST };

/** So many of them stand on a map: as many as on the pictures that the server draws. */
export const ON_A_MAP = 24;

/** What stands out in the context that a question gives. */
export function useFindings(context: JsonObject, snapshot: number, ready = true) {
  const saved = useSaved();
  // Findings compare by themselves.
  const { compare: _, ...own } = context;
  const asked = { analysis: "findings", question: { ...own, ...FINDINGS }, snapshot };
  const answer = useAnswer(asked, ready && snapshot > 0);
  const view = answer.data?.view.shape === "findings" ? answer.data.view : undefined;
  const dismissed = saved.data?.dismissed;
  const all = useMemo(() => sorted(view?.findings ?? [], dismissed ?? []), [view, dismissed]);
  return { asked, answer, view, ...all };
}
