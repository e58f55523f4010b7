import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useMemo } from "react";
import type { CatalogueEvent } from "@/api/contract";
import { useMaps } from "@/api/queries";
import { Spark } from "@/charts/Spark";
import { buttonClasses } from "@/ui/Button";
import { Drawer } from "@/ui/Dialog";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { ago, count, date, plural, share, short } from "@/words/format";
import { Bars } from "./Bars";
import { useCatalogue } from "./queries";

const FLAGS: Record<string, string> = {
  new: "new",
  silent: "silent",
  spike: "spike",
  gap: "gap",
  drift: "changed shape",
};

/** Every event there is. */
export default function EventsPage() {
  const { find = "", event } = useSearch({ from: "/data/events" });
  const navigate = useNavigate({ from: "/data/events" });
  const catalogue = useCatalogue();
  const maps = useMaps();
  const shown = useMemo(
    () => (catalogue.data ?? []).filter(({ name }) => name.toLowerCase().includes(find.toLowerCase())),
    [catalogue.data, find],
  );
  if (catalogue.isPending) return <Skeleton className="h-10" lines={8} />;
  if (catalogue.isError) return <ProblemNote error={catalogue.error} again={() => catalogue.refetch()} />;
  if (catalogue.data.length === 0) {
    return (
      <EmptyState
        title="There are no events yet"
        action={
          <Link to="/data/import" className={buttonClasses("solid")}>
            Import a file
          </Link>
        }
      >
        With the first import, or the first message of a source, they are listed here with what they say.
      </EmptyState>
    );
  }
  const open = catalogue.data.find(({ name }) => name === event);
  const hasMaps = (maps.data?.length ?? 0) > 0;
  const off = hasMaps ? catalogue.data.filter((one) => one.touchpoints.length === 0) : [];
  return (
    <>
      <div className="mb-2 flex flex-wrap items-center gap-x-6 gap-y-2">
        <label className="flex min-w-0 flex-1 basis-60 items-center gap-2 border-line border-b focus-within:border-line-strong">
          <Search size={14} aria-hidden className="text-muted" />
          <input
            type="search"
            aria-label="Find an event"
            placeholder={`Find among ${plural(catalogue.data.length, "event")}`}
            value={find}
            onChange={({ target }) =>
              navigate({ search: (now) => ({ ...now, find: target.value || undefined }), replace: true })
            }
            className="h-8 w-full bg-transparent outline-none placeholder:text-muted"
          />
        </label>
        {off.length > 0 && <p className="figures text-muted text-sm">{plural(off.length, "event")} on no map</p>}
      </div>
      <ul>
        {shown.map((one) => (
          <li key={one.name} className="border-line border-b last:border-b-0">
            <EventRow
              event={one}
              hasMaps={hasMaps}
              onOpen={() => navigate({ search: (now) => ({ ...now, event: one.name }) })}
            />
          </li>
        ))}
      </ul>
      {shown.length === 0 && <EmptyState title="No event is called so">Write less of its name.</EmptyState>}
      {open && (
        <EventDrawer
          event={open}
          onClose={() => navigate({ search: (now) => ({ ...now, event: undefined }), replace: true })}
        />
      )}
    </>
  );
}

interface EventRowProps {
  event: CatalogueEvent;
  hasMaps: boolean;
  onOpen: () => void;
}

function EventRow({ event, hasMaps, onOpen }: EventRowProps) {
  const off = hasMaps && event.touchpoints.length === 0;
  const about = [
    event.channels
      .map(([name]) => name)
      .filter(Boolean)
      .join(", "),
    plural(event.properties.length, "property", "properties"),
    off && "on no map",
  ].filter(Boolean);
  return (
    <button
      type="button"
      onClick={onOpen}
      className="-mx-2 grid w-[calc(100%+1rem)] grid-cols-[minmax(0,1fr)_auto] items-center gap-x-6 rounded-md px-2 py-2 text-left transition-colors hover:bg-hover md:grid-cols-[minmax(0,1fr)_120px_88px_110px_110px]"
    >
      <span className="min-w-0">
        <span className="flex items-baseline gap-2">
          <span dir="auto" className="min-w-0 truncate font-medium">
            {event.name}
          </span>
          {event.flags.map(({ flag, sentence }) => (
            <span key={flag} title={sentence} className="shrink-0 text-pain text-sm">
              ⚑ {FLAGS[flag] ?? flag}
            </span>
          ))}
        </span>
        <span dir="auto" className="block truncate text-muted text-sm">
          {about.join(" · ")}
        </span>
      </span>
      <span className="max-md:hidden">
        <Spark values={event.days} label={`Last 30 days: ${event.days.map(count).join(", ")}`} />
      </span>
      <span className="figures text-right font-medium" title={`${count(event.events)} events`}>
        {short(event.events)}
      </span>
      <span className="figures text-right text-muted text-sm max-md:hidden">{plural(event.customers, "customer")}</span>
      <span className="figures text-right text-muted text-sm max-md:hidden">{event.last ? ago(event.last) : "–"}</span>
    </button>
  );
}

function EventDrawer({ event, onClose }: { event: CatalogueEvent; onClose: () => void }) {
  return (
    <Drawer
      open
      onClose={onClose}
      title={event.name}
      about={`${plural(event.events, "event")} of ${plural(event.customers, "customer")}${event.first && event.last ? `, ${date(event.first)} – ${date(event.last)}` : ""}`}
      actions={
        <>
          <Link
            to="/explore/$analysis"
            params={{ analysis: "trends" }}
            search={(now) =>
              ({ ...now, q: { measures: [{ of: { event: event.name }, show: "events" }], interval: "week" } }) as never
            }
            className={buttonClasses()}
          >
            Over time
          </Link>
          <Link
            to="/customers/new-segment"
            search={(now) => ({ ...now, condition: { did: event.name } }) as never}
            className={buttonClasses()}
          >
            Who did it
          </Link>
        </>
      }
    >
      <div className="flex flex-col gap-7">
        {event.flags.length > 0 && (
          <ul>
            {event.flags.map(({ flag, sentence }) => (
              <li key={flag} className="py-1">
                <span className="text-pain">⚑ {FLAGS[flag] ?? flag}</span> <span dir="auto">{sentence}</span>
              </li>
            ))}
          </ul>
        )}
        <section>
          <h3 className="mb-2 font-semibold">Last 30 days</h3>
          <Spark values={event.days} width={400} label={event.days.map(count).join(", ")} />
        </section>
        {event.channels.length > 0 && (
          <section>
            <h3 className="mb-1 font-semibold">Channels</h3>
            <Bars
              label="Channels"
              rows={event.channels.map(([name, n]) => ({
                key: name,
                name: name || "no channel",
                value: n,
                text: short(n),
              }))}
            />
          </section>
        )}
        <section>
          <h3 className="mb-1 font-semibold">On maps</h3>
          {event.touchpoints.length === 0 ? (
            <p className="text-muted">It belongs to no touchpoint, so no map tells of it.</p>
          ) : (
            <ul>
              {event.touchpoints.map(({ map, touchpoint, name }) => (
                <li key={`${map} ${touchpoint}`} className="py-1">
                  <Link
                    to={`/maps/${encodeURIComponent(map)}` as string}
                    search={(now: object) => ({ ...now, open: `touchpoint:${touchpoint}` }) as never}
                    className="underline decoration-line-strong underline-offset-4"
                  >
                    <span dir="auto">{name ?? touchpoint}</span>
                  </Link>{" "}
                  <span className="text-muted">of {map}</span>
                </li>
              ))}
            </ul>
          )}
        </section>
        <section>
          <h3 className="mb-1 font-semibold">Properties</h3>
          {event.properties.length === 0 && <p className="text-muted">It says nothing beside its name.</p>}
          <ul>
            {event.properties.map((property) => (
              <li
                key={property.name}
                className="grid grid-cols-[minmax(0,1fr)_auto_72px] items-baseline gap-x-4 border-line border-b py-2 last:border-b-0"
              >
                <span dir="auto" className="truncate" title={property.name}>
                  {property.name}
                </span>
                <span className="text-muted text-sm">
                  {property.kind === "mixed" ? "of several types" : property.kind}
                </span>
                <span className="figures text-right text-sm">{share(property.share)}</span>
                {property.values.length > 0 && (
                  <span dir="auto" className="col-span-3 truncate text-muted text-sm">
                    {property.values
                      .slice(0, 12)
                      .map(([value, n]) => `${typeof value === "string" ? value : JSON.stringify(value)} ${short(n)}`)
                      .join(" · ")}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </section>
      </div>
    </Drawer>
  );
}
