import { Link } from "@tanstack/react-router";
import { Section } from "@/ui/Page";
import { ProblemNote, Skeleton } from "@/ui/States";
import { count, plural, share } from "@/words/format";
import { Bars } from "./Bars";
import { bytes, Figures } from "./Figures";
import { useCatalogue, useStorage } from "./queries";

/** What is kept and how much room it takes; and whether the data looks odd anywhere. */
export default function StoragePage() {
  const storage = useStorage();
  return (
    <>
      {storage.isPending && <Skeleton className="h-10" lines={6} />}
      {storage.isError && <ProblemNote error={storage.error} again={() => storage.refetch()} />}
      {storage.data && (
        <>
          <Figures
            figures={[
              { name: "Events", value: count(storage.data.events) },
              { name: "Traits", value: count(storage.data.traits) },
              {
                name: "In the lake",
                value: bytes(storage.data.bytes),
                about: `${plural(storage.data.parts, "part")}, ${plural(storage.data.versions, "version")}`,
              },
              { name: "Waiting in the log", value: bytes(storage.data.log_bytes) },
              { name: "Identities and settings", value: bytes(storage.data.store_bytes) },
              { name: "Quarantine", value: bytes(storage.data.quarantine_bytes) },
            ]}
          />
          {storage.data.disk && <Disk {...storage.data.disk} />}
        </>
      )}
      <Quality />
      {storage.data && storage.data.months.length > 0 && (
        <Section title="By month" about="Of when events happened.">
          <Bars
            label="Events by month"
            rows={storage.data.months.map(({ month, events, bytes: size }) => ({
              key: month,
              name: monthName(month),
              value: events,
              text: count(events),
              about: bytes(size),
            }))}
          />
        </Section>
      )}
      {storage.data && (
        <Section title="Erasures">
          <p>
            {storage.data.erasures.open === 0 && storage.data.erasures.done === 0
              ? "Nobody was erased."
              : `${count(storage.data.erasures.done)} done${storage.data.erasures.open > 0 ? `, ${count(storage.data.erasures.open)} in no answer any more, and leaving the files within a day` : ""}.`}
          </p>
        </Section>
      )}
    </>
  );
}

const month = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
const monthName = (text: string) => {
  const at = new Date(`${text}-01T00:00:00Z`);
  return Number.isNaN(at.getTime()) ? text : month.format(at);
};

/** Nothing is accepted from nine tenths on. */
const FULL = 0.9;

function Disk({ total, free }: { total: number; free: number }) {
  const used = total > 0 ? 1 - free / total : 0;
  return (
    <p className="-mt-4 mb-10 text-muted">
      The disk is {share(used)} full; {bytes(free)} of {bytes(total)} are free.
      {used >= FULL && (
        <span className="text-pain">
          {" "}
          ▼ From 90 % on, sources are asked to send again later, until there is room (or “serve --disk-full” allows
          more).
        </span>
      )}
    </p>
  );
}

/** What the catalogue flags: gaps, spikes, silence and changed shapes. */
function Quality() {
  const catalogue = useCatalogue();
  const flagged = (catalogue.data ?? []).flatMap((event) =>
    event.flags.map((flag) => ({ event: event.name, ...flag })),
  );
  return (
    <Section title="Data quality" about="Silence, gaps, spikes, and properties that changed their type.">
      {catalogue.isError && <ProblemNote error={catalogue.error} again={() => catalogue.refetch()} compact />}
      {catalogue.data && flagged.length === 0 && (
        <p className="text-muted">Nothing looks odd: every event comes as it did before.</p>
      )}
      <ul>
        {flagged.map(({ event, flag, sentence }) => (
          <li key={`${event} ${flag}`} className="border-line border-b last:border-b-0">
            <Link
              to="/data/events"
              search={(now) => ({ ...now, event })}
              className="-mx-2 grid grid-cols-1 gap-x-6 rounded-md px-2 py-2.5 transition-colors hover:bg-hover md:grid-cols-[minmax(0,240px)_minmax(0,1fr)]"
            >
              <span dir="auto" className="truncate font-medium">
                <span className="mr-2 text-pain">⚑</span>
                {event}
              </span>
              <span dir="auto" className="text-muted">
                {sentence}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
