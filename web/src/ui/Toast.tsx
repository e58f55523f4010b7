// Short messages about what was done. What shows them is loaded with the first one.

import { lazy, Suspense, useSyncExternalStore } from "react";
import { Problem } from "@/api/client";

const load = () => import("./Toaster");
const Toaster = lazy(load);

let wanted = false;
const listeners = new Set<() => void>();
let ready: () => void;
const shown = new Promise<void>((resolve) => {
  ready = resolve;
});

async function manager() {
  wanted = true;
  for (const listener of listeners) listener();
  const { manager } = await load();
  await shown;
  return manager;
}

/** Tells that something was done; `undo` takes it back. */
export async function toast(text: string, undo?: () => void) {
  const toasts = await manager();
  const id: string = toasts.add({
    title: text,
    // Who must find the button with a keyboard or a screen reader needs longer.
    timeout: undo ? 20_000 : 5_000,
    actionProps: undo && {
      children: "Undo",
      onClick: () => {
        toasts.close(id);
        undo();
      },
    },
  });
}

/** Tells that something could not be done, and what to do now. */
export async function toastProblem(error: unknown) {
  const problem = error instanceof Problem ? error : null;
  (await manager()).add({
    title: problem?.title ?? "That did not work",
    description: [error instanceof Error ? error.message : "", problem?.help].filter(Boolean).join(" "),
    priority: "high",
    timeout: 12_000,
  });
}

/** Stands once in the app. */
export function Toasts() {
  const show = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => wanted,
  );
  return <Suspense>{show && <Toaster onReady={ready} />}</Suspense>;
}
