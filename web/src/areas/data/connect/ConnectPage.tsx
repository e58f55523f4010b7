import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Check } from "lucide-react";
import { useState } from "react";
import type { Source } from "@/api/contract";
import { useWorkspace } from "@/api/queries";
import { Button, buttonClasses } from "@/ui/Button";
import { Code } from "@/ui/Copy";
import { Field, Input } from "@/ui/Field";
import { Page } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { toastProblem } from "@/ui/Toast";
import { ago, count, plural } from "@/words/format";
import { useChangeSource, useSources } from "../queries";
import { ReadOnlyNote } from "../ReadOnlyNote";
import { type Arrived, useTail } from "../tail";
import { isLoopback, SENDERS } from "./snippets";

/** A source gets a name and a key; then it is shown how to send, and what arrives. */
export default function ConnectPage() {
  const { source: name } = useSearch({ from: "/data/connect" });
  const sources = useSources();
  const workspace = useWorkspace();
  const source = sources.data?.sources.find((one) => one.name === name);
  const key = source?.keys.find((one) => one.ended === null)?.key;
  return (
    <Page
      title={source ? `Connect ${source.name}` : "Connect a source"}
      about={
        <Link to="/data/sources" className="underline decoration-line-strong underline-offset-4">
          All sources
        </Link>
      }
    >
      <ReadOnlyNote />
      {sources.isPending && <Skeleton className="h-10" lines={4} />}
      {sources.isError && <ProblemNote error={sources.error} again={() => sources.refetch()} />}
      {workspace.data?.collecting === false && (
        <ProblemNote
          error={new Error("This server was started with --no-collect: what is sent to it is not taken.")}
          compact
        />
      )}
      {sources.data && !source && workspace.data?.may_change !== false && (
        <NewSource taken={sources.data.sources.map((one) => one.name)} wanted={name} />
      )}
      {source && !key && (
        <EmptyState
          title="All keys of this source are ended"
          action={
            <Link to="/data/sources/$name" params={{ name: source.name }} className={buttonClasses("solid")}>
              Add a key
            </Link>
          }
        >
          Nothing can be sent for it until it has another.
        </EmptyState>
      )}
      {source && key && sources.data && (
        <HowToSend source={source} writeKey={key} address={sources.data.address ?? window.location.origin} />
      )}
    </Page>
  );
}

function NewSource({ taken, wanted }: { taken: readonly string[]; wanted?: string }) {
  const navigate = useNavigate({ from: "/data/connect" });
  const change = useChangeSource();
  const [name, setName] = useState(wanted ?? (taken.includes("website") ? "" : "website"));
  const [origins, setOrigins] = useState("");
  const exists = taken.includes(name.trim());
  return (
    <form
      className="flex max-w-md flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(
          { do: "add", name: name.trim(), origins: origins.split(/[\s,]+/).filter(Boolean) },
          {
            onSuccess: () => navigate({ search: (now) => ({ ...now, source: name.trim() }) }),
            onError: toastProblem,
          },
        );
      }}
    >
      <Field
        label="Name of the source"
        about="Whatever sends: a web shop, an app, a help desk. It stands beside every event."
        problem={exists ? "There is a source of this name already." : undefined}
      >
        <Input value={name} onChange={(event) => setName(event.target.value)} required maxLength={60} autoFocus />
      </Field>
      <Field
        label="Pages from which browsers may send · optional"
        about="Such as https://shop.example; several with spaces between them. Any, when left empty."
      >
        <Input value={origins} onChange={(event) => setOrigins(event.target.value)} />
      </Field>
      <div>
        <Button look="solid" type="submit" disabled={name.trim() === "" || exists || change.isPending}>
          Make a key
        </Button>
      </div>
    </form>
  );
}

interface HowToSendProps {
  source: Source;
  writeKey: string;
  address: string;
}

function HowToSend({ source, writeKey, address }: HowToSendProps) {
  const { with: chosen } = useSearch({ from: "/data/connect" });
  const navigate = useNavigate({ from: "/data/connect" });
  const sender = SENDERS.find(({ id }) => id === chosen) ?? SENDERS[0];
  const { arrivals } = useTail(false);
  const own = arrivals.filter((one) => one.source === source.name);
  return (
    <div className="grid grid-cols-1 gap-x-12 gap-y-8 lg:grid-cols-[minmax(0,1fr)_320px]">
      <div className="min-w-0">
        <fieldset className="mb-5 flex flex-wrap gap-1.5">
          <legend className="sr-only">What sends</legend>
          {SENDERS.map(({ id, name }) => (
            <button
              key={id}
              type="button"
              aria-pressed={sender?.id === id}
              onClick={() => navigate({ search: (now) => ({ ...now, with: id }), replace: true })}
              className="h-8 rounded-full border border-line px-3 text-muted transition-colors hover:bg-hover aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-on-ink"
            >
              {name}
            </button>
          ))}
        </fieldset>
        <p className="mb-5 max-w-[68ch] text-muted">{sender?.about}</p>
        <div className="flex flex-col gap-5">
          {sender?.snippets(writeKey, address).map(({ label, text }) => (
            <section key={label}>
              <h2 className="mb-1.5 font-medium text-sm">{label}</h2>
              <Code label={label} text={text} />
            </section>
          ))}
        </div>
        {sender?.id === "webhook" && (
          <Link
            to="/data/sources/$name"
            params={{ name: source.name }}
            search={(now) => ({ ...now, tab: "rules" })}
            className={`mt-5 ${buttonClasses()}`}
          >
            Edit the rules
          </Link>
        )}
        {isLoopback(address) && (
          <p className="mt-6 max-w-[68ch] text-muted text-sm">
            ⚑ Only this machine can reach {address}. For pages and servers elsewhere, let the server listen where they
            reach it, behind a host name with TLS, and put that name in the place of the address.
          </p>
        )}
      </div>
      <Received source={source} arrivals={own} />
    </div>
  );
}

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "UTC" });

/** Whether something has come yet, and what. */
function Received({ source, arrivals }: { source: Source; arrivals: readonly Arrived[] }) {
  const good = arrivals.filter((one) => one.outcome === "accepted");
  const bad = arrivals.length - good.length;
  const received = good.length > 0 || source.stored > 0 || source.last !== null;
  return (
    <aside className="min-w-0 self-start rounded-lg border border-line p-4 lg:sticky lg:top-16">
      <div role="status" className="flex items-start gap-3">
        {received ? (
          <span className="flex size-6 shrink-0 items-center justify-center rounded-full bg-delight text-on-ink">
            <Check size={14} aria-hidden />
          </span>
        ) : (
          <span
            aria-hidden
            className="mt-1 ml-1 size-4 shrink-0 rounded-full border-2 border-line-strong border-dashed"
          />
        )}
        <div>
          <p className="font-semibold">{received ? "Events arrive" : "Waiting for the first event"}</p>
          <p className="figures text-muted text-sm">
            {good[0]
              ? `${plural(
                  good.reduce((sum, one) => sum + one.messages, 0),
                  "message",
                )} since you opened this page`
              : source.last
                ? `The last ${ago(source.last)}`
                : "It shows here within a second of being sent."}
          </p>
        </div>
      </div>
      {bad > 0 && (
        <p className="mt-3 text-pain text-sm">
          ▼ {count(bad)} refused: the reason stands below and in{" "}
          <Link to="/data/quarantine" search={(now) => ({ ...now, source: source.name })} className="underline">
            quarantine
          </Link>
          .
        </p>
      )}
      {arrivals.length > 0 && (
        <ol className="mt-3">
          {arrivals.slice(0, 6).map((one) => (
            <li key={one.key} className="border-line border-t py-1.5 text-sm">
              <span className="figures text-muted">{clock.format(new Date(one.at))}</span>{" "}
              <span className={one.outcome === "accepted" ? "" : "text-pain"}>
                {one.outcome === "accepted" ? "accepted" : `▼ ${one.detail ?? one.outcome}`}
              </span>
              <span dir="auto" className="block truncate font-mono text-muted text-xs">
                {one.begins}
              </span>
            </li>
          ))}
        </ol>
      )}
      {received && (
        <p className="mt-3 flex flex-wrap gap-2">
          <Link to="/data/events" className={buttonClasses("outline", "small")}>
            See the events
          </Link>
          <Link
            to="/data/live"
            search={(now) => ({ ...now, source: source.name })}
            className={buttonClasses("outline", "small")}
          >
            Watch live
          </Link>
        </p>
      )}
    </aside>
  );
}
