import { ArrowDown, ArrowUp } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { classes } from "./classes";

export interface DataColumn<Row> {
  name: string;
  /** What is shown. */
  cell: (row: Row) => ReactNode;
  /** By what it is sorted; without it the column cannot be. */
  by?: (row: Row) => number | string | null;
  /** Figures stand at the right. */
  figure?: boolean;
  /** Takes the room that is left, and is clipped. */
  wide?: boolean;
}

interface DataTableProps<Row> {
  /** What the table shows, read out before it. */
  label: string;
  columns: readonly DataColumn<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row, index: number) => string;
  /** More rows than this are shown on demand. */
  atFirst?: number;
  /** Said when there are no rows. */
  empty?: string;
}

/** Rows under headings; a click on a heading sorts. */
export function DataTable<Row>({
  label,
  columns,
  rows,
  rowKey,
  atFirst = 50,
  empty = "No rows.",
}: DataTableProps<Row>) {
  const [sort, setSort] = useState<{ column: number; down: boolean } | null>(null);
  const [all, setAll] = useState(false);
  const sorted = useMemo(() => {
    const by = sort && columns[sort.column]?.by;
    return by ? [...rows].sort((a, b) => (sort.down ? compare(by(b), by(a)) : compare(by(a), by(b)))) : rows;
  }, [rows, columns, sort]);
  const shown = all ? sorted : sorted.slice(0, atFirst);
  return (
    <div>
      <section className="overflow-x-auto" aria-label={label} tabIndex={0}>
        <table className="w-full border-collapse">
          <thead>
            <tr className="border-line border-b text-left text-muted text-sm">
              {columns.map((column, index) => (
                <th
                  key={column.name}
                  scope="col"
                  aria-sort={sort?.column === index ? (sort.down ? "descending" : "ascending") : undefined}
                  className={classes(
                    "h-8 whitespace-nowrap pr-4 font-normal last:pr-0",
                    column.figure && "text-right",
                    column.wide && "w-full",
                  )}
                >
                  {column.by ? (
                    <button
                      type="button"
                      className="inline-flex items-center gap-1 hover:text-ink"
                      onClick={() =>
                        setSort({ column: index, down: sort?.column === index ? !sort.down : column.figure === true })
                      }
                    >
                      {column.name}
                      {sort?.column === index &&
                        (sort.down ? <ArrowDown size={12} aria-hidden /> : <ArrowUp size={12} aria-hidden />)}
                    </button>
                  ) : (
                    column.name
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, index) => (
              <tr key={rowKey(row, index)} className="border-line border-b last:border-b-0 hover:bg-hover/60">
                {columns.map((column) => (
                  <td
                    key={column.name}
                    dir={column.figure ? undefined : "auto"}
                    className={classes(
                      "h-9 max-w-72 truncate pr-4 last:pr-0",
                      column.figure && "figures whitespace-nowrap text-right",
                    )}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p className="py-6 text-muted">{empty}</p>}
      </section>
      {rows.length > shown.length && (
        <button
          type="button"
          className="mt-2 text-muted text-sm underline underline-offset-2 hover:text-ink"
          onClick={() => setAll(true)}
        >
          Show all {rows.length}
        </button>
      )}
    </div>
  );
}

function compare(a: number | string | null, b: number | string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b));
}
