// Keys that work everywhere. A page adds its own with `useKeys`.

import { useEffect, useRef } from "react";

export type KeyMap = Record<string, () => void>;

/** Whether keys belong to what has the focus: something written into, an open menu or a dialog. */
function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return true;
  const at = event.target instanceof Element ? event.target : null;
  return (
    at?.closest(
      "input,textarea,select,[contenteditable],[role=dialog],[role=menu],[role=listbox],[role=grid],[role=slider]",
    ) != null
  );
}

const SECOND_KEY_MS = 1000;

/** Single keys ("x"), and two after each other ("g m"). Arrows are "ArrowLeft" and so on. */
export function useKeys(keys: KeyMap) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    let first: { key: string; at: number } | null = null;
    const onKey = (event: KeyboardEvent) => {
      if (isTaken(event)) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const pair = first && event.timeStamp - first.at < SECOND_KEY_MS ? `${first.key} ${key}` : null;
      const starts = Object.keys(latest.current).some((name) => name.startsWith(`${key} `));
      first = null;
      const action = (pair && latest.current[pair]) || latest.current[key];
      if (action) {
        event.preventDefault();
        action();
      } else if (starts) {
        first = { key, at: event.timeStamp };
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
