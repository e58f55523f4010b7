import { useMemo } from "react";
import type { JsonObject } from "@/api/contract";
import type { JsonValue, Table } from "@/api/model";
import { type DataColumn, DataTable } from "@/ui/DataTable";
import { cell } from "@/words/format";

interface TableProps {
  table: Table;
  label: string;
  /** The place of a row, if people are counted there. */
  placeOf?: (row: JsonValue[]) => JsonObject | null;
  onPeople?: (place: JsonObject, title: string) => void;
}

/** Rows under typed columns. The first cell of a row opens its people. */
export function TableChart({ table, label, placeOf, onPeople }: TableProps) {
  const columns = useMemo(
    () =>
      table.columns.map(
        (column, index): DataColumn<JsonValue[]> => ({
          name: column.name || " ",
          figure: column.kind !== "text" && column.kind !== "time",
          by: (row) => {
            const value = row[index];
            return typeof value === "number" || typeof value === "string" ? value : null;
          },
          cell: (row) => {
            const text = cell(row[index], column.kind);
            const place = index === 0 && onPeople ? placeOf?.(row) : null;
            if (!place) return <span title={text.length > 40 ? text : undefined}>{text}</span>;
            return (
              <button
                type="button"
                onClick={() => onPeople?.(place, text)}
                className="max-w-full truncate underline decoration-line-strong underline-offset-4 hover:decoration-ink"
              >
                {text}
              </button>
            );
          },
        }),
      ),
    [table, placeOf, onPeople],
  );
  return <DataTable label={label} columns={columns} rows={table.rows} rowKey={(_, index) => String(index)} />;
}
