import { type ComponentProps, createContext, type ReactNode, useContext, useId } from "react";
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

/** What a field says of the control inside of it. */
const Inside = createContext<Pick<ComponentProps<"input">, "id" | "aria-describedby" | "aria-invalid">>({});

/** A label, what it labels, and what there is to say about it. */
export function Field({ label, about, problem, hideLabel, children, className }: FieldProps) {
  const id = useId();
  const [aboutId, problemId] = [about ? `${id}-about` : "", problem === undefined ? "" : `${id}-problem`];
  const described = `${aboutId} ${problemId}`.trim();
  return (
    <div className={classes("flex flex-col gap-1", className)}>
      <label htmlFor={id} className={hideLabel ? "sr-only" : "font-medium text-sm"}>
        {label}
      </label>
      <Inside
        value={{ id, "aria-describedby": described || undefined, "aria-invalid": problem !== undefined || undefined }}
      >
        {children}
      </Inside>
      {about && (
        <p id={aboutId} className="text-muted text-sm">
          {about}
        </p>
      )}
      {problem !== undefined && (
        <p id={problemId} className="text-pain text-sm">
          ▼ {problem}
        </p>
      )}
    </div>
  );
}

/** A line of text inside a `Field` (or with an `aria-label`). */
export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input {...useContext(Inside)} {...rest} className={classes(INPUT, "h-8", className)} />;
}

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea {...useContext(Inside)} {...rest} className={classes(INPUT, "min-h-20 py-1.5", className)} />;
}

interface SwitchProps {
  label: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

export function Switch({ label, checked, onChange, disabled }: SwitchProps) {
  return (
    <label className="flex items-center gap-2">
      <input
        type="checkbox"
        role="switch"
        aria-checked={checked}
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        disabled={disabled}
        className="h-[18px] w-8 shrink-0 appearance-none rounded-full bg-line-strong p-0.5 transition-colors before:block before:size-[14px] before:rounded-full before:bg-surface before:transition-transform checked:bg-ink checked:before:translate-x-[14px] disabled:opacity-50"
      />
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
