import { Dialog } from "@/ui/Dialog";
import { Keys } from "@/ui/Keys";

const READING: [keys: string, what: string][] = [
  ["← → ↑ ↓", "From thing to thing"],
  ["PgUp PgDn", "Lane above, lane below"],
  ["Home End", "First and last stage"],
  ["Space", "Evidence"],
  ["Enter", "Evidence; when editing: edit"],
  ["Z", "The stage from near"],
  ["P", "The next persona"],
  ["X", "Compare with the period before"],
  ["[ ]", "Period before, period after"],
];
const EDITING: [string, string][] = [
  ["Alt ← → ↑ ↓", "Move a stage or touchpoint"],
  ["Del", "Remove it"],
  ["Enter ↑ ↓", "On the emotion: say what you believe"],
  ["Ctrl Z", "Undo"],
  ["Ctrl Y", "Redo"],
  ["Ctrl S", "Save"],
];

/** The keys of the map. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title="Keys on the map" wide>
      <div className="grid gap-x-10 gap-y-6 sm:grid-cols-2">
        <KeyList title="Reading" rows={READING} />
        <KeyList title="Editing" rows={EDITING} />
      </div>
    </Dialog>
  );
}

function KeyList({ title, rows }: { title: string; rows: [string, string][] }) {
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
