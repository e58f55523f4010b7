import { Plus, X } from "lucide-react";
import { useState } from "react";
import type { JsonObject } from "@/api/contract";
import { Button, IconButton } from "@/ui/Button";
import { Input } from "@/ui/Field";

interface RowsProps {
  rows: [string, unknown][];
  onChange: (amounts: JsonObject) => void;
  words: {
    /** The heading of the names, */
    name: string;
    /** and of the amounts. */
    amount: string;
    /** What an amount is called, before its name. */
    of: string;
    /** What is added, */
    more: string;
    /** such as this. */
    such: string;
  };
  /** What an added one has at first. */
  first?: number;
}

/** Names with an amount each. */
export function Rows({ rows, onChange, words, first = 0 }: RowsProps) {
  const [adding, setAdding] = useState("");
  const others = (name: string) => rows.filter(([one]) => one !== name) as [string, number][];
  return (
    <>
      {rows.length > 0 && (
        <table className="w-full">
          <thead className="text-left text-muted text-sm">
            <tr>
              <th scope="col" className="w-full font-normal">
                {words.name}
              </th>
              <th scope="col" className="whitespace-nowrap font-normal">
                {words.amount}
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, amount], at) => (
              <tr key={name}>
                <td className="max-w-0 py-0.5 pr-2">
                  <Input
                    aria-label={`Name of row ${at + 1}`}
                    defaultValue={name}
                    dir="auto"
                    className="w-full"
                    onBlur={({ target: { value } }) =>
                      value !== name &&
                      value !== "" &&
                      onChange(
                        Object.fromEntries(rows.map((row, own) => (own === at ? [value, amount] : row))) as JsonObject,
                      )
                    }
                  />
                </td>
                <td className="py-0.5">
                  <Input
                    aria-label={`${words.of} ${name}`}
                    type="number"
                    min={0}
                    step="any"
                    className="w-32"
                    defaultValue={String(amount)}
                    onBlur={({ target: { value } }) =>
                      value !== "" &&
                      Number(value) >= 0 &&
                      onChange(
                        Object.fromEntries(
                          rows.map((row, own) => (own === at ? [name, Number(value)] : row)),
                        ) as JsonObject,
                      )
                    }
                  />
                </td>
                <td>
                  <IconButton
                    name={`Remove ${name}`}
                    size="small"
                    onClick={() => onChange(Object.fromEntries(others(name)))}
                  >
                    <X size={14} />
                  </IconButton>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <form
        className="mt-2 mb-4 flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (adding.trim() !== "") onChange(Object.fromEntries([...others(adding.trim()), [adding.trim(), first]]));
        }}
      >
        <Input
          aria-label={words.more}
          placeholder={words.such}
          dir="auto"
          className="w-40"
          value={adding}
          onChange={(event) => setAdding(event.target.value)}
        />
        <Button type="submit" disabled={adding.trim() === ""}>
          <Plus size={14} aria-hidden /> Add
        </Button>
      </form>
    </>
  );
}
