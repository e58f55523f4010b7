import { Link } from "@tanstack/react-router";
import { useSaved } from "@/api/queries";
import { ProblemNote } from "@/ui/States";

const ROW = "-mx-2 flex items-baseline gap-4 rounded-md px-2 py-2 transition-colors hover:bg-hover";

/** Dashboards and answers that somebody kept. */
export function SavedThings() {
  const saved = useSaved();
  const { dashboards = [], answers = [] } = saved.data ?? {};
  return (
    <section>
      <h2 className="mb-2 font-semibold">Saved</h2>
      {saved.isError && <ProblemNote error={saved.error} again={() => saved.refetch()} compact />}
      {saved.data && dashboards.length + answers.length === 0 && (
        <p className="text-muted">
          Nothing yet.{" "}
          <Link to="/explore" className="text-ink underline underline-offset-4">
            Ask something in Explore
          </Link>{" "}
          and save it: it is asked anew whenever it is opened.
        </p>
      )}
      <ul>
        {dashboards.map((one) => (
          <li key={one.id} className="border-line border-b last:border-b-0">
            <Link to="/explore/dashboards/$id" params={{ id: one.id }} className={ROW}>
              <span dir="auto" className="min-w-0 flex-1 truncate font-medium">
                {one.name}
              </span>
              <span className="text-muted text-sm">dashboard</span>
            </Link>
          </li>
        ))}
        {answers.map((one) => (
          <li key={one.id} className="border-line border-b last:border-b-0">
            <Link
              to="/explore/$analysis"
              params={{ analysis: one.analysis }}
              search={(now) =>
                ({ ...now, q: one.question, saved: one.id, ...(one.map ? { map: one.map } : {}) }) as never
              }
              className={ROW}
            >
              <span dir="auto" className="min-w-0 flex-1 truncate">
                {one.name}
              </span>
              <span className="text-muted text-sm">{one.analysis.replaceAll("_", " ")}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
