import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  redirect,
  retainSearchParams,
} from "@tanstack/react-router";
import { readMapSearch } from "./areas/maps/search";
import { CONTEXT_KEYS, type Context, readContext } from "./shell/context";
import { Shell } from "./shell/Shell";
import { buttonClasses } from "./ui/Button";
import { Page } from "./ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "./ui/States";

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  validateSearch: (search: Record<string, unknown>): Context => readContext(search),
  // The context stays when one goes from area to area; what a page adds does not.
  search: { middlewares: [retainSearchParams([...CONTEXT_KEYS])] },
  component: Shell,
  errorComponent: Broken,
  notFoundComponent: NotFound,
});

// An area adds pages by adding routes here; each page loads its own file. What a page keeps in the address beside the
// context it validates in its route.
const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: (search: Record<string, unknown>) => texts(search, "job"),
  component: lazyRouteComponent(() => import("./areas/home")),
});
const maps = createRoute({
  getParentRoute: () => root,
  path: "/maps",
  component: lazyRouteComponent(() => import("./areas/maps")),
});
const map = createRoute({
  getParentRoute: () => root,
  path: "/maps/$id",
  validateSearch: readMapSearch,
  component: lazyRouteComponent(() => import("./areas/maps/MapPage")),
});
const explore = createRoute({
  getParentRoute: () => root,
  path: "/explore",
  component: lazyRouteComponent(() => import("./areas/explore")),
});
const ask = createRoute({
  getParentRoute: () => root,
  path: "/explore/$analysis",
  validateSearch: (search: Record<string, unknown>): { q?: Record<string, unknown>; saved?: string } => ({
    ...(isObject(search.q) ? { q: search.q } : {}),
    ...(typeof search.saved === "string" ? { saved: search.saved } : {}),
  }),
  component: lazyRouteComponent(() => import("./areas/explore/AskPage")),
});
const sql = createRoute({
  getParentRoute: () => root,
  path: "/explore/sql",
  validateSearch: (search: Record<string, unknown>): { statement?: string; rows?: number } => ({
    ...texts(search, "statement"),
    ...(typeof search.rows === "number" && search.rows >= 1 ? { rows: Math.round(search.rows) } : {}),
  }),
  component: lazyRouteComponent(() => import("./areas/explore/sql/SqlPage")),
});
const dashboard = createRoute({
  getParentRoute: () => root,
  path: "/explore/dashboards/$id",
  component: lazyRouteComponent(() => import("./areas/explore/DashboardPage")),
});
const customers = createRoute({
  getParentRoute: () => root,
  path: "/customers",
  validateSearch: (search: Record<string, unknown>): { search?: string } => {
    const text = typeof search.search === "number" ? String(search.search) : search.search;
    return typeof text === "string" && text !== "" ? { search: text } : {};
  },
  component: lazyRouteComponent(() => import("./areas/customers")),
});
const customer = createRoute({
  getParentRoute: () => root,
  path: "/customers/$id",
  validateSearch: (
    search: Record<string, unknown>,
  ): { as_of?: string; channel?: string[]; event?: string[]; order?: "oldest" } => ({
    ...(isTime(search.as_of) ? { as_of: search.as_of } : {}),
    ...(isTexts(search.channel) ? { channel: search.channel } : {}),
    ...(isTexts(search.event) ? { event: search.event } : {}),
    ...(search.order === "oldest" ? { order: search.order } : {}),
  }),
  component: lazyRouteComponent(() => import("./areas/customers/CustomerPage")),
});
const segments = createRoute({
  getParentRoute: () => root,
  path: "/customers/segments",
  component: lazyRouteComponent(() => import("./areas/customers/SegmentsPage")),
});
/** What a segment's page has in the address: changes that are not saved, and the segment that it overlaps with. */
const segmentSearch = (
  search: Record<string, unknown>,
): { condition?: string | Record<string, unknown>; with?: string } => ({
  ...(isObject(search.condition) || typeof search.condition === "string" ? { condition: search.condition } : {}),
  ...(typeof search.with === "string" ? { with: search.with } : {}),
});
const newSegment = createRoute({
  getParentRoute: () => root,
  path: "/customers/new-segment",
  validateSearch: segmentSearch,
  component: lazyRouteComponent(() => import("./areas/customers/SegmentPage"), "NewSegmentPage"),
});
const segment = createRoute({
  getParentRoute: () => root,
  path: "/customers/segments/$id",
  validateSearch: segmentSearch,
  component: lazyRouteComponent(() => import("./areas/customers/SegmentPage")),
});
const feedback = createRoute({
  getParentRoute: () => root,
  path: "/feedback",
  component: lazyRouteComponent(() => import("./areas/feedback")),
});
const surveys = createRoute({
  getParentRoute: () => root,
  path: "/feedback/surveys",
  component: lazyRouteComponent(() => import("./areas/feedback/surveys/SurveysPage")),
});
const survey = createRoute({
  getParentRoute: () => root,
  path: "/feedback/surveys/$id",
  component: lazyRouteComponent(() => import("./areas/feedback/surveys/SurveyPage")),
});
const act = createRoute({
  getParentRoute: () => root,
  path: "/act",
  component: lazyRouteComponent(() => import("./areas/act")),
});
const actAlerts = createRoute({
  getParentRoute: () => root,
  path: "/act/alerts",
  validateSearch: (search: Record<string, unknown>): { alert?: number } =>
    typeof search.alert === "number" ? { alert: search.alert } : {},
  component: lazyRouteComponent(() => import("./areas/act/alerts/AlertsPage")),
});
/** What is to be watched, as Explore has it. */
const watchOf = (of: unknown) =>
  isObject(of) && typeof of.analysis === "string" && isObject(of.question)
    ? { of: { analysis: of.analysis, question: of.question, ...texts(of, "name") } }
    : {};
const actWatches = createRoute({
  getParentRoute: () => root,
  path: "/act/watches",
  validateSearch: (
    search: Record<string, unknown>,
  ): { watch?: string; of?: { analysis: string; question: Record<string, unknown>; name?: string } } => ({
    ...texts(search, "watch"),
    ...watchOf(search.of),
  }),
  component: lazyRouteComponent(() => import("./areas/act/watches/WatchesPage")),
});
const actCases = createRoute({
  getParentRoute: () => root,
  path: "/act/cases",
  validateSearch: (search: Record<string, unknown>) =>
    texts({ ...search, ...asWritten(search, "case", "owner") }, "status", "owner", "case", "rule"),
  component: lazyRouteComponent(() => import("./areas/act/cases/CasesPage")),
});
const data = createRoute({
  getParentRoute: () => root,
  path: "/data",
  component: lazyRouteComponent(() => import("./areas/data")),
});
const dataIndex = createRoute({
  getParentRoute: () => data,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/data/sources", search: (now) => now, replace: true });
  },
});
const dataSources = createRoute({
  getParentRoute: () => data,
  path: "/sources",
  component: lazyRouteComponent(() => import("./areas/data/SourcesPage")),
});
const dataLive = createRoute({
  getParentRoute: () => data,
  path: "/live",
  validateSearch: (search: Record<string, unknown>) => texts(search, "source", "outcome"),
  component: lazyRouteComponent(() => import("./areas/data/LivePage")),
});
const dataImports = createRoute({
  getParentRoute: () => data,
  path: "/imports",
  component: lazyRouteComponent(() => import("./areas/data/ImportsPage")),
});
const dataQuarantine = createRoute({
  getParentRoute: () => data,
  path: "/quarantine",
  validateSearch: (search: Record<string, unknown>) => texts(search, "reason", "source"),
  component: lazyRouteComponent(() => import("./areas/data/QuarantinePage")),
});
const dataEvents = createRoute({
  getParentRoute: () => data,
  path: "/events",
  validateSearch: (search: Record<string, unknown>) => texts(search, "event", "find"),
  component: lazyRouteComponent(() => import("./areas/data/EventsPage")),
});
const dataIdentity = createRoute({
  getParentRoute: () => data,
  path: "/identity",
  component: lazyRouteComponent(() => import("./areas/data/IdentityPage")),
});
const dataStorage = createRoute({
  getParentRoute: () => data,
  path: "/storage",
  component: lazyRouteComponent(() => import("./areas/data/StoragePage")),
});
const source = createRoute({
  getParentRoute: () => root,
  path: "/data/sources/$name",
  validateSearch: (search: Record<string, unknown>) => texts(search, "tab"),
  component: lazyRouteComponent(() => import("./areas/data/SourcePage")),
});
const importFile = createRoute({
  getParentRoute: () => root,
  path: "/data/import",
  validateSearch: (search: Record<string, unknown>) => texts(search, "upload", "job", "tab"),
  component: lazyRouteComponent(() => import("./areas/data/import/ImportPage")),
});
const connect = createRoute({
  getParentRoute: () => root,
  path: "/data/connect",
  validateSearch: (search: Record<string, unknown>) => texts(search, "source", "with"),
  component: lazyRouteComponent(() => import("./areas/data/connect/ConnectPage")),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./areas/settings")),
});

const routeTree = root.addChildren([
  home,
  maps,
  map,
  explore,
  ask,
  sql,
  dashboard,
  customers,
  customer,
  segments,
  newSegment,
  segment,
  feedback,
  surveys,
  survey,
  act,
  actAlerts,
  actWatches,
  actCases,
  data.addChildren([
    dataIndex,
    dataSources,
    dataLive,
    dataImports,
    dataQuarantine,
    dataEvents,
    dataIdentity,
    dataStorage,
  ]),
  source,
  importFile,
  connect,
  settings,
]);

/** Those of some settings that are texts. */
function texts<K extends string>(search: Record<string, unknown>, ...names: K[]): { [name in K]?: string } {
  const found = names.filter((name) => typeof search[name] === "string" && search[name] !== "");
  return Object.fromEntries(found.map((name) => [name, search[name]])) as { [name in K]?: string };
}

/** Those that were read as numbers and are none, such as an id of digits alone in a link of a letter. */
function asWritten(search: Record<string, unknown>, ...names: string[]): Record<string, string | null> {
  const written = new URLSearchParams(window.location.search);
  const misread = names.filter((name) => typeof search[name] === "number");
  return Object.fromEntries(misread.map((name) => [name, written.get(name)]));
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");
const isTime = (value: unknown): value is string => typeof value === "string" && !Number.isNaN(Date.parse(value));

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    defaultPreload: "intent",
    scrollRestoration: true,
    defaultPendingMs: 200,
    defaultPendingComponent: Pending,
    defaultErrorComponent: Broken,
    defaultNotFoundComponent: NotFound,
  });
}

function Pending() {
  return (
    <div className="px-4 pt-6 md:px-8">
      <Skeleton className="h-7 w-48" />
    </div>
  );
}

function Broken({ error, reset }: { error: unknown; reset?: () => void }) {
  return (
    <Page title="This page broke">
      <ProblemNote error={error} again={reset} />
    </Page>
  );
}

function NotFound() {
  return (
    <Page title="No such page">
      <EmptyState
        title="There is nothing at this address"
        action={
          <Link to="/" className={buttonClasses("solid")}>
            To the home page
          </Link>
        }
      >
        It may have been renamed or removed.
      </EmptyState>
    </Page>
  );
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
