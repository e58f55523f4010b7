import { useQuery } from "@tanstack/react-query";
import { fetchJson } from "@/api/client";
import type { Answer } from "@/api/model";
import { useAnalyses } from "@/api/queries";
import { ProblemNote, Skeleton } from "@/ui/States";
import { titleOf } from "../analyses";
import { identifier, kindOf, ROWS_OF } from "./statement";

interface TablesProps {
  /** Puts a name into the statement. */
  onName: (name: string) => void;
  /** Puts something in that can be asked from, with what it would be alone. */
  onTable: (name: string) => void;
}

const BUTTON = "flex min-h-7 w-full items-baseline gap-2 rounded-md px-2 py-0.5 text-left hover:bg-hover";

/** What one can ask of: tables with their columns, and analyses. A click puts the name into the statement. */
export function Tables({ onName, onTable }: TablesProps) {
  const tables = useTables();
  const analyses = useAnalyses().data ?? [];
  return (
    <div className="text-sm">
      <h2 className="mb-1 font-semibold text-base">Tables</h2>
      {tables.isPending && <Skeleton className="h-6" lines={7} />}
      {tables.isError && <ProblemNote error={tables.error} again={() => tables.refetch()} compact />}
      <ul className="-mx-2">
        {tables.data?.map(({ name, columns }) => (
          <li key={name}>
            <details className="group">
              <summary className="flex min-h-7 cursor-default items-center gap-1.5 rounded-md px-2 hover:bg-hover">
                <span aria-hidden className="w-2 text-muted transition-transform group-open:rotate-90">
                  ›
                </span>
                <span dir="auto" className="truncate font-medium">
                  {name}
                </span>
              </summary>
              <div className="mb-2 pl-3.5">
                {ROWS_OF[name] && <p className="px-2 py-0.5 text-muted">One row per {ROWS_OF[name]}.</p>}
                <button
                  type="button"
                  className={`${BUTTON} text-muted hover:text-ink`}
                  onClick={() => onTable(identifier(name))}
                >
                  Use {name}
                </button>
                <ul>
                  {columns.map((column) => (
                    <li key={column.name}>
                      <button type="button" className={BUTTON} onClick={() => onName(identifier(column.name))}>
                        <span dir="auto" className="min-w-0 flex-1 truncate">
                          {column.name}
                        </span>
                        <span className="text-muted text-xs">{column.kind}</span>
                      </button>
                    </li>
                  ))}
                </ul>
              </div>
            </details>
          </li>
        ))}
      </ul>
      <h2 className="mt-5 mb-1 font-semibold text-base">Analyses as tables</h2>
      <p className="mb-1 text-muted">Each takes its question and answers rows.</p>
      <ul className="-mx-2">
        {analyses.map(({ name, about, example }) => (
          <li key={name}>
            <button
              type="button"
              title={about}
              className={BUTTON}
              onClick={() => onTable(`${name}('${JSON.stringify(example).replaceAll("'", "''")}')`)}
            >
              <span className="min-w-0 flex-1 truncate">{name}</span>
              {titleOf(name).toLowerCase() !== name.replaceAll("_", " ") && (
                <span className="truncate text-muted text-xs">{titleOf(name).toLowerCase()}</span>
              )}
            </button>
          </li>
        ))}
      </ul>
      <p className="mt-4 text-muted">
        <code className="font-mono">property(properties, 'name')</code> reads a text out of properties and traits,{" "}
        <code className="font-mono">property_number</code> a number. <code className="font-mono">DESCRIBE</code> and{" "}
        <code className="font-mono">EXPLAIN</code> are there too.
      </p>
    </div>
  );
}

const COLUMNS = `SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema <> 'information_schema' ORDER BY table_name, ordinal_position`;

function useTables() {
  return useQuery({
    queryKey: ["sql tables"],
    queryFn: async ({ signal }) => {
      const { view } = await fetchJson<Answer>("/api/sql", { body: { statement: COLUMNS }, signal });
      const tables = new Map<string, { name: string; kind: string }[]>();
      for (const [table, name, type] of view.shape === "table" ? view.rows : []) {
        const columns = tables.get(String(table)) ?? [];
        columns.push({ name: String(name), kind: kindOf(String(type)) });
        tables.set(String(table), columns);
      }
      // In the order in which they are explained; what is not comes last.
      const order = Object.keys(ROWS_OF);
      const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
      return [...tables]
        .map(([name, columns]) => ({ name, columns }))
        .sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name));
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}
