// What the analysis `segments` says, by name: how many belong, how many to nothing else, and how many to two.

import type { Answer } from "@/api/model";

export interface SegmentCount {
  name: string;
  customers: number;
  share: number;
  only: number;
  /** By the name of the other segment: how many belong to both. */
  both: Map<string, number>;
}

export function segmentCounts(answer: Answer | undefined): Map<string, SegmentCount> {
  if (answer?.view.shape !== "table") return new Map();
  const { columns, rows } = answer.view;
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  const [name, customers, share, only] = [at("segment"), at("customers"), at("share"), at("only in it")];
  const figure = (cell: unknown) => (typeof cell === "number" ? cell : 0);
  return new Map(
    rows.map((row) => {
      const both = new Map<string, number>();
      columns.forEach((column, index) => {
        const cell = row[index];
        if (column.name.startsWith("also in ") && typeof cell === "number") both.set(column.name.slice(8), cell);
      });
      const one = {
        name: String(row[name]),
        customers: figure(row[customers]),
        share: figure(row[share]),
        only: figure(row[only]),
        both,
      };
      return [one.name, one];
    }),
  );
}
