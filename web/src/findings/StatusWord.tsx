import type { Status } from "@/api/model";
import { STATUS_MEANS } from "./finding";

const BORDERS: Record<Status, string> = {
  assumed: "border border-line-strong border-dashed text-muted",
  reported: "border border-line-strong",
  observed: "border border-ink",
  confirmed: "border-2 border-ink font-medium",
  fixed: "border border-line bg-sunken text-muted",
};

const STALE = "nobody could have been struck for longer than evidence keeps";

/** How sure something is: a word, and a border that grows with it; and whether that was long ago. */
export function StatusWord({ status, stale = false }: { status: Status; stale?: boolean }) {
  return (
    <span
      title={stale ? `${STATUS_MEANS[status]}; ${STALE}` : STATUS_MEANS[status]}
      className={`inline-flex h-[22px] items-center rounded-full px-2 text-sm ${BORDERS[status]}`}
    >
      {status === "fixed" ? "fixed, verified" : status}
      {stale && ", stale"}
    </span>
  );
}

/** Whether it hurts, as a sign and, for those who do not see it, a word. */
export function FeelingSign({ pain }: { pain: boolean }) {
  return (
    <>
      <span aria-hidden className={`mr-1.5 ${pain ? "text-pain" : "text-delight"}`}>
        {pain ? "▼" : "▲"}
      </span>
      <span className="sr-only">{pain ? "Pain: " : "Delight: "}</span>
    </>
  );
}
