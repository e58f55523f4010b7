import { type ReactNode, useMemo, useState } from "react";
import type { JsonValue, Table } from "@/api/model";
import { type DataColumn, DataTable } from "@/ui/DataTable";
import { Choice } from "@/ui/Field";
import { cell } from "@/words/format";
import { type Layer, type OnPeople, ofLayer } from "./layers";
import type { Place } from "./places";

interface TableProps {
  table: Table;
  label: string;
  /** The place of a cell, if people are counted there. */
  placeOf?: (row: number, column: number) => Place | null;
  /** What stands in a cell instead of its value. */
  insteadOf?: (cells: JsonValue[], column: number) => ReactNode;
  onPeople?: OnPeople;
}

interface Row {
  cells: JsonValue[];
  index: number;
}

/** Rows under typed columns. What is a number of people opens them. */
export function TableChart({ table, label, placeOf, insteadOf, onPeople }: TableProps) {
  const columns = useMemo(
    () =>
      table.columns.map(
        (column, index): DataColumn<Row> => ({
          name: column.name || " ",
          figure: column.kind !== "text" && column.kind !== "time",
          by: ({ cells }) => {
            const value = cells[index];
            return typeof value === "number" || typeof value === "string" ? value : null;
          },
          cell: ({ cells, index: row }) => {
            const instead = insteadOf?.(cells, index);
            if (instead !== undefined) return instead;
            const text = cell(cells[index], column.kind);
            const found = onPeople ? placeOf?.(row, index) : null;
            if (!found) return <span title={text.length > 40 ? text : undefined}>{text}</span>;
            return (
              <button
                type="button"
                title={`${found.title}: see the people`}
                onClick={() => onPeople?.(found.place, found.title)}
                className="max-w-full truncate underline decoration-line-strong underline-offset-4 hover:decoration-ink"
              >
                {text}
              </button>
            );
          },
        }),
      ),
    [table, placeOf, insteadOf, onPeople],
  );
  const rows = useMemo(() => table.rows.map((cells, index) => ({ cells, index })), [table]);
  return <DataTable label={label} columns={columns} rows={rows} rowKey={({ index }) => String(index)} />;
}

interface TablesProps {
  layers: Layer<"table">[];
  label: string;
  placeOf: (layer: Layer<"table">, row: number, column: number) => Place | null;
  insteadOf?: TableProps["insteadOf"];
  onPeople?: OnPeople;
}

/** The table of everybody, of a group or of the other side: one at a time, because each may be long. */
export function TablesChart({ layers, label, placeOf, insteadOf, onPeople }: TablesProps) {
  const [chosen, setChosen] = useState<string>();
  const layer = layers.find(({ name }) => name === chosen) ?? layers[0];
  if (!layer) return null;
  return (
    <>
      {layers.length > 1 && (
        <div className="mb-4 overflow-x-auto">
          <Choice
            label="Whose table"
            value={layer.name}
            onChange={setChosen}
            options={layers.map(({ name }) => ({ value: name, label: name }))}
          />
        </div>
      )}
      <TableChart
        table={layer.view}
        label={label}
        placeOf={(row, column) => placeOf(layer, row, column)}
        insteadOf={insteadOf}
        onPeople={ofLayer(layer, onPeople)}
      />
    </>
  );
}
