import { Link } from "@tanstack/react-router";
import type { MapEntry } from "@/api/contract";
import type { MeasuredMap } from "@/api/model";
import { Stream } from "@/areas/maps/read/Stream";
import { useContextSearch, useMapFileInContext } from "@/shell/context";
import { Skeleton } from "@/ui/States";
import { count, share } from "@/words/format";

/** A map with how many are in each stage, and how many of them go on. */
export function MapFigures({
  entry,
  measured,
  waiting,
}: {
  entry: MapEntry;
  measured?: MeasuredMap;
  waiting: boolean;
}) {
  const { map, version } = useContextSearch();
  const stages = measured?.groups[0]?.stages;
  // Another version has stages of its own.
  const old = version !== undefined && map === entry.id;
  const declared = useMapFileInContext(old ? entry.id : undefined).data?.declared;
  const names = (measured ?? declared)?.stages?.map(({ name }) => name) ?? (old ? [] : entry.stages);
  return (
    <Link
      to="/maps/$id"
      params={{ id: entry.id }}
      search={(now) => ({ ...now, map: entry.id, version: old ? version : undefined }) as never}
      className="-mx-4 block rounded-lg px-4 py-4 transition-colors hover:bg-hover/60"
    >
      <span dir="auto" className="block truncate font-semibold text-md">
        {entry.title}
      </span>
      {entry.problem ? (
        <span dir="auto" className="mt-1 block break-words text-pain text-sm">
          ▼ The file cannot be read: {entry.problem}
        </span>
      ) : (
        <span className="no-scrollbar mt-2 block overflow-x-auto">
          <span className="block min-w-fit">
            <span className="block h-10">
              {stages ? <Stream stages={stages} height={40} /> : waiting && <Skeleton className="h-8" />}
            </span>
            <span
              className="grid"
              style={{ gridTemplateColumns: `repeat(${Math.max(1, names.length)}, minmax(104px, 1fr))` }}
            >
              {names.map((name, index) => {
                const stage = stages?.[index];
                return (
                  <span key={`${name} ${index}`} className="relative min-w-0 px-2 pt-1 text-center">
                    <span dir="auto" className="block truncate text-muted text-sm">
                      {name}
                    </span>
                    <span className="figures block font-semibold text-md">{stage ? count(stage.customers) : "–"}</span>
                    {stage?.conversion && (
                      <span className="figures block whitespace-nowrap text-muted text-sm">
                        {share(stage.conversion.value)} go on <span aria-hidden>→</span>
                      </span>
                    )}
                  </span>
                );
              })}
            </span>
          </span>
        </span>
      )}
    </Link>
  );
}
