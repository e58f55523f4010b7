import { type UIEvent, useMemo, useState } from "react";
import { classes } from "./classes";

interface LongTableProps {
  label: string;
  columns: readonly { name: string; figure: boolean }[];
  rows: number;
  /** A cell as it is written. */
  cell: (row: number, column: number) => string;
}

const ROW = 32;
/** Rows beyond the edge that are there already when one scrolls. */
const AROUND = 12;
const SEEN_AT_MOST = 18;
/** Columns are as wide as what the first rows need. */
const MEASURED = 200;
const [NARROWEST, WIDEST] = [7, 42];

/** As many rows as there are; only those in sight are on the page. */
export function LongTable({ label, columns, rows, cell }: LongTableProps) {
  const [top, setTop] = useState(0);
  const widths = useMemo(
    () =>
      columns.map(({ name }, column) => {
        const lengths = Array.from({ length: Math.min(rows, MEASURED) }, (_, row) => cell(row, column).length);
        return Math.min(WIDEST, Math.max(NARROWEST, name.length, ...lengths)) + 3;
      }),
    [columns, rows, cell],
  );
  const first = Math.max(0, Math.floor(top / ROW) - AROUND);
  const last = Math.min(rows, Math.ceil(top / ROW) + SEEN_AT_MOST + AROUND);
  const onScroll = (event: UIEvent<HTMLElement>) => setTop(event.currentTarget.scrollTop);
  return (
    <section
      aria-label={label}
      tabIndex={0}
      onScroll={onScroll}
      className="overflow-auto border-line border-y"
      style={{ maxHeight: ROW * (SEEN_AT_MOST + 1) }}
    >
      <table
        aria-rowcount={rows + 1}
        className="min-w-full table-fixed border-separate border-spacing-0"
        style={{ width: `${widths.reduce((sum, width) => sum + width, 0)}ch` }}
      >
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ name, figure }, column) => (
              <th
                key={column}
                scope="col"
                dir="auto"
                title={name}
                className={classes(
                  "sticky top-0 h-8 truncate border-line border-b bg-page px-2 font-normal text-muted text-sm first:pl-0",
                  figure ? "text-right" : "text-left",
                )}
                style={{ width: `${widths[column]}ch` }}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <Gap rows={first} columns={columns.length} />}
          {Array.from({ length: last - first }, (_, index) => first + index).map((row) => (
            <tr key={row} aria-rowindex={row + 2} className="hover:bg-hover/60">
              {columns.map(({ figure }, column) => {
                const text = cell(row, column);
                return (
                  <td
                    key={column}
                    dir={figure ? undefined : "auto"}
                    title={text.length > WIDEST ? text : undefined}
                    className={classes(
                      "h-8 truncate border-line border-b px-2 first:pl-0",
                      figure ? "figures text-right" : "text-left",
                    )}
                  >
                    {text}
                  </td>
                );
              })}
            </tr>
          ))}
          {last < rows && <Gap rows={rows - last} columns={columns.length} />}
        </tbody>
      </table>
    </section>
  );
}

/** The room of rows that are out of sight. */
const Gap = ({ rows, columns }: { rows: number; columns: number }) => (
  <tr aria-hidden>
    <td colSpan={columns} style={{ height: rows * ROW }} />
  </tr>
);
