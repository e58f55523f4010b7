import { Download, Link as LinkIcon, Share2, Terminal } from "lucide-react";
import type { JsonObject } from "@/api/contract";
import { Button } from "@/ui/Button";
import { copy } from "@/ui/Copy";
import { Menu, MenuGroup, MenuItem, MenuSeparator } from "@/ui/Menu";
import { toast } from "@/ui/Toast";
import { command, FORMS, fileAddress } from "./share";

interface ShareMenuProps {
  analysis: string;
  /** The whole question. */
  question: JsonObject;
  mapFile?: string;
  /** Whether it is seen by a version of the map that its file has no more. */
  oldMap: boolean;
  disabled: boolean;
}

const FORM_NAMES = {
  csv: "Figures (.csv)",
  json: "Everything (.json)",
  svg: "Drawing (.svg)",
  png: "Picture (.png)",
  pdf: "Page to print (.pdf)",
};

export function ShareMenu({ analysis, question, mapFile, oldMap, disabled }: ShareMenuProps) {
  const theme = isDark() ? "dark" : "light";
  const give = async (text: string, what: string) => {
    await copy(text);
    toast(`${what} is copied`);
  };
  return (
    <Menu
      align="end"
      trigger={
        <Button disabled={disabled}>
          <Share2 size={14} aria-hidden /> Share
        </Button>
      }
    >
      <MenuItem icon={<LinkIcon size={14} />} onSelect={() => give(location.href, "The link")}>
        Copy the link to this view
      </MenuItem>
      <MenuSeparator />
      <MenuGroup label="Download">
        {FORMS.map((form) => (
          <MenuItem
            key={form}
            icon={<Download size={14} />}
            href={fileAddress(analysis, question, form, theme)}
            download={`${analysis}.${form}`}
          >
            {FORM_NAMES[form]}
          </MenuItem>
        ))}
      </MenuGroup>
      <MenuSeparator />
      <MenuGroup label="The same answer in a terminal">
        <MenuItem
          icon={<Terminal size={14} />}
          onSelect={() => give(command(analysis, question, mapFile), "The command")}
        >
          Copy the command
        </MenuItem>
        <pre className="mx-2 mb-1 max-h-28 max-w-72 overflow-auto whitespace-pre-wrap break-all rounded-md bg-sunken p-2 font-mono text-muted text-xs">
          {command(analysis, question, mapFile)}
        </pre>
        {oldMap && (
          <p className="mx-2 mb-1 max-w-72 text-muted text-xs">
            The file has the current version of the map: in a terminal the answer may differ.
          </p>
        )}
      </MenuGroup>
    </Menu>
  );
}

function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
}
