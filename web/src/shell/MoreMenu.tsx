import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { Menu, MenuItem } from "@/ui/Menu";
import type { Area } from "./areas";

interface MoreMenuProps {
  anchor: HTMLElement;
  onClose: () => void;
  areas: readonly Area[];
  onCommand: () => void;
}

/** The areas for which a phone's bar has no room. */
export default function MoreMenu({ anchor, onClose, areas, onCommand }: MoreMenuProps) {
  const navigate = useNavigate();
  return (
    <Menu anchor={anchor} onClose={onClose} align="end">
      <MenuItem icon={<Search size={16} />} onSelect={onCommand}>
        Find
      </MenuItem>
      {areas.map((area) => (
        <MenuItem key={area.path} icon={<area.icon size={16} />} onSelect={() => navigate({ to: area.path })}>
          {area.name}
        </MenuItem>
      ))}
    </Menu>
  );
}
