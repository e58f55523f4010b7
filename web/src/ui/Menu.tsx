import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { Keys } from "./Keys";

/** Opened by a trigger of its own, or, where the menu is loaded on demand, by a button that stands elsewhere. */
type MenuProps = { children: ReactNode; align?: "start" | "center" | "end" } & (
  | { trigger: ReactElement; anchor?: never; onClose?: never }
  | { anchor: HTMLElement; onClose: () => void; trigger?: never }
);

/** A list of actions below a button. */
export function Menu({ trigger, anchor, onClose, children, align = "start" }: MenuProps) {
  const controlled = anchor ? { open: true, onOpenChange: (open: boolean) => !open && onClose() } : {};
  return (
    <Base.Root {...controlled}>
      {trigger && <Base.Trigger render={trigger} />}
      <Base.Portal>
        <Base.Positioner anchor={anchor} sideOffset={6} align={align} collisionPadding={8} className="z-40">
          <Base.Popup
            finalFocus={anchor ? { current: anchor } : undefined}
            aria-label={anchor?.getAttribute("aria-label") ?? undefined}
            className="pop max-h-(--available-height) min-w-48 max-w-80 overflow-y-auto p-1"
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

const ITEM =
  "flex min-h-8 w-full cursor-default select-none items-center gap-2 rounded-md px-2 py-1 outline-none data-highlighted:bg-hover data-disabled:opacity-50";

interface ItemProps {
  children: ReactNode;
  icon?: ReactNode;
  keys?: string;
  onSelect?: () => void;
  /** Makes the item a link, such as to a file. */
  href?: string;
  download?: string | boolean;
  checked?: boolean;
  disabled?: boolean;
}

export function MenuItem({ children, icon, keys, onSelect, href, download, checked, disabled }: ItemProps) {
  const inside = (
    <>
      {checked !== undefined && <Check size={14} aria-hidden className={checked ? "" : "invisible"} />}
      {icon && <span className="text-muted">{icon}</span>}
      <span className="min-w-0 flex-1 truncate text-left">{children}</span>
      {keys && <Keys keys={keys} />}
    </>
  );
  if (href) {
    return (
      <Base.Item className={ITEM} render={<a href={href} download={download} />}>
        {inside}
      </Base.Item>
    );
  }
  if (checked !== undefined) {
    return (
      <Base.CheckboxItem className={ITEM} checked={checked} onCheckedChange={onSelect} disabled={disabled} closeOnClick>
        {inside}
      </Base.CheckboxItem>
    );
  }
  return (
    <Base.Item className={ITEM} onClick={onSelect} disabled={disabled}>
      {inside}
    </Base.Item>
  );
}

export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2 pt-2 pb-1 text-muted text-xs">{label}</Base.GroupLabel>
      {children}
    </Base.Group>
  );
}

export const MenuSeparator = () => <Base.Separator className="my-1 h-px bg-line" />;
