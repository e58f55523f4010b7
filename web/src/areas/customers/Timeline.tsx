import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronRight, ListFilter } from "lucide-react";
import { useMemo, useState } from "react";
import type { CustomerEvent } from "@/api/contract";
import { useContextSearch, useNewestDay, useSetContext } from "@/shell/context";
import { Button } from "@/ui/Button";
import { Choice } from "@/ui/Field";
import { Picker } from "@/ui/Picker";
import { EmptyState } from "@/ui/States";
import { count, plural, seconds } from "@/words/format";
import { customPeriod, daysOf, periodName } from "@/words/period";
import { ActivityStrip } from "./ActivityStrip";
import { activity, filtered, type Session, sessionsOf, tally } from "./sessions";
import { money, propertyRows } from "./words";

const SESSIONS_AT_ONCE = 25;
const EVENTS_AT_ONCE = 100;
const BINS = 120;
const DAY_MS = 86_400_000;

/** What somebody did, session by session, in the period of the context. */
export function Timeline({ events }: { events: readonly CustomerEvent[] }) {
  const { channel = [], event: names = [], order = "newest" } = useSearch({ from: "/customers/$id" });
  const navigate = useNavigate({ from: "/customers/$id" });
  const { period } = useContextSearch();
  const setContext = useSetContext();
  const days = daysOf(period, useNewestDay());
  const { from, to } = days ?? {};
  const [shown, setShown] = useState(SESSIONS_AT_ONCE);
  const bins = useMemo(
    () => activity(filtered(events, { channels: channel, events: names }), BINS),
    [events, channel, names],
  );
  const channels = useMemo(() => tally(events.map((event) => event.channel ?? "")), [events]);
  const kinds = useMemo(() => tally(events.map((event) => event.event)).sort((a, b) => b[1] - a[1]), [events]);
  const sessions = useMemo(() => {
    const found = sessionsOf(events, { channels: channel, events: names, from, to });
    return order === "newest" ? found.reverse() : found;
  }, [events, channel, names, from, to, order]);
  const chosen = useMemo(() => sessions.reduce((sum, session) => sum + session.events.length, 0), [sessions]);
  const change = (next: { channel?: string[]; event?: string[]; order?: "oldest" }) =>
    navigate({ search: (now) => ({ ...now, ...next }), replace: true });
  const toggle = (name: string) => {
    const next = channel.includes(name) ? channel.filter((one) => one !== name) : [...channel, name];
    change({ channel: next.length > 0 ? next : undefined });
  };
  return (
    <section aria-label="Journey">
      <ActivityStrip
        bins={bins}
        from={days?.from}
        to={days?.to}
        onZoom={(from, to) =>
          setContext({
            period: customPeriod(from.slice(0, 10), new Date(Date.parse(to) - DAY_MS).toISOString().slice(0, 10)),
          })
        }
      />
      <div className="mt-4 flex flex-wrap items-center gap-2">
        {channels.length > 1 &&
          channels.map(([name, n]) => (
            <button
              key={name}
              type="button"
              aria-pressed={channel.includes(name)}
              onClick={() => toggle(name)}
              className="inline-flex h-7 max-w-48 items-center gap-1.5 rounded-full border border-line px-2.5 text-muted text-sm transition-colors hover:bg-hover aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-on-ink"
            >
              <span dir="auto" className="truncate">
                {name || "no channel"}
              </span>
              <span className="figures">{count(n)}</span>
            </button>
          ))}
        <Picker
          label="Events"
          several
          options={kinds.map(([value, n]) => ({ value, figure: count(n) }))}
          value={names}
          onChange={(event) => change({ event: event.length > 0 ? event : undefined })}
          trigger={
            <Button size="small" look="quiet" className={names.length > 0 ? "font-medium" : "text-muted"}>
              <ListFilter size={14} aria-hidden />
              {names.length > 0 ? plural(names.length, "event name") : "Events"}
            </Button>
          }
        />
        {(channel.length > 0 || names.length > 0) && (
          <Button
            size="small"
            look="quiet"
            className="text-muted"
            onClick={() => change({ channel: undefined, event: undefined })}
          >
            Clear
          </Button>
        )}
        <div className="ml-auto">
          <Choice
            label="Order"
            value={order}
            options={[
              { value: "newest", label: "Newest first" },
              { value: "oldest", label: "Oldest first" },
            ]}
            onChange={(next) => change({ order: next === "oldest" ? "oldest" : undefined })}
          />
        </div>
      </div>
      <p className="figures mt-3 text-muted text-sm" role="status">
        {plural(chosen, "event")} in {plural(sessions.length, "session")}
        {days && (
          <>
            {" "}
            · {periodName(period)}{" "}
            <button
              type="button"
              className="underline underline-offset-2 hover:text-ink"
              onClick={() => setContext({ period: undefined })}
            >
              Whole journey
            </button>
          </>
        )}
      </p>
      {sessions.length === 0 && (
        <EmptyState title="Nothing happened here">
          {events.length === 0
            ? "Nothing that this customer did is known."
            : "No event of this customer is in this period and of these channels and names."}
        </EmptyState>
      )}
      <ol className="mt-2">
        {sessions.slice(0, shown).map((session, index) => (
          <SessionRow
            key={session.key}
            session={session}
            day={newDay(session, sessions[index - 1])}
            newestFirst={order === "newest"}
          />
        ))}
      </ol>
      {sessions.length > shown && (
        <Button className="mt-4" onClick={() => setShown(shown + 4 * SESSIONS_AT_ONCE)}>
          {order === "newest" ? "Earlier" : "Later"} sessions ({count(sessions.length - shown)} more)
        </Button>
      )}
    </section>
  );
}

const dayName = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
const clockSeconds = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "UTC" });

/** The day of a session, where it is another than that of the one above. */
function newDay(session: Session, above: Session | undefined): string | null {
  const day = session.first.slice(0, 10);
  return above?.first.slice(0, 10) === day ? null : dayName.format(new Date(session.first));
}

interface SessionRowProps {
  session: Session;
  day: string | null;
  newestFirst: boolean;
}

function SessionRow({ session, day, newestFirst }: SessionRowProps) {
  const [open, setOpen] = useState(false);
  const [all, setAll] = useState(false);
  const { events, names, channels, first, last } = session;
  const single = events.length === 1;
  const inOrder = newestFirst ? [...events].reverse() : events;
  const shown = all ? inOrder : inOrder.slice(0, EVENTS_AT_ONCE);
  const length = (Date.parse(last) - Date.parse(first)) / 1000;
  return (
    <li>
      {day && <h2 className="figures sticky top-12 z-10 bg-page pt-5 pb-1 font-medium text-sm">{day}</h2>}
      <div className="border-line border-l pl-4">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="relative -ml-2 grid w-[calc(100%+0.5rem)] grid-cols-[14px_44px_1fr_auto] items-start gap-x-3 rounded-md px-2 py-2 text-left transition-colors hover:bg-hover"
        >
          <span aria-hidden className="absolute top-[15px] -left-[12px] size-[7px] rounded-full bg-line-strong" />
          <ChevronRight
            size={14}
            aria-hidden
            className={`mt-[3px] text-muted transition-transform ${open ? "rotate-90" : ""}`}
          />
          <span className="figures text-muted">{clock.format(new Date(first))}</span>
          <span className="min-w-0">
            <span className="line-clamp-2" dir="auto">
              {names.map(([name, n], index) => (
                <span key={name}>
                  {index > 0 && <span className="text-muted"> · </span>}
                  {name}
                  {n > 1 && <span className="figures text-muted"> ×{count(n)}</span>}
                </span>
              ))}
            </span>
            <span className="figures block truncate text-muted text-sm">
              {[
                channels.join(", "),
                single ? null : plural(events.length, "event"),
                length >= 1 ? seconds(Math.round(length)) : null,
              ]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </span>
          <span className="figures text-right font-medium">
            {session.money.map(([currency, amount]) => (
              <span key={currency} className="block">
                {money(amount, currency || undefined)}
              </span>
            ))}
          </span>
        </button>
        {open && (
          <ol className="pb-3 pl-6">
            {shown.map((event, index) => (
              <EventRow key={event.message_id ?? index} event={event} open={single} />
            ))}
            {events.length > shown.length && (
              <li>
                <Button size="small" look="quiet" onClick={() => setAll(true)}>
                  All {count(events.length)} events
                </Button>
              </li>
            )}
          </ol>
        )}
      </div>
    </li>
  );
}

/** One event; what it says is shown on demand. */
function EventRow({ event, open: atFirst }: { event: CustomerEvent; open: boolean }) {
  const [open, setOpen] = useState(atFirst);
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex w-full items-baseline gap-3 rounded-md px-2 py-1 text-left text-sm transition-colors hover:bg-hover"
      >
        <span className="figures shrink-0 text-muted">{clockSeconds.format(new Date(event.time))}</span>
        <span dir="auto" className="min-w-0 shrink truncate font-medium">
          {event.event}
        </span>
        <span dir="auto" className="min-w-0 flex-1 truncate text-muted">
          {summary(event)}
        </span>
        {event.amount !== undefined && <span className="figures shrink-0">{money(event.amount, event.currency)}</span>}
      </button>
      {open && <EventFacts event={event} />}
    </li>
  );
}

/** The first things that an event says, in a line. */
function summary(event: CustomerEvent): string {
  return propertyRows(event.properties)
    .filter(([name]) => !name.startsWith("context_"))
    .slice(0, 3)
    .map(([, value]) => (value.length > 80 ? `${value.slice(0, 80)}…` : value))
    .join(", ");
}

const LONG = 600;

function EventFacts({ event }: { event: CustomerEvent }) {
  const facts: [string, string][] = [
    ["channel", event.channel ?? ""],
    ["source", event.source ?? ""],
    ["came with", event.distinct_id],
    ["message", event.message_id ?? ""],
  ];
  return (
    <dl className="my-1 ml-2 grid grid-cols-[minmax(88px,auto)_1fr] gap-x-4 gap-y-0.5 border-line border-l py-1 pl-4 text-sm">
      {propertyRows(event.properties).map(([name, value]) => (
        <Fact key={`p ${name}`} name={name} value={value} />
      ))}
      {facts.map(([name, value]) => value && <Fact key={`f ${name}`} name={name} value={value} quiet />)}
    </dl>
  );
}

function Fact({ name, value, quiet }: { name: string; value: string; quiet?: boolean }) {
  const [all, setAll] = useState(false);
  const long = value.length > LONG && !all;
  return (
    <>
      <dt dir="auto" className="max-w-48 truncate text-muted" title={name}>
        {name}
      </dt>
      <dd dir="auto" className={`min-w-0 break-words ${quiet ? "text-muted" : ""}`}>
        {long ? `${value.slice(0, LONG)}… ` : value}
        {long && (
          <button type="button" className="text-muted underline underline-offset-2" onClick={() => setAll(true)}>
            all {count(value.length)} characters
          </button>
        )}
      </dd>
    </>
  );
}
