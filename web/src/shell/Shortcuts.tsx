import { Dialog } from "@/ui/Dialog";
import { Keys } from "@/ui/Keys";
import { PRESETS } from "@/words/period";
import { AREAS } from "./areas";

const EVERYWHERE: [keys: string, what: string][] = [
  ["⌘K", "Find anything (Ctrl K elsewhere)"],
  ["?", "This list"],
];
const PERIOD: [string, string][] = [
  ...Object.values(PRESETS).map(({ key, name }): [string, string] => [key, name]),
  ["← →", "Period before, period after"],
  ["X", "Compare with the previous period"],
  ["0", "All customers, all time, no comparison"],
];

/** The keyboard map. */
export default function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title="Keyboard" wide>
      <div className="grid gap-x-10 gap-y-6 sm:grid-cols-2">
        <List title="Period and comparison" rows={PERIOD} />
        <div className="flex flex-col gap-6">
          <List title="Go to" rows={AREAS.map(({ key, name }) => [`G ${key}`, name])} />
          <List title="Everywhere" rows={EVERYWHERE} />
        </div>
      </div>
      <p className="mt-6 text-muted text-sm">
        In charts, Tab moves from mark to mark and Enter opens the people behind it. In tables and maps, arrows move.
      </p>
    </Dialog>
  );
}

function List({ title, rows }: { title: string; rows: [keys: string, what: string][] }) {
  return (
    <section>
      <h3 className="mb-2 font-semibold text-sm">{title}</h3>
      <dl className="flex flex-col gap-1.5">
        {rows.map(([keys, what]) => (
          <div key={keys} className="flex items-center gap-3">
            <dd className="flex-1">{what}</dd>
            <dt>
              <Keys keys={keys} />
            </dt>
          </div>
        ))}
      </dl>
    </section>
  );
}
