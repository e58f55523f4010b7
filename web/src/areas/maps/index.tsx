import { Link, useNavigate } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import type { MapEntry } from "@/api/contract";
import { useAnswer, useMaps, useSnapshot, useWorkspace } from "@/api/queries";
import { useFindings } from "@/findings/useFindings";
import { withoutFindings } from "@/shell/context";
import { Button, IconButton } from "@/ui/Button";
import { Menu, MenuItem } from "@/ui/Menu";
import { Page } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { count, plural, share } from "@/words/format";
import { DeleteMap } from "./keep/DeleteMap";
import { NewMap } from "./keep/NewMap";
import { Stream } from "./read/Stream";
import { useNear } from "./useNear";

/** All maps there are. */
export default function MapsPage() {
  const maps = useMaps();
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<MapEntry | null>(null);
  const mayChange = workspace.data?.may_change === true;
  const add = mayChange && (
    <Button look="solid" onClick={() => setAdding(true)}>
      New map
    </Button>
  );
  return (
    <Page
      title="Maps"
      about="A journey map is a file that says what the stages and touchpoints are. Periplus measures it."
      actions={maps.data && maps.data.length > 0 && add}
    >
      {maps.isError && <ProblemNote error={maps.error} again={() => maps.refetch()} />}
      {maps.isPending && <Skeleton className="h-32" lines={2} />}
      {maps.data?.length === 0 && (
        <EmptyState title="There is no map yet" action={add}>
          {mayChange
            ? "Begin with the stages of a template, or let a first draft be proposed from the events that there are."
            : "Put a map into the folder maps of the workspace: “periplus map propose” writes a first draft."}
        </EmptyState>
      )}
      <ul className="flex flex-col">
        {maps.data?.map((map) => (
          <li key={map.id} className="relative border-line border-t first:border-t-0">
            <MapRow entry={map} />
            {mayChange && (
              <div className="absolute top-5 -right-2 md:-right-4">
                <Menu
                  align="end"
                  trigger={
                    <IconButton name={`More for ${map.title}`}>
                      <Ellipsis size={16} />
                    </IconButton>
                  }
                >
                  {!map.problem && (
                    <MenuItem
                      onSelect={() =>
                        navigate({
                          to: "/maps/$id",
                          params: { id: map.id },
                          search: (now) => ({ ...now, map: map.id, version: undefined, mode: "edit" }) as never,
                        })
                      }
                    >
                      Edit
                    </MenuItem>
                  )}
                  <MenuItem onSelect={() => setDeleting(map)}>Delete …</MenuItem>
                </Menu>
              </div>
            )}
          </li>
        ))}
      </ul>
      {adding && <NewMap taken={maps.data?.map(({ id }) => id) ?? []} onClose={() => setAdding(false)} />}
      {deleting && <DeleteMap id={deleting.id} title={deleting.title} onClose={() => setDeleting(null)} />}
    </Page>
  );
}

/** A map and what it measures, counted once one comes near it. */
function MapRow({ entry }: { entry: MapEntry }) {
  const [row, near] = useNear<HTMLAnchorElement>();
  const snapshot = useSnapshot();
  const question = { map: entry.id };
  const wanted = near && !entry.problem;
  const answer = useAnswer({ analysis: "map", question: withoutFindings(question), snapshot }, wanted);
  const { view: found, told } = useFindings(question, snapshot, wanted);
  const measured = answer.data?.view.shape === "map" ? answer.data.view : undefined;
  const all = measured?.groups[0];
  const pains = told.filter(({ finding }) => finding.feeling === "pain").length;
  return (
    <Link
      ref={row}
      to="/maps/$id"
      params={{ id: entry.id }}
      search={(now) => ({ ...now, map: entry.id, version: undefined }) as never}
      className="-mx-4 grid gap-x-10 gap-y-3 rounded-lg px-4 py-6 pr-10 transition-colors hover:bg-hover/60 md:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]"
    >
      <span className="min-w-0">
        <span dir="auto" className="block truncate font-semibold text-md">
          {entry.title}
        </span>
        <span dir="auto" className="mt-0.5 line-clamp-2 text-muted">
          {entry.about}
        </span>
        {entry.problem ? (
          <span className="mt-2 block break-words text-pain text-sm" dir="auto">
            ▼ The file cannot be read: {entry.problem}
          </span>
        ) : (
          <span className="figures mt-3 flex flex-wrap gap-x-4 gap-y-1 text-muted text-sm">
            {all ? (
              <>
                <span>{plural(all.customers, "customer")}</span>
                {found && (
                  <>
                    <span className="text-pain">▼ {plural(pains, "pain")}</span>
                    <span className="text-delight">▲ {plural(told.length - pains, "delight")}</span>
                  </>
                )}
                {measured && measured.coverage.events > 0 && (
                  <span>
                    {share(measured.coverage.mapped / measured.coverage.events)} of {count(measured.coverage.events)}{" "}
                    events covered
                  </span>
                )}
              </>
            ) : (
              <span>{plural(entry.stages.length, "stage")}</span>
            )}
          </span>
        )}
      </span>
      {!entry.problem && (
        <span className="relative block min-w-0">
          <span className="block h-12">{all && <Stream stages={all.stages} height={48} />}</span>
          <span className="grid" style={{ gridTemplateColumns: `repeat(${entry.stages.length}, minmax(0, 1fr))` }}>
            {entry.stages.map((stage, index) => (
              <span key={`${stage} ${index}`} className="truncate px-1 text-center text-muted text-xs" dir="auto">
                {stage}
              </span>
            ))}
          </span>
        </span>
      )}
    </Link>
  );
}
