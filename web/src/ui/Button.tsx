import type { ComponentProps, ReactNode } from "react";
import { classes } from "./classes";

const LOOKS = {
  /** The one thing that this place is for. */
  solid: "bg-ink text-on-ink hover:opacity-90 disabled:opacity-40",
  /** Everything else. */
  outline: "border border-line-strong bg-surface hover:bg-hover disabled:opacity-50",
  /** In rows and bars, where borders would be noise. */
  quiet: "hover:bg-hover aria-pressed:bg-hover data-popup-open:bg-hover disabled:opacity-50",
  /** What cannot be taken back. */
  danger: "border border-pain text-pain hover:bg-pain-soft disabled:opacity-50",
};
const SIZES = { small: "h-7 px-2 text-sm gap-1.5", normal: "h-8 px-3 gap-2" };

export interface ButtonProps extends Omit<ComponentProps<"button">, "className"> {
  look?: keyof typeof LOOKS;
  size?: keyof typeof SIZES;
  className?: string;
}

export const buttonClasses = (look: keyof typeof LOOKS = "outline", size: keyof typeof SIZES = "normal") =>
  classes(
    "inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-md font-medium transition-colors",
    LOOKS[look],
    SIZES[size],
  );

export function Button({ look = "outline", size = "normal", className, ...rest }: ButtonProps) {
  return <button type="button" {...rest} className={classes(buttonClasses(look, size), className)} />;
}

/** A button that shows only a sign: its name is read out and shown as a tooltip. */
export function IconButton({
  name,
  children,
  look = "quiet",
  size = "normal",
  className,
  ...rest
}: ButtonProps & { name: string; children: ReactNode }) {
  return (
    <button
      type="button"
      title={name}
      {...rest}
      aria-label={name}
      className={classes(
        "inline-flex shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:text-ink",
        LOOKS[look],
        size === "small" ? "size-7" : "size-8",
        className,
      )}
    >
      {children}
    </button>
  );
}
