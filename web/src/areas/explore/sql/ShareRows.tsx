import { Download, Link as LinkIcon, Share2, Terminal } from "lucide-react";
import type { JsonValue, Table } from "@/api/model";
import { Button } from "@/ui/Button";
import { copy } from "@/ui/Copy";
import { Menu, MenuGroup, MenuItem, MenuSeparator } from "@/ui/Menu";
import { toast } from "@/ui/Toast";
import { csv, saveFile } from "@/words/csv";
import { sqlCommand } from "./statement";

interface ShareRowsProps {
  /** What was run. */
  statement?: string;
  mapFile?: string;
  /** Its rows, once they are here. */
  table?: Table;
}

/** The link, the rows as a file, and the command for the same. */
export function ShareRows({ statement = "", mapFile, table }: ShareRowsProps) {
  const command = sqlCommand(statement, mapFile);
  const give = async (text: string, what: string) => {
    await copy(text);
    toast(`${what} is copied`);
  };
  return (
    <Menu
      align="end"
      trigger={
        <Button disabled={statement === ""}>
          <Share2 size={14} aria-hidden /> Share
        </Button>
      }
    >
      <MenuItem icon={<LinkIcon size={14} />} onSelect={() => give(location.href, "The link")}>
        Copy the link to this statement
      </MenuItem>
      <MenuSeparator />
      <MenuGroup label="Download the rows that are here">
        <MenuItem
          icon={<Download size={14} />}
          disabled={!table}
          onSelect={() => table && saveFile("rows.csv", asCsv(table), "text/csv")}
        >
          For spreadsheets (.csv)
        </MenuItem>
        <MenuItem
          icon={<Download size={14} />}
          disabled={!table}
          onSelect={() => table && saveFile("rows.json", asJson(table), "application/json")}
        >
          For programs (.json)
        </MenuItem>
      </MenuGroup>
      <MenuSeparator />
      <MenuGroup label="The same in a terminal">
        <MenuItem icon={<Terminal size={14} />} onSelect={() => give(command, "The command")}>
          Copy the command
        </MenuItem>
        <pre className="mx-2 mb-1 max-h-28 max-w-72 overflow-auto whitespace-pre-wrap break-all rounded-md bg-sunken p-2 font-mono text-muted text-xs">
          {command}
        </pre>
      </MenuGroup>
    </Menu>
  );
}

const asCsv = ({ columns, rows }: Table) =>
  csv(
    columns.map(({ name }) => name),
    rows.map((row) =>
      row.map((value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : value)),
    ),
  );

/** Objects; of columns of the same name each keeps its own, with its number. */
function asJson({ columns, rows }: Table): string {
  const names = columns.map(({ name }, index) =>
    columns.findIndex((other) => other.name === name) === index ? name : `${name} ${index + 1}`,
  );
  const objects = rows.map((row) =>
    Object.fromEntries(names.map((name, index): [string, JsonValue] => [name, row[index] ?? null])),
  );
  return JSON.stringify(objects, null, 1);
}
