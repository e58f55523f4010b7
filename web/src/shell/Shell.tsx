import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useChanges } from "@/api/live";
import { PRESETS, shifted } from "@/words/period";
import { AREAS } from "./areas";
import { ContextBar } from "./ContextBar";
import { useContextSearch, useNewestDay, useSetContext } from "./context";
import { type KeyMap, useKeys } from "./keyboard";
import { BottomNavigation, SideNavigation } from "./Navigation";

const CommandMenu = lazy(() => import("./CommandMenu"));
const Shortcuts = lazy(() => import("./Shortcuts"));

/** The frame around every page. */
export function Shell() {
  const [open, setOpen] = useState<"command" | "shortcuts" | null>(null);
  const main = useRef<HTMLElement>(null);
  useChanges();
  useShellKeys(() => setOpen("shortcuts"));
  useCommandKey(() => setOpen((now) => (now === "command" ? null : "command")));
  useFocusOnRoute(main);
  return (
    <div className="flex min-h-dvh">
      {/* biome-ignore lint/a11y/useValidAnchor: it goes to a place on this page, without leaving a trace in the address */}
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-ink px-3 py-2 text-on-ink focus:translate-y-0"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to content
      </a>
      <SideNavigation onCommand={() => setOpen("command")} />
      <div className="flex min-w-0 flex-1 flex-col">
        <ContextBar />
        <main id="main" ref={main} tabIndex={-1} className="flex-1 outline-none">
          <Outlet />
        </main>
      </div>
      <BottomNavigation onCommand={() => setOpen("command")} />
      <Suspense>
        {open === "command" && <CommandMenu onClose={() => setOpen(null)} onShortcuts={() => setOpen("shortcuts")} />}
        {open === "shortcuts" && <Shortcuts onClose={() => setOpen(null)} />}
      </Suspense>
    </div>
  );
}

/** ⌘K works even while something is written. */
function useCommandKey(toggle: () => void) {
  const latest = useRef(toggle);
  latest.current = toggle;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        latest.current();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

function useShellKeys(showShortcuts: () => void) {
  const navigate = useNavigate();
  const set = useSetContext();
  const { period, compare } = useContextSearch();
  const newest = useNewestDay();
  const shift = (direction: -1 | 1) => () => {
    const next = shifted(period, direction, newest);
    if (next) set({ period: next });
  };
  const keys: KeyMap = {
    "?": showShortcuts,
    x: () => set({ compare: compare ? undefined : "previous" }),
    "0": () => set({ who: undefined, where: undefined, period: undefined, compare: undefined }),
    ArrowLeft: shift(-1),
    ArrowRight: shift(1),
  };
  for (const [id, { key }] of Object.entries(PRESETS)) {
    keys[key.toLowerCase()] = () => set({ period: id === "all" ? undefined : id });
  }
  for (const area of AREAS) keys[`g ${area.key.toLowerCase()}`] = () => navigate({ to: area.path });
  useKeys(keys);
}

/** Another page is announced by moving the focus to its heading; a change of settings on the same page moves nothing. */
function useFocusOnRoute(main: React.RefObject<HTMLElement | null>) {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    const first = before.current === undefined;
    before.current = path;
    if (first) return;
    const heading = main.current?.querySelector<HTMLElement>("h1");
    (heading ?? main.current)?.focus({ preventScroll: true });
  }, [path, main]);
}
