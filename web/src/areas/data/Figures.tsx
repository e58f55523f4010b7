import type { ReactNode } from "react";

interface Figure {
  name: string;
  value: ReactNode;
  about?: ReactNode;
}

/** A few figures beside each other. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl className="mb-10 grid grid-cols-2 gap-x-8 gap-y-6 sm:flex sm:flex-wrap sm:gap-x-12">
      {figures.map(({ name, value, about }) => (
        <div key={name} className="flex min-w-0 flex-col">
          <dt className="text-muted text-sm">{name}</dt>
          <dd className="figures mt-0.5 font-semibold text-lg tracking-[-0.01em]">{value}</dd>
          {about && <dd className="figures text-muted text-sm">{about}</dd>}
        </div>
      ))}
    </dl>
  );
}

/** Bytes in the unit that fits. */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const at = Math.min(units.length - 1, n < 1 ? 0 : Math.floor(Math.log10(n) / 3));
  const value = n / 1000 ** at;
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)}\u202f${units[at]}`;
}
