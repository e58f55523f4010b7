import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import type { Watches } from "@/api/followup";
import { useWorkspace } from "@/api/queries";
import { buttonClasses } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { ago, plural } from "@/words/format";
import { ActNavigation } from "../ActNavigation";
import { Notes } from "../Notes";
import { useWatches } from "../queries";
import { WatchPanel } from "./WatchForm";
import { intervalOf, STATES, subjectWords, whenWords } from "./words";

/** Questions that are asked again and again, and tell when the answer is out of line. */
export default function WatchesPage() {
  const { watch: open } = useSearch({ from: "/act/watches" });
  const navigate = useNavigate({ from: "/act/watches" });
  const watches = useWatches();
  const mayChange = useWorkspace().data?.may_change !== false;
  const list = watches.data?.watches;
  const add = mayChange && (
    <Link
      to="."
      search={(now) => ({ ...now, watch: "new", of: undefined }) as never}
      className={buttonClasses("solid")}
    >
      <Plus size={14} aria-hidden /> New watch
    </Link>
  );
  return (
    <Page
      title="Watches"
      about="Each asks a question day by day, week by week or month by month, and tells when the answer is not what was to be expected."
      actions={list && list.length > 0 && add}
    >
      <ActNavigation />
      <Notes />
      {watches.isError && <ProblemNote error={watches.error} again={() => watches.refetch()} />}
      {watches.isPending && <Skeleton className="h-14" lines={4} />}
      {list?.length === 0 && (
        <EmptyState title="Nothing is watched yet" action={add}>
          A key figure, a trend or what is found: name who is told, and nobody has to look every morning. A chart in
          Explore that goes by days, weeks or months can be watched from there, too.
        </EmptyState>
      )}
      <ul>
        {list?.map((one) => (
          <Row key={one.id} one={one} />
        ))}
      </ul>
      {open && (
        <WatchPanel
          key={open}
          id={open}
          onClose={() => navigate({ search: (now) => ({ ...now, watch: undefined, of: undefined }) })}
        />
      )}
    </Page>
  );
}

function Row({ one: { id, watch, checked, going_on } }: { one: Watches["watches"][number] }) {
  const interval = intervalOf(watch.analysis, watch.question) ?? "day";
  return (
    <li className="border-line border-b last:border-b-0">
      <Link
        to="."
        search={(now) => ({ ...now, watch: id }) as never}
        className="-mx-2 grid grid-cols-1 gap-x-6 gap-y-1 rounded-md px-2 py-3 transition-colors hover:bg-hover md:grid-cols-[minmax(0,1fr)_240px]"
      >
        <span className="min-w-0">
          <span dir="auto" className="block break-words font-medium">
            {watch.name}
          </span>
          <span dir="auto" className="block break-words text-muted text-sm">
            {subjectWords(watch)}, {whenWords(watch.when, interval)}
            {watch.tell?.length ? `; tells ${plural(watch.tell.length, "address", "addresses")}` : ""}
          </span>
        </span>
        <span className="md:text-right">
          <Last off={watch.is_off} checked={checked} goingOn={going_on} />
        </span>
      </Link>
    </li>
  );
}

interface LastProps {
  off?: boolean;
  checked: Watches["watches"][number]["checked"];
  goingOn: number;
}

/** What came of it when it was looked at last. */
function Last({ off, checked, goingOn }: LastProps) {
  if (off) return <span className="text-muted">off</span>;
  if (!checked) return <span className="text-muted">not looked at yet</span>;
  const { judged, trouble, at } = checked;
  const worst = (["alarm", "well", "too_little"] as const).find((state) => judged.some((one) => one.state === state));
  return (
    <>
      {trouble ? (
        <span dir="auto" className="line-clamp-3 break-words text-pain">
          ▼ {trouble}
        </span>
      ) : goingOn > 0 ? (
        <span className="block text-pain">▼ {plural(goingOn, "alert")} going on</span>
      ) : (
        <span className="block">{worst ? STATES[worst] : "nothing to tell"}</span>
      )}
      <span className="block text-muted text-sm">looked at {ago(at)}</span>
    </>
  );
}
