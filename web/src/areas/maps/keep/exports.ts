// The map as a file, as it is shown: with its period, segment, comparison and personas.

import type { JsonObject } from "@/api/contract";

export const FORMS = [
  { form: "svg", name: "Drawing (.svg)" },
  { form: "png", name: "Picture (.png)" },
  { form: "pdf", name: "Page to print (.pdf)" },
  { form: "html", name: "Page by itself (.html)" },
  { form: "csv", name: "Figures (.csv)" },
  { form: "json", name: "Everything (.json)" },
] as const;
export type Form = (typeof FORMS)[number]["form"];

export function exportAddress(
  question: JsonObject,
  form: Form,
  shown: { group?: string; beside?: string },
  dark = isDark(),
): string {
  const query = new URLSearchParams({ question: JSON.stringify(question) });
  if (dark) query.set("theme", "dark");
  if (shown.group) query.set("group", shown.group);
  if (shown.beside) query.set("beside", shown.beside);
  return `/api/ask/map.${form}?${query}`;
}

function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
}
