// The map as a grid that is walked by keys: rows are lanes, columns are stages, and a cell may hold several things.

/** Where the focus is: row 0 is the stages' heads, column 0 the lanes' heads. */
export interface Spot {
  row: number;
  column: number;
  item: number;
}

/** How many things each cell holds; an empty cell is itself one. */
export type Shape = readonly (readonly number[])[];

export const spotName = ({ row, column, item }: Spot) => `${row}.${column}.${item}`;

/** The nearest spot that exists, when what was focused is gone. */
export function settle(shape: Shape, { row, column, item }: Spot): Spot {
  const rows = shape.length;
  const at = Math.min(Math.max(row, 0), rows - 1);
  const cells = shape[at] ?? [];
  const across = Math.min(Math.max(column, 0), cells.length - 1);
  return { row: at, column: across, item: Math.min(Math.max(item, 0), (cells[across] ?? 1) - 1) };
}

/** Where a key leads; null when it is none that moves. */
export function moved(shape: Shape, spot: Spot, key: string, far = false): Spot | null {
  const { row, column, item } = settle(shape, spot);
  const held = (r: number, c: number) => shape[r]?.[c] ?? 0;
  const columns = shape[row]?.length ?? 0;
  switch (key) {
    case "ArrowDown":
      if (item + 1 < held(row, column)) return { row, column, item: item + 1 };
      return row + 1 < shape.length ? settle(shape, { row: row + 1, column, item: 0 }) : { row, column, item };
    case "ArrowUp":
      if (item > 0) return { row, column, item: item - 1 };
      return row > 0 ? settle(shape, { row: row - 1, column, item: held(row - 1, column) - 1 }) : { row, column, item };
    case "ArrowRight":
      return settle(shape, { row, column: column + 1, item });
    case "ArrowLeft":
      return settle(shape, { row, column: column - 1, item });
    case "PageDown":
      return settle(shape, { row: row + 1, column, item: 0 });
    case "PageUp":
      return settle(shape, { row: row - 1, column, item: 0 });
    case "Home":
      return { row: far ? 0 : row, column: 0, item: 0 };
    case "End":
      return settle(shape, { row: far ? shape.length - 1 : row, column: columns - 1, item: far ? 1e9 : 0 });
    default:
      return null;
  }
}
