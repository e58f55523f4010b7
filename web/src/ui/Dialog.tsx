import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "./Button";
import { classes } from "./classes";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** A sentence below the title. */
  about?: ReactNode;
  children: ReactNode;
  /** Buttons at the end: the one that goes on last. */
  actions?: ReactNode;
  wide?: boolean;
}

const SCRIM =
  "fixed inset-0 z-40 bg-scrim transition-opacity data-starting-style:opacity-0 data-ending-style:opacity-0";

/** Something that must be dealt with before going on. */
export function Dialog({ open, onClose, title, about, children, actions, wide }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={SCRIM} />
        <Base.Popup
          className={classes(
            "pop fixed top-[12vh] left-1/2 z-40 flex max-h-[80vh] w-[calc(100vw-32px)] -translate-x-1/2 flex-col",
            wide ? "max-w-3xl" : "max-w-md",
          )}
        >
          <header className="flex items-start gap-2 px-5 pt-4">
            <div className="min-w-0 flex-1">
              <Base.Title className="font-semibold text-md">{title}</Base.Title>
              {about && <Base.Description className="mt-1 text-muted">{about}</Base.Description>}
            </div>
            <Base.Close
              render={
                <IconButton name="Close" size="small">
                  <X size={16} />
                </IconButton>
              }
            />
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
          {actions && <footer className="flex justify-end gap-2 border-line border-t px-5 py-3">{actions}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** A sheet at the side, for what belongs to something on the page: people behind a number, evidence of a card. */
export function Drawer({ open, onClose, title, about, children, actions }: Omit<DialogProps, "wide">) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={SCRIM} />
        <Base.Popup className="fixed inset-y-0 right-0 z-40 flex w-[min(480px,100vw)] flex-col border-line border-l bg-surface shadow-pop outline-none transition-transform duration-[180ms] data-ending-style:translate-x-full data-starting-style:translate-x-full">
          <header className="flex items-start gap-2 border-line border-b px-5 py-4">
            <div className="min-w-0 flex-1">
              <Base.Title className="font-semibold text-md" dir="auto">
                {title}
              </Base.Title>
              {about && <Base.Description className="mt-0.5 text-muted">{about}</Base.Description>}
            </div>
            <Base.Close
              render={
                <IconButton name="Close" size="small">
                  <X size={16} />
                </IconButton>
              }
            />
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
          {actions && <footer className="flex flex-wrap gap-2 border-line border-t px-5 py-3">{actions}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
