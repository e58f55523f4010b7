// Light, dark, or as the system has it. The browser remembers it, and the reader's name (areas/act/me.tsx).

import { useSyncExternalStore } from "react";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const NAME = "periplus.theme";
const listeners = new Set<() => void>();

export function theme(): Theme {
  const kept = localStorage.getItem(NAME);
  return THEMES.find((known) => known === kept) ?? "system";
}

export function setTheme(next: Theme) {
  localStorage.setItem(NAME, next);
  applyTheme();
  for (const listener of listeners) listener();
}

export function applyTheme() {
  const chosen = theme();
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, theme);
}
