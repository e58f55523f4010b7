import { Link } from "@tanstack/react-router";
import { useAnalyses, useSaved, useWorkspace } from "@/api/queries";
import { Page, Section } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { gallery, titleOf } from "./analyses";
import { Glyph } from "./Glyph";
import { NewDashboard } from "./NewDashboard";

/** All questions that can be asked, by what one wants to know; before them what was saved. */
export default function ExplorePage() {
  const analyses = useAnalyses();
  const saved = useSaved();
  const workspace = useWorkspace();
  const { answers = [], dashboards = [] } = saved.data ?? {};
  return (
    <Page title="Explore" about="Ask about whole journeys: every number opens the people behind it.">
      {workspace.data?.events === 0 && (
        <EmptyState
          title="There is nothing to ask about yet"
          action={
            <Link to="/data" className="underline underline-offset-4">
              Bring data in
            </Link>
          }
        >
          Once events are in, every question below can be asked of them.
        </EmptyState>
      )}
      {(answers.length > 0 || dashboards.length > 0) && (
        <Section title="Saved" actions={<NewDashboard />}>
          <ul className="grid gap-x-6 sm:grid-cols-2 lg:grid-cols-3">
            {dashboards.map((one) => (
              <li key={one.id} className="border-line border-t">
                <Link
                  to="/explore/dashboards/$id"
                  params={{ id: one.id }}
                  className="-mx-2 flex h-10 items-center gap-3 rounded-md px-2 hover:bg-hover"
                >
                  <span dir="auto" className="min-w-0 flex-1 truncate font-medium">
                    {one.name}
                  </span>
                  <span className="text-muted text-sm">dashboard</span>
                </Link>
              </li>
            ))}
            {answers.map((one) => (
              <li key={one.id} className="border-line border-t">
                <Link
                  to="/explore/$analysis"
                  params={{ analysis: one.analysis }}
                  search={(now) => ({ ...now, q: one.question, saved: one.id, ...(one.map ? { map: one.map } : {}) })}
                  className="-mx-2 flex h-10 items-center gap-3 rounded-md px-2 hover:bg-hover"
                >
                  <span dir="auto" className="min-w-0 flex-1 truncate font-medium">
                    {one.name}
                  </span>
                  <span className="text-muted text-sm">{titleOf(one.analysis)}</span>
                </Link>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {analyses.isError && <ProblemNote error={analyses.error} again={() => analyses.refetch()} />}
      {analyses.isPending && <Skeleton className="h-24" lines={3} />}
      <div className="mt-10 grid gap-x-10 gap-y-10 first:mt-0 lg:grid-cols-2">
        {gallery(analyses.data ?? []).map((group) => (
          <section key={group.question}>
            <h2 className="mb-1 font-semibold">{group.question}</h2>
            <ul>
              {group.analyses.map((one) => (
                <li key={one.name} className="border-line border-b last:border-b-0">
                  <Link
                    to="/explore/$analysis"
                    params={{ analysis: one.name }}
                    className="-mx-3 flex items-center gap-4 rounded-md px-3 py-3 transition-colors hover:bg-hover"
                  >
                    <Glyph of={one.name} />
                    <span className="min-w-0">
                      <span className="block font-medium">{one.title}</span>
                      <span className="block text-muted text-sm">{one.asks}</span>
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        ))}
        <section>
          <h2 className="mb-1 font-semibold">And anything else?</h2>
          <Link
            to="/explore/sql"
            className="-mx-3 flex items-center gap-4 rounded-md px-3 py-3 transition-colors hover:bg-hover"
          >
            <Glyph of="sql" />
            <span className="min-w-0">
              <span className="block font-medium">SQL</span>
              <span className="block text-muted text-sm">Whatever no analysis asks, in a language of tables.</span>
            </span>
          </Link>
        </section>
      </div>
    </Page>
  );
}
