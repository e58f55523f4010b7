import { Link, useMatchRoute } from "@tanstack/react-router";
import { Ellipsis, Search } from "lucide-react";
import { Fragment, lazy, Suspense, useRef, useState } from "react";
import { useWorkspace } from "@/api/queries";
import { Keys } from "@/ui/Keys";
import { AREAS, type Area } from "./areas";

const MoreMenu = lazy(() => import("./MoreMenu"));

/** On wide screens a column at the left. */
export function SideNavigation({ onCommand }: { onCommand: () => void }) {
  const workspace = useWorkspace();
  const [areas, settings] = [AREAS.slice(0, -1), AREAS.at(-1) as Area];
  return (
    <nav
      aria-label="Areas"
      className="sticky top-0 hidden h-dvh w-52 shrink-0 flex-col gap-0.5 border-line border-r px-3 py-4 md:flex"
    >
      <p className="mb-3 flex items-center gap-2 px-2 font-semibold">
        <Mark />
        <span className="truncate" dir="auto">
          {workspace.data?.title || "Periplus"}
        </span>
      </p>
      <button
        type="button"
        onClick={onCommand}
        className="mb-3 flex h-8 items-center gap-2 rounded-md border border-line bg-surface px-2 text-muted transition-colors hover:border-line-strong"
      >
        <Search size={14} aria-hidden />
        <span className="flex-1 text-left">Find</span>
        <Keys keys="⌘K" />
      </button>
      {areas.map((area) => (
        <Fragment key={area.path}>
          <SideLink area={area} />
          {area.path === "/explore" && <SqlLink />}
        </Fragment>
      ))}
      <div className="mt-auto">
        <SideLink area={settings} />
      </div>
    </nav>
  );
}

function SideLink({ area }: { area: Area }) {
  return (
    <Link
      to={area.path}
      activeOptions={{ exact: area.path === "/", includeSearch: false }}
      className="flex h-8 items-center gap-2.5 rounded-md px-2 text-muted transition-colors hover:bg-hover hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:font-medium aria-[current=page]:text-ink"
    >
      <area.icon size={16} strokeWidth={1.75} aria-hidden />
      {area.name}
    </Link>
  );
}

/** Below Explore while one is there: the one page of it that is no answer of an analysis. */
function SqlLink() {
  const inExplore = useMatchRoute()({ to: "/explore", fuzzy: true });
  return (
    inExplore && (
      <Link
        to="/explore/sql"
        activeOptions={{ includeSearch: false }}
        className="ml-[34px] flex h-7 items-center rounded-md px-2 text-muted text-sm transition-colors hover:bg-hover hover:text-ink aria-[current=page]:font-medium aria-[current=page]:text-ink"
      >
        SQL
      </Link>
    )
  );
}

const ON_PHONES: readonly Area["path"][] = ["/", "/maps", "/explore", "/customers"];

/** On phones a bar at the bottom: four areas, and the others behind a menu. */
export function BottomNavigation({ onCommand }: { onCommand: () => void }) {
  const [open, setOpen] = useState(false);
  const more = useRef<HTMLButtonElement>(null);
  return (
    <nav
      aria-label="Areas"
      className="fixed inset-x-0 bottom-0 z-30 flex border-line border-t bg-page pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {AREAS.filter((area) => ON_PHONES.includes(area.path)).map((area) => (
        <Link
          key={area.path}
          to={area.path}
          activeOptions={{ exact: area.path === "/", includeSearch: false }}
          className="flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-muted text-xs aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          <area.icon size={20} strokeWidth={1.75} aria-hidden />
          {area.name}
        </Link>
      ))}
      <button
        ref={more}
        type="button"
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(true)}
        className="flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-muted text-xs"
      >
        <Ellipsis size={20} strokeWidth={1.75} aria-hidden />
        More
      </button>
      <Suspense>
        {open && more.current && (
          <MoreMenu
            anchor={more.current}
            onClose={() => setOpen(false)}
            areas={AREAS.filter((area) => !ON_PHONES.includes(area.path))}
            onCommand={onCommand}
          />
        )}
      </Suspense>
    </nav>
  );
}

function Mark() {
  return (
    <svg
      width="18"
      height="18"
      viewBox="0 0 32 32"
      fill="none"
      stroke="currentColor"
      strokeWidth="3"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M4 22c5 0 5-11 10.5-11S19 20 24 20" />
      <circle cx="26" cy="12" r="3.5" />
    </svg>
  );
}
