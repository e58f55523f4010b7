import { Download, Pencil } from "lucide-react";
import type { JsonObject, MapFile } from "@/api/contract";
import type { MeasuredGroup, MeasuredMap } from "@/api/model";
import { useWorkspace } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Choice } from "@/ui/Field";
import { Menu, MenuGroup, MenuItem } from "@/ui/Menu";
import { exportAddress, FORMS } from "./keep/exports";
import type { Beside } from "./measured";
import { EVERYBODY, people } from "./measured";
import type { MapSearch } from "./search";

interface MapBarProps {
  map: MeasuredMap;
  group: MeasuredGroup;
  beside?: Beside;
  search: MapSearch;
  onChange: (search: Partial<MapSearch>, replace?: boolean) => void;
  file?: MapFile;
  question: JsonObject;
}

/** The map's title, whose journey it shows, from how far, and what one can do with it. */
export function MapBar({ map, group, beside, search, onChange, question }: MapBarProps) {
  const workspace = useWorkspace();
  const mayChange = workspace.data?.may_change === true;
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 md:px-7">
      <div className="min-w-0 flex-1 basis-64">
        <h1 tabIndex={-1} dir="auto" title={map.about} className="truncate font-semibold text-lg tracking-[-0.01em]">
          {map.title}
        </h1>
      </div>
      <Personas map={map} group={group} beside={beside} onChange={onChange} />
      <Choice
        label="Zoom"
        value={search.zoom ?? "journey"}
        onChange={(zoom) =>
          onChange(
            {
              zoom: zoom === "journey" ? undefined : zoom,
              stage: zoom === "step" ? (search.stage ?? map.stages[0]?.id) : undefined,
            },
            false,
          )
        }
        options={[
          { value: "lifecycle", label: "Lifecycle" },
          { value: "journey", label: "Journey" },
          { value: "step", label: "Step" },
        ]}
      />
      <div className="flex items-center gap-2">
        {mayChange && (
          <Button
            onClick={() => onChange({ mode: "edit", zoom: undefined, open: undefined }, false)}
            className="max-md:hidden"
          >
            <Pencil size={14} aria-hidden /> Edit
          </Button>
        )}
        <Menu
          align="end"
          trigger={
            <Button>
              <Download size={14} aria-hidden /> Export
            </Button>
          }
        >
          <MenuGroup label="The map as it is shown">
            {FORMS.map(({ form, name }) => (
              <MenuItem
                key={form}
                href={exportAddress(question, form, { group: search.group, beside: search.beside })}
                download={`${map.id}.${form}`}
              >
                {name}
              </MenuItem>
            ))}
          </MenuGroup>
        </Menu>
      </div>
    </header>
  );
}

/** Whose journey, and who stands beside them. */
function Personas({ map, group, beside, onChange }: Pick<MapBarProps, "map" | "group" | "beside" | "onChange">) {
  if (map.groups.length < 2) return null;
  const besideId = beside?.sort === "persona" ? beside.group.id : undefined;
  return (
    <div className="flex items-center gap-1">
      <Menu
        trigger={
          <Button look="quiet" aria-label={`Whose journey: ${group.name}`}>
            <span aria-hidden className="size-2 rounded-full bg-ink" />
            <span dir="auto" className="max-w-48 truncate">
              {group.name}
            </span>
            <span className="figures font-normal text-muted text-sm">{people(group.customers)}</span>
          </Button>
        }
      >
        {map.groups.map((one) => (
          <MenuItem
            key={one.id}
            checked={one.id === group.id}
            onSelect={() => onChange({ group: one.id === EVERYBODY ? undefined : one.id })}
          >
            <span dir="auto">{one.name}</span>{" "}
            <span className="figures text-muted text-sm">{people(one.customers)}</span>
          </MenuItem>
        ))}
      </Menu>
      <Menu
        trigger={
          <Button look="quiet" aria-label={beside ? `Beside: ${beside.name}` : "Set somebody beside"}>
            {beside ? (
              <>
                <span aria-hidden className="text-series-3 text-xs">
                  ◆
                </span>
                <span dir="auto" className="max-w-40 truncate">
                  {beside.name}
                </span>
              </>
            ) : (
              <span className="font-normal text-muted">Beside …</span>
            )}
          </Button>
        }
      >
        <MenuItem checked={besideId === undefined} onSelect={() => onChange({ beside: undefined })}>
          Nobody
        </MenuItem>
        {map.groups
          .filter((one) => one.id !== group.id)
          .map((one) => (
            <MenuItem key={one.id} checked={one.id === besideId} onSelect={() => onChange({ beside: one.id })}>
              <span dir="auto">{one.name}</span>
            </MenuItem>
          ))}
      </Menu>
    </div>
  );
}
