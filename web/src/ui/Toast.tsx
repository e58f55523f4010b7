// Short messages about what was done. What shows them is loaded with the first one; the place where they are read out
// is there from the start, because only what comes into it later is read out.

import { lazy, Suspense, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { Problem } from "@/api/client";

export interface Message {
  id: number;
  title: string;
  about?: string;
  /** Read out at once. */
  urgent?: boolean;
  milliseconds: number;
  undo?: () => void;
}

const AT_MOST = 3;
let messages: readonly Message[] = [];
let told = 0;
const listeners = new Set<() => void>();

function set(next: readonly Message[]) {
  messages = next;
  for (const listener of listeners) listener();
}

const tell = (message: Omit<Message, "id">) => set([{ ...message, id: ++told }, ...messages].slice(0, AT_MOST));
const close = (id: number) => set(messages.filter((one) => one.id !== id));

/** Tells that something was done; `undo` takes it back. */
export function toast(title: string, undo?: () => void) {
  // Who must find the button with a keyboard or a screen reader needs longer.
  tell({ title, undo, milliseconds: undo ? 20_000 : 5_000 });
}

/** Tells that something could not be done, and what to do now. */
export function toastProblem(error: unknown) {
  const problem = error instanceof Problem ? error : null;
  tell({
    title: problem?.title ?? "That did not work",
    about: [error instanceof Error ? error.message : "", problem?.help].filter(Boolean).join(" "),
    urgent: true,
    milliseconds: 12_000,
  });
}

const Toaster = lazy(() => import("./Toaster"));

/** Stands once in the app. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => messages,
  );
  return createPortal(
    <section
      id="messages"
      tabIndex={-1}
      aria-label="Notifications"
      aria-live="polite"
      className="fixed right-4 bottom-4 z-50 flex w-[min(380px,calc(100vw-32px))] flex-col gap-2 max-md:bottom-18"
    >
      <Suspense>{shown.length > 0 && <Toaster messages={shown} onClose={close} />}</Suspense>
    </section>,
    document.body,
  );
}
