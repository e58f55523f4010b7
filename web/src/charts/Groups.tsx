import type { Answer, Difference } from "@/api/model";
import { DataTable } from "@/ui/DataTable";
import { count, difference, figure, interval } from "@/words/format";
import { comparedName, GROUPS_DRAWN_MAX, groupName, seriesColour } from "./layers";
import type { PeopleOf } from "./People";

/** How probable a difference must not be by chance to be marked. */
const CHANCE_MAX = 0.05;

interface GroupsProps {
  answer: Answer;
  shown: readonly string[];
  onShown: (names: string[]) => void;
  /** How to ask for all of a group; null where that cannot be asked. */
  peopleOf: (group: string[]) => Omit<PeopleOf, "title">;
  onPeople: (people: PeopleOf) => void;
}

/** The groups of a breakdown, how they differ from the others, and which are drawn. */
export function Groups({ answer, shown, onShown, peopleOf, onPeople }: GroupsProps) {
  const groups = (answer.groups ?? []).map((group) => ({
    ...group,
    title: groupName(group.name),
    people: group.units > 0 ? peopleOf(group.name) : null,
  }));
  const figures = [...new Set(groups.flatMap((group) => (group.differences ?? []).map((one) => one.figure)))].slice(
    0,
    3,
  );
  const toggle = (title: string) => {
    const next = shown.includes(title) ? shown.filter((one) => one !== title) : [...shown, title];
    if (next.length <= GROUPS_DRAWN_MAX) onShown(next);
  };
  const drawn = groups.map(({ title }) => title).filter((title) => shown.includes(title));
  return (
    <div>
      <DataTable
        label="Groups"
        rows={groups}
        rowKey={(group) => group.title}
        columns={[
          {
            name: "group",
            by: (group) => group.title,
            cell: (group) => (
              <label className="flex items-center gap-2">
                <input
                  type="checkbox"
                  checked={shown.includes(group.title)}
                  disabled={!shown.includes(group.title) && shown.length >= GROUPS_DRAWN_MAX}
                  onChange={() => toggle(group.title)}
                  style={{
                    accentColor: drawn.includes(group.title) ? seriesColour(drawn.indexOf(group.title)) : undefined,
                  }}
                />
                <span dir="auto" className="truncate">
                  {group.title}
                </span>
              </label>
            ),
          },
          {
            name: answer.meta.unit,
            figure: true,
            by: (group) => group.units,
            cell: ({ people, ...group }) =>
              people ? (
                <button
                  type="button"
                  title={`${group.title}: see the people`}
                  onClick={() => onPeople({ ...people, title: group.title })}
                  className="underline decoration-line-strong underline-offset-4 hover:decoration-ink"
                >
                  {count(group.units)}
                </button>
              ) : (
                count(group.units)
              ),
          },
          ...figures.map((name) => {
            const of = (group: (typeof groups)[number]) => group.differences?.find((one) => one.figure === name);
            return {
              name,
              figure: true,
              by: (group: (typeof groups)[number]) => of(group)?.here ?? null,
              cell: (group: (typeof groups)[number]) => {
                const one = of(group);
                if (!one) return "–";
                return (
                  <span className="inline-grid grid-cols-[auto_9.5rem] items-baseline gap-3">
                    {figure(one.here, one.kind)}
                    <span className="text-left text-sm">
                      <Differs one={one} />
                    </span>
                  </span>
                );
              },
            };
          }),
        ]}
      />
      {figures.length > 0 && (
        <p className="mt-2 text-muted text-xs">
          Beside each figure: how it differs from that of all others. Bold where it is hardly chance (p below 5 %,
          corrected for all that were compared).
        </p>
      )}
    </div>
  );
}

/** How the answer differs from what it is compared with. */
export function Compared({ answer }: { answer: Answer }) {
  const { compared } = answer;
  if (!compared) return null;
  return (
    <div className="rounded-lg bg-sunken px-4 py-3">
      <p className="text-sm">
        <span className="text-muted">Compared with {comparedName(compared.name)}: </span>
        <span dir="auto">{compared.caption}</span>
      </p>
      {compared.differences && compared.differences.length > 0 && (
        <ul className="mt-2 flex flex-wrap gap-x-6 gap-y-1 text-sm">
          {compared.differences.slice(0, 6).map((one) => (
            <li key={one.figure} className="flex items-baseline gap-2">
              <span className="text-muted" dir="auto">
                {one.figure}
              </span>
              <Differs one={one} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Differs({ one }: { one: Difference }) {
  const { value, low, high } = one.difference;
  const sure = one.p < CHANCE_MAX;
  const sign = value > 0 ? "▲" : value < 0 ? "▼" : "";
  const title = `95 %: ${interval(low, high, one.kind)}. So large a difference by chance: ${one.p < 0.001 ? "less than 0.1 %" : figure(one.p, "share")}.`;
  return (
    <span className="figures whitespace-nowrap" title={title}>
      <span className={sure ? "font-semibold" : "text-muted"}>
        {sure && <span className="mr-1 text-xs">{sign}</span>}
        {difference(value, one.kind)}
      </span>
      {!sure && <span className="ml-1 text-muted text-xs">could be chance</span>}
    </span>
  );
}
