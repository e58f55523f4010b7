import {
  Bell,
  Globe,
  Headset,
  type LucideIcon,
  Mail,
  MessageCircle,
  MessageSquareText,
  Monitor,
  Package,
  Search,
  Smartphone,
  Store,
  ThumbsUp,
  Waypoints,
} from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { classes } from "@/ui/classes";
import type { Spot } from "../grid";
import { useSpot } from "./Roving";

/** A row, a cell or a heading of a grid; what stands in it has the focus. */
export function GridPart({
  role,
  ...rest
}: ComponentProps<"div"> & { role: "row" | "gridcell" | "rowheader" | "columnheader" }) {
  return <div {...rest} role={role} />;
}

interface ThingProps {
  spot: Spot;
  /** What is read out, when the children do not say it all. */
  name?: string;
  onOpen?: () => void;
  selected?: boolean;
  /** Changed between two versions, and how. */
  changed?: string;
  className?: string;
  children?: ReactNode;
}

/** One thing in a cell of the map: it can be reached by keys, and opened. */
export function Thing({ spot, name, onOpen, selected, changed, className, children }: ThingProps) {
  const roving = useSpot(spot);
  const look = classes(
    "relative block w-full rounded-md text-left outline-offset-[-2px] transition-colors",
    onOpen && "hover:bg-hover",
    selected && "bg-hover",
    changed && "outline-2 outline-ink outline-dashed",
    className,
  );
  const title = changed ? `${name ? `${name}. ` : ""}${changed}` : undefined;
  if (!onOpen) {
    return (
      <div {...roving} className={look} title={title}>
        {children}
        {name && <span className="sr-only">{name}</span>}
      </div>
    );
  }
  return (
    <button type="button" {...roving} aria-label={name} className={look} onClick={onOpen} title={title}>
      {children}
    </button>
  );
}

const CHANNELS: Record<string, LucideIcon> = {
  web: Monitor,
  app: Smartphone,
  "e-mail": Mail,
  email: Mail,
  sms: MessageSquareText,
  push: Bell,
  social: ThumbsUp,
  search: Search,
  display: Globe,
  store: Store,
  "call centre": Headset,
  phone: Headset,
  chat: MessageCircle,
  parcel: Package,
};

/** The sign of a channel; its name stands beside it or is read out. */
export function ChannelIcon({ channel, size = 14 }: { channel: string | null; size?: number }) {
  const Icon = (channel && CHANNELS[channel]) || Waypoints;
  return <Icon size={size} aria-hidden className="shrink-0 text-muted" strokeWidth={1.75} />;
}
