import { Download, Ellipsis, History, Pencil, Presentation, Share2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { JsonObject, MapFile } from "@/api/contract";
import type { MeasuredGroup, MeasuredMap } from "@/api/model";
import { useWorkspace } from "@/api/queries";
import { Button, IconButton } from "@/ui/Button";
import { Choice } from "@/ui/Field";
import { Menu, MenuGroup, MenuItem, MenuSeparator } from "@/ui/Menu";
import { exportAddress, FORMS } from "./keep/exports";
import { ShareDialog } from "./keep/ShareDialog";
import type { Beside } from "./measured";
import { EVERYBODY, people } from "./measured";
import type { MapSearch } from "./search";

interface MapBarProps {
  map: MeasuredMap;
  group: MeasuredGroup;
  beside?: Beside;
  search: MapSearch;
  onChange: (search: Partial<MapSearch>, replace?: boolean) => void;
  /** The map's file; without it there is nothing to edit. */
  file?: MapFile;
  /** What is said beside the title, such as that it is being measured. */
  note: ReactNode;
  /** The old version that is shown. */
  version?: string;
  question: JsonObject;
  onKeys: () => void;
  onDelete: () => void;
}

/** The map's title, whose journey it shows, from how far, and what one can do with it. */
export function MapBar(props: MapBarProps) {
  const { map, group, beside, search, onChange, question, file, version, note } = props;
  const workspace = useWorkspace();
  const [sharing, setSharing] = useState(false);
  // A map that is not saved as the current one would have to stand in the address, which it is too long for.
  const { declared: _, ...own } = question;
  const exported = { ...own, map: map.id };
  const mayChange = workspace.data?.may_change === true;
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 md:px-7">
      <div className="flex min-h-8 min-w-0 flex-1 basis-64 items-center gap-4">
        <h1 tabIndex={-1} dir="auto" title={map.about} className="truncate font-semibold text-lg tracking-[-0.01em]">
          {map.title}
        </h1>
        {note}
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
        {mayChange && file && !version && (
          <Button
            onClick={() => onChange({ mode: "edit", zoom: undefined, open: undefined }, false)}
            className="max-md:hidden"
          >
            <Pencil size={14} aria-hidden /> Edit
          </Button>
        )}
        {file && (
          <IconButton
            name="Versions"
            aria-pressed={search.mode === "versions"}
            className="max-md:hidden"
            onClick={() => onChange({ mode: search.mode === "versions" ? undefined : "versions", open: undefined })}
          >
            <History size={16} />
          </IconButton>
        )}
        <IconButton name="Present" onClick={() => onChange({ slide: 0, open: undefined }, false)}>
          <Presentation size={16} />
        </IconButton>
        {mayChange && (
          <IconButton name="Share to read" onClick={() => setSharing(true)}>
            <Share2 size={16} />
          </IconButton>
        )}
        <Menu
          align="end"
          trigger={
            <Button className="max-md:hidden">
              <Download size={14} aria-hidden /> Export
            </Button>
          }
        >
          <MenuGroup label={version ? "The current version, not the one shown here" : "The map as it is shown"}>
            {FORMS.map(({ form, name }) => (
              <MenuItem
                key={form}
                href={exportAddress(exported, form, { group: search.group, beside: search.beside })}
                download={`${map.id}.${form}`}
              >
                {name}
              </MenuItem>
            ))}
          </MenuGroup>
        </Menu>
        <Menu
          align="end"
          trigger={
            <IconButton name="More for this map" className="max-md:hidden">
              <Ellipsis size={16} />
            </IconButton>
          }
        >
          <MenuItem keys="?" onSelect={props.onKeys}>
            Keys on the map
          </MenuItem>
          {mayChange && file && (
            <>
              <MenuSeparator />
              <MenuItem onSelect={props.onDelete}>Delete the map …</MenuItem>
            </>
          )}
        </Menu>
      </div>
      {sharing && (
        <ShareDialog
          id={map.id}
          question={question}
          group={search.group}
          beside={search.beside}
          onClose={() => setSharing(false)}
        />
      )}
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
          <Button look="quiet">
            <span className="sr-only">Whose journey:</span>
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
          <Button look="quiet">
            {beside ? (
              <>
                <span className="sr-only">Beside:</span>
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
