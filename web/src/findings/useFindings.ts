// The findings of a map, and which of them were dismissed: the same on Home, in Act and beside the map.

import type { JsonObject } from "@/api/contract";
import { useAnswer, useSaved } from "@/api/queries";
import { sorted } from "./finding";

const AT_MOST = 50;

/** All findings as one asks for them on every screen, so that they are looked for once. */
export const FINDINGS: JsonObject = { at_most: AT_MOST };

/** What stands out in the context that a question gives. */
export function useFindings(context: JsonObject, snapshot: number, ready = true) {
  const saved = useSaved();
  // Findings compare by themselves.
  const { compare: _, ...own } = context;
  const asked = { analysis: "findings", question: { ...own, ...FINDINGS }, snapshot };
  const answer = useAnswer(asked, ready && snapshot > 0);
  const view = answer.data?.view.shape === "findings" ? answer.data.view : undefined;
  return { asked, answer, view, ...sorted(view?.findings ?? [], saved.data?.dismissed ?? []) };
}
