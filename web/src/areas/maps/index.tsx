import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { MapEntry } from "@/api/contract";
import type { Answer, MeasuredMap } from "@/api/model";
import { ask, useMaps, useSnapshot, useWorkspace } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { count, plural, share } from "@/words/format";
import { NewMap } from "./keep/NewMap";
import { Stream } from "./read/Stream";

/** All maps there are. */
export default function MapsPage() {
  const maps = useMaps();
  const workspace = useWorkspace();
  const snapshot = useSnapshot();
  const [adding, setAdding] = useState(false);
  const mayChange = workspace.data?.may_change === true;
  const whole = maps.data?.filter((map) => !map.problem) ?? [];
  const measured = useQueries({
    queries: whole.map(({ id }) => ({
      queryKey: ["answer", "map", { map: id }, snapshot],
      queryFn: ({ signal }: { signal: AbortSignal }) => ask("map", { map: id }, signal),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  const measuredOf = (id: string): MeasuredMap | undefined => {
    const view = (measured[whole.findIndex((map) => map.id === id)]?.data as Answer | undefined)?.view;
    return view?.shape === "map" ? view : undefined;
  };
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
          <li key={map.id} className="border-line border-t first:border-t-0">
            <MapRow entry={map} measured={measuredOf(map.id)} />
          </li>
        ))}
      </ul>
      {adding && <NewMap taken={maps.data?.map(({ id }) => id) ?? []} onClose={() => setAdding(false)} />}
    </Page>
  );
}

function MapRow({ entry, measured }: { entry: MapEntry; measured?: MeasuredMap }) {
  const all = measured?.groups[0];
  const signals = all?.signals ?? [];
  const pains = signals.filter(({ feeling }) => feeling === "pain").length;
  return (
    <Link
      to="/maps/$id"
      params={{ id: entry.id }}
      search={(now) => ({ ...now, map: entry.id, version: undefined }) as never}
      className="-mx-4 grid gap-x-10 gap-y-3 rounded-lg px-4 py-6 transition-colors hover:bg-hover/60 md:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]"
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
                <span className="text-pain">▼ {plural(pains, "pain")}</span>
                <span className="text-delight">▲ {plural(signals.length - pains, "delight")}</span>
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
