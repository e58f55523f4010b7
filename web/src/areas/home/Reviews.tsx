import { Link } from "@tanstack/react-router";
import { useMaps } from "@/api/queries";
import { date, list } from "@/words/format";

const SOON_MS = 14 * 86_400_000;

/** Maps whose review is due, or will be within two weeks. */
export function Reviews() {
  const maps = useMaps();
  const due = (maps.data ?? []).flatMap(({ id, title, review }) => {
    const next = review?.next ? Date.parse(review.next) : Number.NaN;
    return next < Date.now() + SOON_MS ? [{ id, title, next, owners: review?.owners ?? [] }] : [];
  });
  if (due.length === 0) return null;
  return (
    <ul className="mb-8 flex flex-col gap-1">
      {due.map(({ id, title, next, owners }) => (
        <li key={id} className="flex flex-wrap items-baseline gap-x-2 rounded-lg border border-line px-4 py-2.5">
          <span aria-hidden>⚑</span>
          <Link
            to="/maps/$id"
            params={{ id }}
            search={(now) => ({ ...now, map: id }) as never}
            className="font-medium underline decoration-line-strong underline-offset-4 hover:decoration-ink"
          >
            <span dir="auto">{title}</span>
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
