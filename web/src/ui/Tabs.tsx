import { type KeyboardEvent, type ReactNode, useId } from "react";

interface TabsProps<T extends string> {
  label: string;
  value: T;
  onChange: (value: T) => void;
  tabs: readonly { value: T; label: string; count?: string }[];
  /** What the open tab shows. */
  children: ReactNode;
}

/** Views of the same thing. Which one is open belongs into the address. */
export function Tabs<T extends string>({ label, value, onChange, tabs, children }: TabsProps<T>) {
  const id = useId();
  // Arrows move along the tabs; Enter opens one.
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")];
    const now = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all.at(to % all.length)?.focus();
  };
  return (
    <>
      <div
        role="tablist"
        aria-label={label}
        onKeyDown={onKeyDown}
        className="no-scrollbar flex gap-5 overflow-x-auto border-line border-b"
      >
        {tabs.map((tab) => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={`${id}-${tab.value}`}
            aria-selected={tab.value === value}
            aria-controls={id}
            tabIndex={tab.value === value ? 0 : -1}
            onClick={() => onChange(tab.value)}
            className="-mb-px h-9 whitespace-nowrap border-transparent border-b-2 text-muted transition-colors hover:text-ink aria-selected:border-ink aria-selected:font-medium aria-selected:text-ink"
          >
            {tab.label}
            {tab.count !== undefined && <span className="figures ml-1.5 text-muted text-sm">{tab.count}</span>}
          </button>
        ))}
      </div>
      <div key={value} role="tabpanel" id={id} aria-labelledby={`${id}-${value}`} tabIndex={0} className="pt-5">
        {children}
      </div>
    </>
  );
}
