// Every view as a table: what stands behind each chart.

import type { Table, View } from "@/api/model";
import { when } from "@/findings/finding";
import { axisLabels } from "./axis";

export function tableOf(view: View): Table {
  switch (view.shape) {
    case "table":
      return { columns: view.columns, rows: view.rows };
    case "steps":
      return {
        columns: [
          { name: "step", kind: "text" },
          { name: "reached", kind: "count" },
          { name: "of the first", kind: "share" },
          { name: "of the one before", kind: "share" },
          { name: "from", kind: "share" },
          { name: "to", kind: "share" },
          { name: "stopped here", kind: "count" },
          { name: "median", kind: "seconds" },
          { name: "90 % within", kind: "seconds" },
        ],
        rows: view.steps.map((step, index) => [
          `${index + 1} ${step.name}`,
          step.reached,
          step.from_first,
          step.from_previous?.value ?? null,
          step.from_previous?.low ?? null,
          step.from_previous?.high ?? null,
          step.stopped,
          step.median_seconds,
          step.p90_seconds ?? null,
        ]),
      };
    case "graph":
      return {
        columns: [
          { name: "from", kind: "text" },
          { name: "to", kind: "text" },
          { name: "times", kind: "count" },
          { name: "journeys", kind: "count" },
          { name: "median", kind: "seconds" },
        ],
        rows: view.edges.map((edge) => [
          view.nodes[edge.from]?.name ?? "",
          view.nodes[edge.to]?.name ?? "",
          edge.count,
          edge.sequences,
          edge.median_seconds,
        ]),
      };
    case "sequences":
      return {
        columns: [
          { name: "steps", kind: "text" },
          { name: "count", kind: "count" },
          { name: "share", kind: "share" },
          { name: "median", kind: "seconds" },
        ],
        rows: view.variants.map((one) => [one.steps.join(" → "), one.count, one.share, one.median_seconds]),
      };
    case "series":
      return {
        columns: [{ name: "", kind: "text" }, ...view.lines.map(({ name, kind }) => ({ name, kind }))],
        rows: axisLabels(view.axis).map((label, at) => [label, ...view.lines.map((line) => line.values[at] ?? null)]),
      };
    case "cohorts":
      return {
        columns: [
          { name: view.by, kind: "text" },
          { name: "size", kind: "count" },
          ...view.intervals.map((name) => ({ name, kind: "share" as const })),
        ],
        rows: [view.overall, ...view.rows].map((row) => [
          row.name,
          row.size,
          ...row.cells.map((cell) => cell.share?.value ?? null),
        ]),
      };
    case "paths":
      return {
        columns: [
          { name: "step", kind: "count" },
          { name: "from", kind: "text" },
          { name: "to", kind: "text" },
          { name: "paths", kind: "count" },
          { name: "median", kind: "seconds" },
        ],
        rows: view.links.map((link) => [
          (view.nodes[link.from]?.step ?? 0) + 1,
          view.nodes[link.from]?.name ?? "",
          view.nodes[link.to]?.name ?? "",
          link.count,
          link.median_seconds,
        ]),
      };
    case "findings":
      return {
        columns: [
          { name: "finding", kind: "text" },
          { name: "feeling", kind: "text" },
          { name: "stage", kind: "text" },
          { name: "touchpoint", kind: "text" },
          { name: "who", kind: "text" },
          { name: "when", kind: "text" },
          { name: "customers", kind: "count" },
          { name: "rate", kind: "share" },
          { name: "from", kind: "share" },
          { name: "to", kind: "share" },
          { name: "expected", kind: "share" },
          { name: "by chance", kind: "share" },
          { name: "spent each", kind: "number" },
          { name: "got further", kind: "share" },
          { name: "weight", kind: "number" },
          { name: "status", kind: "text" },
        ],
        rows: view.findings.map((one) => [
          one.title,
          one.feeling,
          one.stage,
          one.at,
          one.who ?? "everybody",
          when(one),
          one.customers,
          one.rate.value,
          one.rate.low,
          one.rate.high,
          one.expected,
          one.q,
          one.spent?.value ?? null,
          one.further?.value ?? null,
          one.weight,
          one.status,
        ]),
      };
    case "kpis":
      return {
        columns: [
          { name: "key figure", kind: "text" },
          { name: "of", kind: "text" },
          { name: "value", kind: "number" },
          { name: "from", kind: "number" },
          { name: "to", kind: "number" },
          { name: "n", kind: "count" },
          { name: "target", kind: "number" },
          { name: "how", kind: "text" },
        ],
        rows: view.figures.map((one) => [
          one.name,
          one.of ?? "all",
          one.value?.value ?? null,
          one.value?.low ?? null,
          one.value?.high ?? null,
          one.n,
          one.target ?? null,
          one.variant,
        ]),
      };
    case "comments":
      return {
        columns: [
          { name: "about", kind: "text" },
          { name: "comments", kind: "count" },
          { name: "customers", kind: "count" },
          { name: "negative", kind: "share" },
          { name: "mean", kind: "number" },
        ],
        rows: [
          ["everything", view.all] as const,
          ...[...view.themes, ...view.stages, ...view.touchpoints].map(({ name, mood }) => [name, mood] as const),
        ].map(([name, mood]) => [
          name,
          mood.comments,
          mood.customers,
          mood.negative?.value ?? null,
          mood.mean?.value ?? null,
        ]),
      };
    case "map":
      return { columns: [], rows: [] };
  }
}
