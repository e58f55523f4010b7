import type { Upload } from "@/api/contract";

interface ColumnListProps {
  columns: Upload["columns"];
  /** What becomes of each; unknown when the mapping is written as text. */
  roles?: Map<string, string[]>;
}

/** The columns of a file with some of their values, and what becomes of them. */
export function ColumnList({ columns, roles }: ColumnListProps) {
  return (
    <section className="mt-8">
      <h2 className="mb-1 font-semibold">Columns</h2>
      <ul>
        {columns.map(({ name, sample }) => {
          const own = roles?.get(name);
          return (
            <li
              key={name}
              className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)_auto] items-baseline gap-x-4 border-line border-b py-1.5 last:border-b-0"
            >
              <span dir="auto" className="truncate" title={name}>
                {name}
              </span>
              <span dir="auto" className="truncate text-muted text-sm" title={sample.join("\n")}>
                {sample.join(" · ")}
              </span>
              <span className={`text-right text-sm ${own?.length ? "" : "text-muted"}`}>
                {own && (own.length > 0 ? own.join(", ") : "left out")}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
