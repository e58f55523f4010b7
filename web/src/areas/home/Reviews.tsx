import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { fetchJson } from "@/api/client";
import type { MapFile } from "@/api/contract";
import { keys, useMaps } from "@/api/queries";
import { date, list } from "@/words/format";

const SOON_MS = 14 * 86_400_000;

/** Maps whose review is due, or will be within two weeks. */
export function Reviews() {
  const maps = useMaps();
  const files = useQueries({
    queries: (maps.data ?? [])
      .filter((map) => !map.problem)
      .map(({ id }) => ({
        queryKey: [...keys.maps, "file", id, "current"],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          fetchJson<MapFile>(`/api/maps/${encodeURIComponent(id)}/file`, { signal }),
      })),
  });
  const due = files.flatMap(({ data }) => {
    const review = data?.declared.review as { next?: string; owners?: string[] } | null | undefined;
    const next = review?.next ? Date.parse(review.next) : Number.NaN;
    return data && next < Date.now() + SOON_MS ? [{ file: data, next, owners: review?.owners ?? [] }] : [];
  });
  if (due.length === 0) return null;
  return (
    <ul className="mb-8 flex flex-col gap-1">
      {due.map(({ file, next, owners }) => (
        <li key={file.id} className="flex flex-wrap items-baseline gap-x-2 rounded-lg border border-line px-4 py-2.5">
          <span aria-hidden>⚑</span>
          <Link
            to="/maps/$id"
            params={{ id: file.id }}
            search={(now) => ({ ...now, map: file.id }) as never}
            className="font-medium underline decoration-line-strong underline-offset-4 hover:decoration-ink"
          >
            <span dir="auto">{file.declared.title}</span>
          </Link>
          <span>
            {next < Date.now() ? "was to be reviewed" : "is to be reviewed"} by {date(new Date(next).toISOString())}
          </span>
          {owners.length > 0 && (
            <span dir="auto" className="text-muted">
              with {list(owners)}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
