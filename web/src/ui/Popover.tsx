import { Popover as Base } from "@base-ui/react/popover";
import type { ReactElement, ReactNode } from "react";
import { classes } from "./classes";

interface PopoverProps {
  /** The button that opens it … */
  trigger?: ReactElement;
  /** … or one that stands elsewhere, where the popover is loaded on demand. */
  anchor?: HTMLElement;
  children: ReactNode;
  /** Read out; not shown. */
  title: string;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: "start" | "center" | "end";
  className?: string;
}

/** Something that opens below a button and holds more than a list of actions. */
export function Popover({
  trigger,
  anchor,
  children,
  title,
  open,
  onOpenChange,
  align = "start",
  className,
}: PopoverProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange && ((next) => onOpenChange(next))} modal={anchor !== undefined}>
      {trigger && <Base.Trigger render={trigger} />}
      <Base.Portal>
        <Base.Positioner
          anchor={anchor}
          sideOffset={6}
          align={align}
          collisionPadding={8}
          className="z-40 max-w-[calc(100vw-16px)]"
        >
          <Base.Popup
            aria-label={title}
            finalFocus={anchor ? { current: anchor } : undefined}
            className={classes("pop max-h-(--available-height) overflow-y-auto p-3", className)}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
