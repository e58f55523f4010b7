import { type KeyboardEvent, useMemo } from "react";
import type { Cohort, Line } from "@/api/model";
import { count, interval, share } from "@/words/format";
import { type Layer, type OnPeople, ofLayer, type ViewOf } from "./layers";
import { SeriesChart } from "./Series";

interface CohortsProps {
  layers: Layer<"cohorts">[];
  unit: string;
  onPeople?: OnPeople;
  /** When the cohort of this name begins. */
  startOf: (cohort: string) => string | null;
}

/** Who comes back: the curve of all cohorts together, and each cohort below it. */
export function CohortsChart({ layers, unit, onPeople, startOf }: CohortsProps) {
  const curves = useMemo(() => layers.map(curve), [layers]);
  const lead = layers[0];
  if (!lead) return null;
  const { view } = lead;
  return (
    <div className="flex flex-col gap-6">
      <SeriesChart
        layers={curves}
        height={220}
        onPoint={
          onPeople &&
          ((layer, _line, column) =>
            ofLayer(layer, onPeople)?.({ column }, `Back ${view.after} ${view.intervals[column]}`))
        }
      />
      <Heat view={view} unit={unit} onPeople={ofLayer(lead, onPeople)} startOf={startOf} />
    </div>
  );
}

/** All cohorts together as a line with its interval. */
function curve(layer: Layer<"cohorts">): Layer<"series"> {
  const { overall, intervals, after } = layer.view;
  const line: Line = {
    name: `back, by ${after}`,
    kind: "share",
    values: overall.cells.map((cell) => cell.share?.value ?? null),
    intervals: overall.cells.map((cell) => cell.share && [cell.share.low, cell.share.high]),
  };
  return { ...layer, view: { shape: "series", axis: { names: intervals }, lines: [line], style: "lines" } };
}

interface HeatProps {
  view: ViewOf<"cohorts">;
  unit: string;
  onPeople?: CohortsProps["onPeople"];
  startOf: CohortsProps["startOf"];
}

function Heat({ view, unit, onPeople, startOf }: HeatProps) {
  const strongest = Math.max(0.01, ...view.rows.flatMap((row) => row.cells.map((cell) => cell.share?.value ?? 0)));
  return (
    <section className="no-scrollbar overflow-x-auto" aria-label={`Cohorts by ${view.by}`}>
      <table className="figures w-full border-separate border-spacing-px text-sm" onKeyDown={moveFocus}>
        <thead>
          <tr className="text-muted">
            <th scope="col" className="sticky left-0 bg-page pr-3 text-left font-normal first-letter:uppercase">
              {view.by}
            </th>
            <th scope="col" className="pr-3 text-right font-normal">
              {unit}
            </th>
            {view.intervals.map((name) => (
              <th key={name} scope="col" className="min-w-14 font-normal" title={`${view.after}: ${name}`}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Row
            cohort={{ ...view.overall, name: "All" }}
            first
            strongest={strongest}
            unit={unit}
            onCell={
              onPeople ? (column) => onPeople({ column }, `Back ${view.after} ${view.intervals[column]}`) : undefined
            }
          />
          {view.rows.map((cohort) => {
            const at = startOf(cohort.name);
            return (
              <Row
                key={cohort.name}
                cohort={cohort}
                strongest={strongest}
                unit={unit}
                onCell={
                  onPeople && at
                    ? (column) =>
                        onPeople({ at, column }, `${cohort.name}, back ${view.after} ${view.intervals[column]}`)
                    : undefined
                }
              />
            );
          })}
        </tbody>
      </table>
      <p className="mt-2 text-muted text-xs">
        Hatched: the interval is not over for the whole cohort. Darker is more, up to {share(strongest)}.
      </p>
    </section>
  );
}

interface RowProps {
  cohort: Cohort;
  first?: boolean;
  strongest: number;
  unit: string;
  onCell?: (column: number) => void;
}

function Row({ cohort, first, strongest, unit, onCell }: RowProps) {
  return (
    <tr className={first ? "font-semibold" : ""}>
      <th scope="row" className="sticky left-0 whitespace-nowrap bg-page pr-3 text-left font-[inherit]">
        {cohort.name}
      </th>
      <td className="pr-3 text-right text-muted">{count(cohort.size)}</td>
      {cohort.cells.map((cell, column) => {
        const value = cell.share?.value;
        const strength = value === undefined ? 0 : (value / strongest) * 0.62;
        const name = `${cohort.name}, ${column}: ${value === undefined ? "not over yet" : `${share(value)} (95 %: ${interval(cell.share?.low ?? 0, cell.share?.high ?? 0, "share")})`}, ${count(cell.count)} ${unit}${cell.finished ? "" : ", not over yet"}`;
        return (
          <td key={column} className="p-0">
            <button
              type="button"
              data-cell
              tabIndex={first && column === 0 ? 0 : -1}
              disabled={!onCell || cell.count === 0}
              title={name}
              aria-label={name}
              onClick={() => onCell?.(column)}
              className={`h-7 w-full text-ink text-xs rounded-[2px] transition-opacity enabled:hover:opacity-75 ${cell.finished ? "" : "hatched"}`}
              style={{
                backgroundColor: `color-mix(in oklab, var(--color-heat) ${(strength * 100).toFixed(0)}%, var(--color-sunken))`,
              }}
            >
              {value === undefined ? "–" : (value * 100).toFixed(1)}
            </button>
          </td>
        );
      })}
    </tr>
  );
}

const MOVES: Record<string, [across: number, down: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The table is one stop for the keyboard; arrows move inside. */
function moveFocus(event: KeyboardEvent<HTMLTableElement>) {
  const cell = event.target instanceof HTMLElement ? event.target.closest("td") : null;
  const row = cell?.parentElement;
  if (!cell || !(row instanceof HTMLTableRowElement)) return;
  const rows = [...event.currentTarget.tBodies].flatMap((body) => [...body.rows]);
  const [across, down] = MOVES[event.key] ?? [0, 0];
  if (across === 0 && down === 0) return;
  event.preventDefault();
  let [x, y] = [cell.cellIndex, rows.indexOf(row)];
  // What cannot be opened cannot have the focus either: go on to the next that can.
  for (;;) {
    x += across;
    y += down;
    const next = rows[y]?.cells[x];
    if (!next) return;
    const button = next.querySelector<HTMLButtonElement>("[data-cell]:enabled");
    if (button) return button.focus();
  }
}
