import { Link, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useShownSnapshot } from "@/api/live";
import { useWorkspace } from "@/api/queries";
import { AsOf } from "@/shell/AsOf";
import { useContextQuestion } from "@/shell/context";
import { buttonClasses } from "@/ui/Button";
import { Page, Section } from "@/ui/Page";
import { ProblemNote, Skeleton } from "@/ui/States";
import { plural, short, time } from "@/words/format";
import { Checklist } from "./Checklist";
import { Doors } from "./Doors";
import { Health } from "./Health";
import { MapFigures } from "./MapFigures";
import { MoreMaps } from "./MoreMaps";
import { MovedSection } from "./MovedSection";
import { useMeasuredMaps } from "./queries";
import { Reviews } from "./Reviews";
import { SavedThings } from "./SavedThings";

// It brings along what the pages about findings share.
const WhereItHurts = lazy(() => import("./WhereItHurts"));

/** What one looks at first: the journeys, what hurts, what moved. Before there is data: three doors. */
export default function HomePage() {
  const workspace = useWorkspace();
  const { job } = useSearch({ from: "/" });
  if (workspace.isPending) {
    return (
      <Page title="Home">
        <Skeleton className="h-24" lines={3} />
      </Page>
    );
  }
  if (workspace.isError) {
    return (
      <Page title="Home">
        <ProblemNote error={workspace.error} again={() => workspace.refetch()} />
      </Page>
    );
  }
  // While the demo company is being made there are some events already, and not yet all.
  if (workspace.data.events === 0 || job) return <Doors mayChange={workspace.data.may_change} />;
  return <Overview />;
}

function Overview() {
  const { data: workspace } = useWorkspace();
  const context = useContextQuestion();
  const { snapshot, hold } = useShownSnapshot();
  const { maps, shown, more, measured, error } = useMeasuredMaps(context, snapshot);
  return (
    <Page
      title={workspace?.title || "Home"}
      windowTitle="Home"
      about={
        workspace && (
          <span className="figures">
            {workspace.customers !== null && `${plural(workspace.customers, "customer")} · `}
            {short(workspace.events)} events
            {workspace.watermark && ` · up to ${time(workspace.watermark)} UTC`}
          </span>
        )
      }
    >
      <div {...hold}>
        <Checklist />
        <Reviews />
        <Section
          title="Maps"
          actions={
            <Link to="/maps" className={buttonClasses("quiet", "small")}>
              All maps
            </Link>
          }
        >
          {error && <ProblemNote error={error} compact />}
          {maps.data?.length === 0 && (
            <p className="text-muted">
              There is no map yet.{" "}
              <Link to="/maps" className="text-ink underline underline-offset-4">
                Make one
              </Link>{" "}
              to see the journey as a whole, and where it hurts.
            </p>
          )}
          <ul>
            {[...shown, ...(maps.data ?? []).filter((map) => map.problem)].map((map) => (
              <li key={map.id} className="border-line border-t first:border-t-0">
                <MapFigures
                  entry={map}
                  measured={measured.find(({ id }) => id === map.id)}
                  waiting={context.missing === null}
                />
                <AsOf map={map.id} />
              </li>
            ))}
          </ul>
          <MoreMaps more={more} />
        </Section>
        {shown[0] && (
          <Suspense fallback={<Skeleton className="mt-10 h-64" />}>
            <WhereItHurts map={shown[0]} snapshot={snapshot} />
          </Suspense>
        )}
        <MovedSection snapshot={snapshot} maps={shown} />
        <div className="mt-10 grid grid-cols-1 gap-x-12 gap-y-10 lg:grid-cols-2">
          <SavedThings />
          <Health />
        </div>
      </div>
    </Page>
  );
}
