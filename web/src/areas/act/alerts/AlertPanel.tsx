import { Link } from "@tanstack/react-router";
import type { Alert, Watch } from "@/api/followup";
import { buttonClasses } from "@/ui/Button";
import { Drawer } from "@/ui/Dialog";
import { Skeleton } from "@/ui/States";
import { time } from "@/words/format";
import { customPeriod } from "@/words/period";
import { Expected } from "../Expected";
import { useWatches } from "../queries";
import { Messages } from "../tell";
import { intervalOf } from "../watches/words";
import { SeenButton } from "./SeenButton";

interface AlertPanelProps {
  alert: Alert | undefined;
  pending: boolean;
  onClose: () => void;
}

/** One alert: what was seen since when, who was told, who has seen it, and where one asks further. */
export function AlertPanel({ alert, pending, onClose }: AlertPanelProps) {
  const watches = useWatches();
  const watch = watches.data?.watches.find(({ id }) => id === alert?.watch)?.watch;
  return (
    <Drawer
      open
      onClose={onClose}
      title={alert?.name ?? "Alert"}
      about={alert && (alert.ended_at ? "over" : "going on")}
    >
      {!alert &&
        (pending ? <Skeleton className="h-16" lines={3} /> : <p className="text-muted">There is no such alert.</p>)}
      {alert && (
        <div className="flex flex-col gap-6">
          <div>
            <p dir="auto" className="mb-3 break-words text-md">
              {alert.judged.text}
            </p>
            <Expected judged={alert.judged} />
          </div>
          <dl className="figures grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1">
            <dt className="text-muted">Seen first</dt>
            <dd>{time(alert.began_at)}</dd>
            <dt className="text-muted">Seen last</dt>
            <dd>{time(alert.last_at)}</dd>
            {alert.ended_at && (
              <>
                <dt className="text-muted">Over since</dt>
                <dd>{time(alert.ended_at)}</dd>
              </>
            )}
          </dl>
          <div className="w-fit max-w-full">
            <SeenButton alert={alert} />
          </div>
          <div className="flex flex-wrap gap-2">
            {watch && (
              <Link
                to="/explore/$analysis"
                params={{ analysis: watch.analysis }}
                search={(now) => ({ ...now, ...questionOf(watch, alert.judged.at), alert: undefined }) as never}
                className={buttonClasses("solid")}
              >
                See it in Explore
              </Link>
            )}
            {watch ? (
              <Link
                to="/act/watches"
                search={(now) => ({ ...now, watch: alert.watch }) as never}
                className={buttonClasses()}
              >
                Its watch
              </Link>
            ) : (
              watches.data && <p className="text-muted">Its watch was removed.</p>
            )}
          </div>
          <section>
            <h3 className="mb-2 font-medium">Who was told</h3>
            <Messages messages={alert.messages} />
          </section>
        </div>
      )}
    </Drawer>
  );
}

const DAY_MS = 86_400_000;
/** How far back a watch looks to know what is to be expected, with the last one. */
const LOOKS_BACK = { day: 57, week: 13 * 7, month: 13 * 31 };

/** The question of a watch as the address of Explore has it, of the days that were looked at. */
function questionOf({ analysis, question, map }: Watch, at: string | undefined) {
  const interval = intervalOf(analysis, question);
  const begins = at === undefined ? Number.NaN : Date.parse(at);
  const days = interval && { day: 1, week: 7, month: 31 }[interval];
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const period =
    interval && days && !Number.isNaN(begins)
      ? customPeriod(day(begins - (LOOKS_BACK[interval] - days) * DAY_MS), day(begins + (days - 1) * DAY_MS))
      : undefined;
  return { q: question, saved: undefined, ...(map && { map }), ...(period && { period }) };
}
