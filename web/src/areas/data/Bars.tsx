interface BarsProps {
  label: string;
  rows: readonly { key: string; name: string; value: number; text: string; about?: string }[];
}

/** A bar for each of several names, the figure at its end. */
export function Bars({ label, rows }: BarsProps) {
  const most = Math.max(1, ...rows.map((row) => row.value));
  return (
    <ul
      aria-label={label}
      className="grid grid-cols-[minmax(0,150px)_minmax(0,1fr)_auto] gap-x-4 sm:grid-cols-[minmax(0,220px)_minmax(0,1fr)_auto]"
    >
      {rows.map((row) => (
        <li key={row.key} className="col-span-3 grid grid-cols-subgrid items-center py-1.5">
          <span dir="auto" className="truncate" title={row.name}>
            {row.name}
          </span>
          <span aria-hidden className="h-2 rounded-full bg-sunken">
            <span
              className="block h-2 rounded-full bg-ink"
              style={{ width: `${Math.max(row.value > 0 ? 0.5 : 0, (row.value / most) * 100)}%` }}
            />
          </span>
          <span className="figures text-right">
            {row.text}
            {row.about && <span className="ml-2 text-muted text-sm">{row.about}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
