// The areas of the app: one list for navigation, command menu, shortcuts and routes.

import {
  Compass,
  Database,
  House,
  type LucideIcon,
  Map as MapIcon,
  MessageSquare,
  Settings,
  Target,
  Users,
} from "lucide-react";

export interface Area {
  path: "/" | "/maps" | "/explore" | "/customers" | "/feedback" | "/act" | "/data" | "/settings";
  name: string;
  about: string;
  /** Pressed after G. */
  key: string;
  icon: LucideIcon;
}

export const AREAS: readonly Area[] = [
  { path: "/", name: "Home", about: "What moved, what hurts, what is due", key: "H", icon: House },
  { path: "/maps", name: "Maps", about: "Journey maps, measured", key: "M", icon: MapIcon },
  { path: "/explore", name: "Explore", about: "Funnels, paths, retention, trends", key: "E", icon: Compass },
  { path: "/customers", name: "Customers", about: "People, segments, personas", key: "C", icon: Users },
  { path: "/feedback", name: "Feedback", about: "Answers to surveys, reviews, tickets", key: "F", icon: MessageSquare },
  { path: "/act", name: "Act", about: "Findings and what is done about them", key: "A", icon: Target },
  { path: "/data", name: "Data", about: "Sources, imports, events, identity", key: "D", icon: Database },
  { path: "/settings", name: "Settings", about: "Look, sharing, about this server", key: "S", icon: Settings },
];
