// A draft with its past and future, for undo and redo.

import type { JourneyMap } from "../declared";

export interface Draft {
  past: readonly JourneyMap[];
  now: JourneyMap;
  future: readonly JourneyMap[];
  /** What was changed last: letters written into one field are one step. */
  tag: string | null;
}

export type Step =
  | { do: "change"; map: JourneyMap; tag?: string }
  | { do: "undo" | "redo" }
  | { do: "begin"; map: JourneyMap };

const MOST = 200;

export const begin = (map: JourneyMap): Draft => ({ past: [], now: map, future: [], tag: null });

export function draftStep(draft: Draft, step: Step): Draft {
  switch (step.do) {
    case "begin":
      return begin(step.map);
    case "change": {
      const same = step.tag !== undefined && step.tag === draft.tag && draft.past.length > 0;
      const past = same ? draft.past : [...draft.past, draft.now].slice(-MOST);
      return { past, now: step.map, future: [], tag: step.tag ?? null };
    }
    case "undo": {
      const before = draft.past.at(-1);
      if (!before) return draft;
      return { past: draft.past.slice(0, -1), now: before, future: [draft.now, ...draft.future], tag: null };
    }
    case "redo": {
      const [next, ...future] = draft.future;
      if (!next) return draft;
      return { past: [...draft.past, draft.now], now: next, future, tag: null };
    }
  }
}
