import { Combobox as Base } from "@base-ui/react/combobox";
import { Check, Search } from "lucide-react";
import { type ReactElement, useState } from "react";

export interface Pick {
  value: string;
  label?: string;
  /** A figure at the end of the row, such as how many events. */
  figure?: string;
  /** A heading under which it stands. */
  group?: string;
}

interface PickerProps {
  label: string;
  trigger: ReactElement;
  options: readonly Pick[];
  /** What is chosen. */
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** Whether several can be chosen; else choosing closes it. */
  several?: boolean;
  /** What may be written that is not in the list, such as a name with `*` at its end. */
  free?: (text: string) => string | null;
  placeholder?: string;
}

/** One or several of many, with a search. */
export function Picker({ label, trigger, options, value, onChange, several, free, placeholder }: PickerProps) {
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState("");
  const known = new Set(options.map((option) => option.value));
  const written = free?.(search.trim()) ?? null;
  const extra: Pick[] = [
    ...value.filter((chosen) => chosen !== "" && !known.has(chosen)).map((chosen) => ({ value: chosen })),
    ...(written && !known.has(written) && !value.includes(written)
      ? [{ value: written, figure: "use as written" }]
      : []),
  ];
  const items = [...extra, ...options];
  const choose = (next: readonly string[]) => {
    onChange([...next]);
    if (!several) setOpen(false);
  };
  const byValue = new Map(items.map((item) => [item.value, item]));
  const list = (
    <>
      <Base.Trigger render={trigger} aria-label={label} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="start" collisionPadding={8} className="z-50">
          <Base.Popup
            aria-label={label}
            className="pop flex max-h-[min(360px,var(--available-height))] w-72 max-w-[calc(100vw-16px)] flex-col overflow-hidden"
          >
            <div className="flex items-center gap-2 border-line border-b px-3">
              <Search size={14} className="shrink-0 text-muted" aria-hidden />
              <Base.Input
                placeholder={placeholder ?? "Search"}
                aria-label={`Search: ${label}`}
                className="h-9 w-full bg-transparent outline-none placeholder:text-muted"
              />
            </div>
            <Base.Empty className="empty:hidden">
              <div className="px-3 py-4 text-muted">
                {free ? "Write it, and press Enter." : "Nothing is called so."}
              </div>
            </Base.Empty>
            <Base.List className="min-h-0 flex-1 overflow-y-auto p-1 empty:p-0">
              {(name: string) => {
                const item = byValue.get(name);
                return (
                  <Base.Item
                    key={name}
                    value={name}
                    className="flex min-h-8 cursor-default select-none items-center gap-2 rounded-md px-2 outline-none data-highlighted:bg-hover"
                  >
                    <Check size={14} aria-hidden className={value.includes(name) ? "shrink-0" : "invisible shrink-0"} />
                    <span dir="auto" className="min-w-0 flex-1 truncate">
                      {item?.label ?? name}
                    </span>
                    {item?.figure && <span className="figures shrink-0 text-muted text-sm">{item.figure}</span>}
                  </Base.Item>
                );
              }}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </>
  );
  const shared = {
    items: items.map((item) => item.value),
    itemToStringLabel: (name: string) => byValue.get(name)?.label ?? name,
    open,
    onOpenChange: (next: boolean) => {
      setOpen(next);
      if (!next) setSearch("");
    },
    // Enter takes the best match.
    autoHighlight: true,
    inputValue: search,
    onInputValueChange: setSearch,
  };
  // Two roots, because what they take and give differs in type.
  return several ? (
    <Base.Root {...shared} multiple value={[...value]} onValueChange={(next: string[]) => choose(next)}>
      {list}
    </Base.Root>
  ) : (
    <Base.Root
      {...shared}
      value={value[0] ?? null}
      onValueChange={(next: string | null) => next !== null && choose([next])}
    >
      {list}
    </Base.Root>
  );
}
