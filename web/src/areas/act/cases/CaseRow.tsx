import { Link } from "@tanstack/react-router";
import type { ListedCase } from "@/api/followup";
import { number, time } from "@/words/format";
import { dueWords, markOf, placeOf, STATUSES } from "./words";

/** A case in short: what was said by whom, where, who sees to it and until when. All of it opens the case. */
export function CaseRow({ one }: { one: ListedCase }) {
  const said = one.words?.trim();
  return (
    <li className="relative border-line border-b last:border-b-0">
      <div className="-mx-2 grid grid-cols-[40px_minmax(0,1fr)] gap-x-4 gap-y-1 rounded-md px-2 py-3 transition-colors hover:bg-hover md:grid-cols-[40px_minmax(0,1fr)_minmax(0,220px)_minmax(0,170px)]">
        <p className="figures text-center">
          <span className="block font-semibold text-lg">{one.mark === null ? "–" : number(one.mark)}</span>
          <span dir="auto" className="block truncate text-muted text-xs" title={one.score}>
            {one.score}
          </span>
        </p>
        <div className="min-w-0">
          <Link
            to="."
            search={(now) => ({ ...now, case: one.id }) as never}
            className="after:absolute after:inset-0 after:rounded-md"
          >
            <span dir="auto" className={`line-clamp-2 max-w-[72ch] break-words ${said ? "" : "text-muted"}`}>
              {said || `${markOf(one)}, without words`}
            </span>
          </Link>
          <p dir="auto" className="truncate text-muted text-sm">
            {[placeOf(one), time(one.responded_at)].filter(Boolean).join(" · ")}
          </p>
        </div>
        <div className="min-w-0 max-md:col-start-2">
          <Link
            to="/customers/$id"
            params={{ id: one.customer ?? one.distinct_id }}
            className="relative z-[1] block w-fit max-w-full truncate underline decoration-line-strong underline-offset-4 hover:decoration-ink"
          >
            <bdi>{one.customer ?? one.distinct_id}</bdi>
          </Link>
          <p dir="auto" className="truncate text-muted text-sm">
            {one.owner ?? "nobody sees to it"}
          </p>
        </div>
        <div className="min-w-0 max-md:col-start-2 md:text-right">
          <p className={`figures ${one.is_overdue ? "font-medium text-pain" : ""}`}>
            {one.is_overdue && <span aria-hidden>▼ </span>}
            {dueWords(one)}
          </p>
          <p className="text-muted text-sm">{STATUSES[one.status]}</p>
        </div>
      </div>
    </li>
  );
}
