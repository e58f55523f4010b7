import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useSyncExternalStore } from "react";
import { IconButton } from "@/ui/Button";
import { Drawer } from "@/ui/Dialog";

interface SideProps {
  kind: string;
  title: string;
  onClose: () => void;
  children: ReactNode;
  actions?: ReactNode;
}

/** What belongs to one thing of the map: beside it where there is room, else a sheet over it. */
export function Side({ kind, title, onClose, children, actions }: SideProps) {
  const wide = useMedia("(min-width: 1180px)");
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!wide) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      // A dialog or menu that is open over it is closed first.
      if (document.querySelector("[data-base-ui-portal] [role=dialog],[role=menu],[role=listbox]")) return;
      onClose();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [wide, onClose]);
  if (!wide) {
    return (
      <Drawer open onClose={onClose} title={title} about={kind} actions={actions}>
        {children}
      </Drawer>
    );
  }
  return (
    <aside
      ref={panel}
      aria-label={`${kind}: ${title}`}
      className="flex w-80 shrink-0 min-[1400px]:w-[348px] min-[1800px]:w-96 flex-col border-line border-l bg-surface"
    >
      <header className="flex items-start gap-2 px-5 pt-4 pb-3">
        <div className="min-w-0 flex-1">
          <p className="truncate text-muted text-sm" dir="auto">
            {kind}
          </p>
          <h2 className="break-words font-semibold text-md" dir="auto">
            {title}
          </h2>
        </div>
        <IconButton name="Close" size="small" onClick={onClose}>
          <X size={16} />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-6">{children}</div>
      {actions && <footer className="flex flex-wrap gap-2 border-line border-t px-5 py-3">{actions}</footer>}
    </aside>
  );
}

/** Whether the window is as a media query says, now and as it changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}
