import { Check } from "lucide-react";

/** Where one is on a way of a few steps. */
export function Steps({ names, now }: { names: readonly string[]; now: number }) {
  return (
    <ol className="mb-8 flex flex-wrap gap-x-6 gap-y-2">
      {names.map((name, index) => (
        <li
          key={name}
          aria-current={index === now ? "step" : undefined}
          className={`flex items-center gap-2 ${index === now ? "font-medium" : "text-muted"}`}
        >
          <span
            aria-hidden
            className={`figures flex size-5 items-center justify-center rounded-full text-xs ${index <= now ? "bg-ink text-on-ink" : "border border-line-strong"}`}
          >
            {index < now ? <Check size={12} /> : index + 1}
          </span>
          {name}
          {index < now && <span className="sr-only">(done)</span>}
        </li>
      ))}
    </ol>
  );
}
