import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronDown } from "lucide-react";
import { classes } from "./classes";

export interface Option<T extends string> {
  value: T;
  label: string;
  about?: string;
}

interface SelectProps<T extends string> {
  /** Read out before the value. */
  label: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
  /** As a part of a sentence: no box, underlined. */
  inline?: boolean;
  className?: string;
}

/** One of several; for many, use a `Picker`, which can be searched. */
export function Select<T extends string>({ label, value, options, onChange, inline, className }: SelectProps<T>) {
  return (
    <Base.Root items={options} value={value} onValueChange={(next) => next !== null && onChange(next as T)}>
      <Base.Trigger
        aria-label={label}
        className={classes(
          "inline-flex select-none items-center gap-1 rounded-md transition-colors hover:bg-hover data-popup-open:bg-hover",
          inline
            ? "h-7 border border-line bg-surface px-2 font-medium"
            : "h-8 justify-between border border-line-strong bg-surface px-2.5",
          className,
        )}
      >
        <Base.Value className="truncate" />
        <Base.Icon className="text-muted">
          <ChevronDown size={14} />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} align="start" className="z-50">
          <Base.Popup className="pop max-h-(--available-height) min-w-(--anchor-width) max-w-80 overflow-y-auto p-1">
            {options.map((option) => (
              <Base.Item
                key={option.value}
                value={option.value}
                className="grid cursor-default select-none grid-cols-[14px_1fr] items-start gap-2 rounded-md px-2 py-1.5 outline-none data-highlighted:bg-hover"
              >
                <Base.ItemIndicator className="col-start-1 mt-[3px]">
                  <Check size={14} />
                </Base.ItemIndicator>
                <span className="col-start-2">
                  <Base.ItemText>{option.label}</Base.ItemText>
                  {option.about && <span className="block text-muted text-sm">{option.about}</span>}
                </span>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
