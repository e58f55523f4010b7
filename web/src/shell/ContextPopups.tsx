// What opens from the context bar: loaded when somebody reaches for it.

import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useMaps, useMapVersions, useSaved } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { Keys } from "@/ui/Keys";
import { Menu, MenuGroup, MenuItem } from "@/ui/Menu";
import { Popover } from "@/ui/Popover";
import { date } from "@/words/format";
import { customPeriod, daysOf, PRESETS, rangeName, shifted } from "@/words/period";
import { type Context, useContextMap, useContextSearch, useNewestDay, useSetContext } from "./context";

export interface PopupProps {
  which: "who" | "period" | "compare" | "map";
  anchor: HTMLElement;
  onClose: () => void;
}

export default function ContextPopup({ which, ...rest }: PopupProps) {
  switch (which) {
    case "who":
      return <Who {...rest} />;
    case "period":
      return <Period {...rest} />;
    case "compare":
      return <Compare {...rest} />;
    case "map":
      return <MapAndVersion {...rest} />;
  }
}

type Props = Omit<PopupProps, "which">;

function Who({ anchor, onClose }: Props) {
  const context = useContextSearch();
  const set = useSetContext();
  const segments = useSaved().data?.segments ?? [];
  const personas = useContextMap()?.personas ?? [];
  return (
    <Menu anchor={anchor} onClose={onClose}>
      <MenuItem checked={!context.who && !context.where} onSelect={() => set({ who: undefined, where: undefined })}>
        All customers
      </MenuItem>
      {segments.length > 0 && (
        <MenuGroup label="Segments">
          {segments.map(({ id, name }) => (
            <MenuItem key={id} checked={context.who === `segment:${id}`} onSelect={() => set({ who: `segment:${id}` })}>
              <span dir="auto">{name}</span>
            </MenuItem>
          ))}
        </MenuGroup>
      )}
      {personas.length > 0 && (
        <MenuGroup label="Personas of this map">
          {personas.map(({ id, name }) => (
            <MenuItem key={id} checked={context.who === `persona:${id}`} onSelect={() => set({ who: `persona:${id}` })}>
              <span dir="auto">{name}</span>
            </MenuItem>
          ))}
        </MenuGroup>
      )}
      {segments.length === 0 && personas.length === 0 && (
        <p className="max-w-60 px-2 py-2 text-muted text-sm">
          {context.map
            ? "There are no saved segments, and this map has no personas."
            : "There are no saved segments. Choose a map to see its personas."}
        </p>
      )}
    </Menu>
  );
}

function Period({ anchor, onClose }: Props) {
  const { period } = useContextSearch();
  const set = useSetContext();
  const newest = useNewestDay();
  const choose = (next: string | undefined) => {
    set({ period: next });
    onClose();
  };
  const days = daysOf(period, newest);
  return (
    <Popover title="Period" anchor={anchor} open onOpenChange={(open) => !open && onClose()} className="w-80">
      <div className="-m-1 flex flex-col">
        {Object.entries(PRESETS).map(([id, preset]) => (
          <Choosable
            key={id}
            chosen={(period ?? "all") === id}
            keys={preset.key}
            onChoose={() => choose(id === "all" ? undefined : id)}
          >
            {preset.name}
          </Choosable>
        ))}
      </div>
      <CustomDays
        first={isCustom(period)?.[0] ?? days?.from ?? ""}
        last={isCustom(period)?.[1] ?? newest}
        does="Show these days"
        onChoose={choose}
      />
      <p className="mt-3 text-muted text-xs">
        Days are in UTC. Presets count back from {date(newest)}, the newest day with data.
      </p>
    </Popover>
  );
}

/** The two days of a period that is no preset. */
const isCustom = (period: string | undefined) =>
  period?.includes("..") ? (period.split("..") as [string, string]) : null;

interface ChoosableProps {
  chosen: boolean;
  children: ReactNode;
  keys?: string;
  disabled?: boolean;
  onChoose: () => void;
}

function Choosable({ chosen, children, keys, disabled, onChoose }: ChoosableProps) {
  return (
    <button
      type="button"
      aria-pressed={chosen}
      disabled={disabled}
      onClick={onChoose}
      className="flex min-h-8 items-center gap-2 rounded-md px-2 text-left enabled:hover:bg-hover disabled:text-muted aria-pressed:font-semibold"
    >
      <span dir="auto" className="min-w-0 flex-1 truncate">
        {children}
      </span>
      {keys && <Keys keys={keys} />}
    </button>
  );
}

interface CustomDaysProps {
  /** What stands there at first. */
  first: string;
  last: string;
  /** What the button says. */
  does: string;
  onChoose: (period: string) => void;
}

function CustomDays({ first: firstBefore, last: lastBefore, does, onChoose }: CustomDaysProps) {
  const [first, setFirst] = useState(firstBefore);
  const [last, setLast] = useState(lastBefore);
  const valid = first !== "" && last !== "" && first <= last;
  return (
    <form
      className="mt-2 border-line border-t pt-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) onChoose(customPeriod(first, last));
      }}
    >
      <div className="flex items-center gap-1.5">
        <Input
          type="date"
          aria-label="First day"
          value={first}
          onChange={(event) => setFirst(event.target.value)}
          className="flex-1 px-1.5 text-sm"
        />
        <span className="text-muted">–</span>
        <Input
          type="date"
          aria-label="Last day"
          value={last}
          onChange={(event) => setLast(event.target.value)}
          className="flex-1 px-1.5 text-sm"
        />
      </div>
      <Button type="submit" size="small" className="mt-2 w-full" disabled={!valid}>
        {does}
      </Button>
    </form>
  );
}

function Compare({ anchor, onClose }: Props) {
  const { compare, period, who } = useContextSearch();
  const set = useSetContext();
  const newest = useNewestDay();
  const segments = useSaved().data?.segments ?? [];
  const personas = useContextMap()?.personas ?? [];
  const others = [
    { title: "Another segment", kind: "segment", of: segments },
    { title: "A persona of this map", kind: "persona", of: personas },
  ].map((group) => ({ ...group, of: group.of.filter(({ id }) => who !== `${group.kind}:${id}`) }));
  const before = isCustom(shifted(period, -1, newest) ?? undefined);
  const choose = (next: Context["compare"]) => {
    set({ compare: next });
    onClose();
  };
  const choice = (id: string | undefined) => ({ chosen: compare === id, onChoose: () => choose(id) });
  return (
    <Popover title="Comparison" anchor={anchor} open onOpenChange={(open) => !open && onClose()} className="w-80">
      <div className="-m-1 flex flex-col">
        <Choosable {...choice(undefined)}>No comparison</Choosable>
        <Heading>Another time</Heading>
        <Choosable {...choice("previous")} disabled={!period} keys="X">
          Previous period
        </Choosable>
        <Choosable {...choice("year")} disabled={!period}>
          A year before, by weekday
        </Choosable>
        <p className="px-2 pt-0.5 text-muted text-xs">
          {before ? `The period before is ${rangeName(...before)}.` : "For these two, choose a period first."}
        </p>
      </div>
      <CustomDays
        first={isCustom(compare)?.[0] ?? before?.[0] ?? ""}
        last={isCustom(compare)?.[1] ?? before?.[1] ?? ""}
        does="Compare with these days"
        onChoose={choose}
      />
      {others.map(
        ({ title, kind, of }) =>
          of.length > 0 && (
            <div key={kind} className="-mx-1 mt-3 flex flex-col border-line border-t pt-1">
              <Heading>{title}</Heading>
              {of.map(({ id, name }) => (
                <Choosable key={id} {...choice(`${kind}:${id}`)}>
                  {name}
                </Choosable>
              ))}
            </div>
          ),
      )}
      {segments.length === 0 && (
        <p className="mt-3 text-muted text-xs">
          Segments that are saved can be compared with, too.{" "}
          <Link to="/customers/new-segment" onClick={onClose} className="underline underline-offset-2">
            Make one
          </Link>
        </p>
      )}
    </Popover>
  );
}

const Heading = ({ children }: { children: ReactNode }) => (
  <p className="px-2 pt-2 pb-1 text-muted text-xs">{children}</p>
);

function MapAndVersion({ anchor, onClose }: Props) {
  const { map, version } = useContextSearch();
  const set = useSetContext();
  const maps = useMaps();
  const versions = (useMapVersions(map).data ?? []).filter((one) => !one.deleted);
  return (
    <Menu anchor={anchor} onClose={onClose} align="end">
      <MenuItem checked={!map} onSelect={() => set({ map: undefined, version: undefined })}>
        No map
      </MenuItem>
      <MenuGroup label="Stages, touchpoints and personas as in">
        {maps.data?.map(({ id, title }) => (
          <MenuItem key={id} checked={map === id} onSelect={() => set({ map: id, version: undefined })}>
            <span dir="auto">{title}</span>
          </MenuItem>
        ))}
      </MenuGroup>
      {versions.length > 1 && (
        <MenuGroup label="Version">
          {versions.slice(0, 12).map((one) => (
            <MenuItem
              key={one.version}
              checked={version ? version === String(one.version) : one.current}
              onSelect={() => set({ version: one.current ? undefined : String(one.version) })}
            >
              {one.current ? "Current" : date(one.at)}
              {one.note && <span className="text-muted"> · {one.note}</span>}
            </MenuItem>
          ))}
        </MenuGroup>
      )}
    </Menu>
  );
}
