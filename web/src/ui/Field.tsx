import { Field as Base } from "@base-ui/react/field";
import { Switch as BaseSwitch } from "@base-ui/react/switch";
import type { ComponentProps, ReactNode } from "react";
import { classes } from "./classes";

const INPUT =
  "min-w-0 rounded-md border border-line-strong bg-surface px-2.5 placeholder:text-muted focus-visible:outline-offset-0 aria-invalid:border-pain disabled:opacity-60";

interface FieldProps {
  label: string;
  /** What it is for, below. */
  about?: ReactNode;
  /** What is wrong with it. */
  problem?: string;
  /** Read out but not shown, where the place says what it is. */
  hideLabel?: boolean;
  children: ReactNode;
  className?: string;
}

/** A label, what it labels, and what there is to say about it. */
export function Field({ label, about, problem, hideLabel, children, className }: FieldProps) {
  return (
    <Base.Root invalid={problem !== undefined} className={classes("flex flex-col gap-1", className)}>
      <Base.Label className={hideLabel ? "sr-only" : "font-medium text-sm"}>{label}</Base.Label>
      {children}
      {about && <Base.Description className="text-muted text-sm">{about}</Base.Description>}
      {problem !== undefined && (
        <Base.Error match className="text-pain text-sm">
          ▼ {problem}
        </Base.Error>
      )}
    </Base.Root>
  );
}

/** A line of text inside a `Field` (or with an `aria-label`). */
export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <Base.Control render={<input {...rest} className={classes(INPUT, "h-8", className)} />} />;
}

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return <Base.Control render={<textarea {...rest} className={classes(INPUT, "min-h-20 py-1.5", className)} />} />;
}

interface SwitchProps {
  label: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

export function Switch({ label, checked, onChange, disabled }: SwitchProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the switch inside is the control
    <label className="flex items-center gap-2">
      <BaseSwitch.Root
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        className="flex h-[18px] w-8 shrink-0 rounded-full bg-line-strong p-0.5 transition-colors data-checked:bg-ink data-disabled:opacity-50"
      >
        <BaseSwitch.Thumb className="size-[14px] rounded-full bg-surface transition-transform data-checked:translate-x-[14px]" />
      </BaseSwitch.Root>
      <span>{label}</span>
    </label>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}

/** A few alternatives beside each other. */
export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <fieldset className="inline-flex rounded-md bg-sunken p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className="h-7 rounded-sm px-2.5 text-muted text-sm transition-colors hover:text-ink aria-pressed:bg-surface aria-pressed:font-medium aria-pressed:text-ink aria-pressed:shadow-[0_1px_2px_var(--color-scrim)]"
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
