import { CalendarDays, ChevronLeft, ChevronRight, GitCompareArrows, Map as MapIcon, Users, X } from "lucide-react";
import { lazy, type ReactNode, Suspense, useRef, useState } from "react";
import { useMaps, useMapVersions, useSaved, useWorkspace } from "@/api/queries";
import { conditionSentence } from "@/words/condition";
import { date } from "@/words/format";
import { daysOf, periodName, shifted } from "@/words/period";
import type { PopupProps } from "./ContextPopups";
import { useContextMap, useContextSearch, useNewestDay, useSetContext } from "./context";

const load = () => import("./ContextPopups");
const ContextPopup = lazy(load);

/** Of whom, when, compared with what, and seen by which map: the same on every page, and always in the address. */
export function ContextBar() {
  return (
    <section
      aria-label="Context"
      className="no-scrollbar sticky top-0 z-20 flex h-12 items-center gap-1 overflow-x-auto border-line border-b bg-page px-3 md:px-7"
    >
      <Who />
      <Divider />
      <Period />
      <Compare />
      <MapAndVersion />
    </section>
  );
}

const Divider = () => <span aria-hidden className="mx-1 h-4 w-px shrink-0 bg-line" />;

interface PartProps {
  which: PopupProps["which"];
  icon: ReactNode;
  label: string;
  text: string;
  /** Whether it says something other than its default. */
  set: boolean;
  /** Puts it back. */
  onClear?: () => void;
  clearName?: string;
}

/** One part of the context; what opens from it is loaded on demand, to keep the first page light. */
function Part({ which, icon, label, text, set, onClear, clearName }: PartProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        aria-label={`${label}: ${text}`}
        aria-haspopup={which === "period" || which === "compare" ? "dialog" : "menu"}
        aria-expanded={open}
        onPointerEnter={load}
        onFocus={load}
        onClick={() => setOpen(true)}
        className="inline-flex h-7 shrink-0 items-center gap-1.5 whitespace-nowrap rounded-md px-2 text-sm transition-colors hover:bg-hover aria-expanded:bg-hover"
      >
        <span className="text-muted">{icon}</span>
        <span dir="auto" className={`max-w-56 truncate ${set ? "font-medium" : "text-muted"}`}>
          {text}
        </span>
      </button>
      {onClear && <Small name={clearName ?? "Clear"} icon={<X size={14} />} onClick={onClear} />}
      <Suspense>
        {open && button.current && (
          <ContextPopup which={which} anchor={button.current} onClose={() => setOpen(false)} />
        )}
      </Suspense>
    </>
  );
}

function Small({
  name,
  icon,
  onClick,
  disabled,
}: {
  name: string;
  icon: ReactNode;
  onClick: () => void;
  disabled?: boolean;
}) {
  return (
    <button
      type="button"
      aria-label={name}
      title={name}
      disabled={disabled}
      onClick={onClick}
      className="inline-flex size-7 shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-hover hover:text-ink disabled:opacity-40"
    >
      {icon}
    </button>
  );
}

/** What a group such as `segment:vip` is called. */
function useGroupName() {
  const saved = useSaved();
  const map = useContextMap();
  return (group: string): string => {
    const id = group.slice(group.indexOf(":") + 1);
    const named = group.startsWith("segment:") ? saved.data?.segments : map?.personas;
    return named?.find((one) => one.id === id)?.name ?? id;
  };
}

function Who() {
  const { who, where } = useContextSearch();
  const set = useSetContext();
  const groupName = useGroupName();
  const parts = [who && groupName(who), where && conditionSentence(where)].filter(Boolean);
  return (
    <Part
      which="who"
      icon={<Users size={14} />}
      label="Who"
      text={parts.join(" and ") || "All customers"}
      set={parts.length > 0}
      onClear={parts.length > 0 ? () => set({ who: undefined, where: undefined }) : undefined}
      clearName="All customers"
    />
  );
}

function Period() {
  const { period } = useContextSearch();
  const set = useSetContext();
  const newest = useNewestDay();
  const [before, after] = [shifted(period, -1, newest), shifted(period, 1, newest)];
  return (
    <>
      <Part
        which="period"
        icon={<CalendarDays size={14} />}
        label="Period"
        text={period ? periodName(period) : "All time"}
        set={period !== undefined}
      />
      {daysOf(period, newest) && (
        <span className="flex max-sm:hidden">
          <Small
            name="Period before (←)"
            icon={<ChevronLeft size={14} />}
            disabled={!before}
            onClick={() => before && set({ period: before })}
          />
          <Small
            name="Period after (→)"
            icon={<ChevronRight size={14} />}
            disabled={!after}
            onClick={() => after && set({ period: after })}
          />
        </span>
      )}
    </>
  );
}

const COMPARED: Record<string, string> = { previous: "previous period", year: "a year before" };

function Compare() {
  const { compare, period } = useContextSearch();
  const set = useSetContext();
  const groupName = useGroupName();
  const what = compare && (COMPARED[compare] ?? (compare.includes("..") ? periodName(compare) : groupName(compare)));
  // All time has nothing before it.
  const idle = (compare === "previous" || compare === "year") && !period;
  return (
    <Part
      which="compare"
      icon={<GitCompareArrows size={14} />}
      label="Comparison"
      text={what ? `vs ${what}${idle ? " (choose a period)" : ""}` : "Compare"}
      set={what !== undefined && !idle}
      onClear={compare ? () => set({ compare: undefined }) : undefined}
      clearName="No comparison"
    />
  );
}

function MapAndVersion() {
  const { map, version } = useContextSearch();
  const maps = useMaps();
  const workspace = useWorkspace();
  const versions = useMapVersions(map);
  if (workspace.data?.maps === 0 && !map) return null;
  const title = maps.data?.find(({ id }) => id === map)?.title ?? map ?? "No map";
  const old = version && versions.data?.find((one) => String(one.version) === version);
  return (
    <>
      <Divider />
      <Part
        which="map"
        icon={<MapIcon size={14} />}
        label="Map"
        text={version ? `${title}, as of ${old ? date(old.at) : version}` : title}
        set={map !== undefined}
      />
    </>
  );
}
