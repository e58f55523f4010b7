// What opens from the context bar: loaded when somebody reaches for it.

import { useState } from "react";
import { useMapFile, useMaps, useMapVersions, useSaved } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { Keys } from "@/ui/Keys";
import { Menu, MenuGroup, MenuItem, MenuSeparator } from "@/ui/Menu";
import { Popover } from "@/ui/Popover";
import { date } from "@/words/format";
import { customPeriod, daysOf, isPreset, PRESETS, rangeName, shifted } from "@/words/period";
import { type Context, useContextSearch, useNewestDay, useSetContext } from "./context";

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
  const personas = useMapFile(context.map).data?.declared.personas ?? [];
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
  return (
    <Popover title="Period" anchor={anchor} open onOpenChange={(open) => !open && onClose()} className="w-80">
      <div className="-m-1 flex flex-col">
        {Object.entries(PRESETS).map(([id, preset]) => (
          <button
            key={id}
            type="button"
            aria-pressed={(period ?? "all") === id}
            onClick={() => choose(id === "all" ? undefined : id)}
            className="flex h-8 items-center gap-2 rounded-md px-2 text-left hover:bg-hover aria-pressed:font-semibold"
          >
            <span className="flex-1">{preset.name}</span>
            <Keys keys={preset.key} />
          </button>
        ))}
      </div>
      <CustomPeriod period={period} newest={newest} onChoose={choose} />
      <p className="mt-3 text-muted text-xs">
        Days are in UTC. Presets count back from {date(newest)}, the newest day with data.
      </p>
    </Popover>
  );
}

function CustomPeriod({
  period,
  newest,
  onChoose,
}: {
  period?: string;
  newest: string;
  onChoose: (period: string) => void;
}) {
  const custom = period && !isPreset(period) ? period.split("..") : null;
  const days = daysOf(period, newest);
  const [first, setFirst] = useState(custom?.[0] ?? days?.from ?? "");
  const [last, setLast] = useState(custom?.[1] ?? newest);
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
        Show these days
      </Button>
    </form>
  );
}

function Compare({ anchor, onClose }: Props) {
  const { compare, period, who } = useContextSearch();
  const set = useSetContext();
  const newest = useNewestDay();
  const segments = useSaved().data?.segments.filter(({ id }) => who !== `segment:${id}`) ?? [];
  const before = shifted(period, -1, newest)?.split("..") as [string, string] | undefined;
  const choose = (next: Context["compare"]) => () => set({ compare: next });
  return (
    <Menu anchor={anchor} onClose={onClose}>
      <MenuItem checked={!compare} onSelect={choose(undefined)}>
        No comparison
      </MenuItem>
      <MenuGroup label={period ? "Another time" : "Another time: choose a period first"}>
        <MenuItem checked={compare === "previous"} onSelect={choose("previous")} disabled={!period} keys="X">
          Previous period
        </MenuItem>
        <MenuItem checked={compare === "year"} onSelect={choose("year")} disabled={!period}>
          A year before, by weekday
        </MenuItem>
      </MenuGroup>
      {segments.length > 0 && (
        <MenuGroup label="Another segment">
          {segments.map(({ id, name }) => (
            <MenuItem key={id} checked={compare === `segment:${id}`} onSelect={choose(`segment:${id}`)}>
              <span dir="auto">{name}</span>
            </MenuItem>
          ))}
        </MenuGroup>
      )}
      {before && (
        <>
          <MenuSeparator />
          <p className="max-w-72 px-2 py-1.5 text-muted text-sm">The period before is {rangeName(...before)}.</p>
        </>
      )}
    </Menu>
  );
}

function MapAndVersion({ anchor, onClose }: Props) {
  const { map, version } = useContextSearch();
  const set = useSetContext();
  const maps = useMaps();
  const versions = useMapVersions(map).data ?? [];
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
