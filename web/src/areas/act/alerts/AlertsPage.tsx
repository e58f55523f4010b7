import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Alert } from "@/api/followup";
import { useWorkspace } from "@/api/queries";
import { Button, buttonClasses } from "@/ui/Button";
import { Page, Section } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { ago, date } from "@/words/format";
import { rangeName } from "@/words/period";
import { ActNavigation } from "../ActNavigation";
import { Expected } from "../Expected";
import { MeButton } from "../me";
import { Notes } from "../Notes";
import { useAlerts, useWatches } from "../queries";
import { AlertPanel } from "./AlertPanel";
import { SeenButton } from "./SeenButton";

const AT_FIRST = 100;
const AT_MOST = 1000;

/** What watches told: what goes on, and what is over. */
export default function AlertsPage() {
  const { alert: open } = useSearch({ from: "/act/alerts" });
  const navigate = useNavigate({ from: "/act/alerts" });
  const mayChange = useWorkspace().data?.may_change !== false;
  const [atMost, setAtMost] = useState(AT_FIRST);
  const alerts = useAlerts(atMost);
  const all = alerts.data ?? [];
  // A link may speak of an old one.
  const isThere = all.some(({ id }) => id === open);
  const more = useAlerts(AT_MOST, open !== undefined && alerts.data !== undefined && !isThere);
  const opened = [...all, ...(more.data ?? [])].find(({ id }) => id === open);
  const goingOn = all.filter(({ ended_at }) => ended_at === null);
  const over = all.filter(({ ended_at }) => ended_at !== null);
  return (
    <Page
      title="Alerts"
      about="What was out of line with what was to be expected. What goes on from day to day is one alert."
      actions={mayChange && <MeButton />}
    >
      <ActNavigation />
      <Notes />
      {alerts.isError && <ProblemNote error={alerts.error} again={() => alerts.refetch()} />}
      {alerts.isPending && <Skeleton className="h-16" lines={4} />}
      {alerts.data?.length === 0 && <None />}
      {goingOn.length > 0 && (
        <Section title="Going on">
          <List alerts={goingOn} />
        </Section>
      )}
      {over.length > 0 && (
        <Section title="Over">
          <List alerts={over} />
        </Section>
      )}
      {all.length >= atMost && atMost < AT_MOST && (
        <Button className="mt-4" onClick={() => setAtMost(AT_MOST)}>
          Show more
        </Button>
      )}
      {open !== undefined && (
        <AlertPanel
          key={open}
          alert={opened}
          pending={alerts.isPending || (more.isFetching && !more.isError)}
          onClose={() => navigate({ search: (now) => ({ ...now, alert: undefined }) })}
        />
      )}
    </Page>
  );
}

function List({ alerts }: { alerts: readonly Alert[] }) {
  return (
    <ol>
      {alerts.map((alert) => (
        <Row key={alert.id} alert={alert} />
      ))}
    </ol>
  );
}

function Row({ alert }: { alert: Alert }) {
  const { id, name, judged, began_at, ended_at, messages } = alert;
  const failed = messages.filter(({ state }) => state === "failed").length;
  const sent = messages.filter(({ state }) => state === "sent").length;
  return (
    <li className="relative border-line border-b last:border-b-0">
      <div className="-mx-2 grid grid-cols-1 gap-x-6 gap-y-2 rounded-md px-2 py-3 transition-colors hover:bg-hover md:grid-cols-[minmax(0,1fr)_160px_240px]">
        <div className="min-w-0">
          <Link
            to="."
            search={(now) => ({ ...now, alert: id }) as never}
            className="font-medium after:absolute after:inset-0 after:rounded-md"
          >
            {!ended_at && (
              <span aria-hidden className="mr-1.5 text-pain">
                ▼
              </span>
            )}
            <bdi className="break-words">{name}</bdi>
          </Link>
          <p dir="auto" className="mt-0.5 line-clamp-3 max-w-[80ch] break-words text-muted">
            {judged.text}
          </p>
        </div>
        <Expected judged={judged} />
        <div className="md:text-right">
          <p className="figures text-sm">
            {ended_at ? rangeName(began_at, ended_at) : `since ${date(began_at)}, ${ago(began_at)}`}
          </p>
          <p className="figures text-muted text-sm">
            {messages.length === 0 ? "nobody told" : `told ${sent} of ${messages.length}`}
            {failed > 0 && <span className="text-pain"> · ▼ {failed} not sent</span>}
          </p>
          <div className="relative z-[1] mt-1 w-fit max-w-full md:ml-auto">
            <SeenButton alert={alert} />
          </div>
        </div>
      </div>
    </li>
  );
}

function None() {
  const watches = useWatches();
  const any = (watches.data?.watches.length ?? 0) > 0;
  if (watches.isPending) return null;
  return (
    <EmptyState
      title="Nothing was out of line"
      action={
        <Link to="/act/watches" className={buttonClasses(any ? "outline" : "solid")}>
          {any ? "To the watches" : "Watch something"}
        </Link>
      }
    >
      {any
        ? "What is watched is as it was to be expected. When something is not, it stands here, and whom a watch names is told."
        : "A watch asks a question each day, week or month, and tells when the answer is not what was to be expected. There is none yet."}
    </EmptyState>
  );
}
