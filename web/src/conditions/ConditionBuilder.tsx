import { Plus, X } from "lucide-react";
import { useState } from "react";
import type { Condition } from "@/api/contract";
import type { JsonValue } from "@/api/model";
import { useVocabulary } from "@/api/queries";
import { Button, IconButton } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { Menu, MenuItem } from "@/ui/Menu";
import { type Pick, Picker } from "@/ui/Picker";
import { Select } from "@/ui/Select";
import { conditionSentence } from "@/words/condition";
import { cell, short } from "@/words/format";
import { spanWords } from "@/words/span";
import { ChannelPicker, EventPicker, FieldPicker, MapPicker, PersonaPicker, picked } from "./pickers";
import {
  emptyRow,
  type Row,
  readRows,
  type Sort,
  saysNothing,
  TESTS,
  type Test,
  type TestName,
  writeRows,
} from "./rows";

interface ConditionBuilderProps {
  /** Whether it speaks of single events (filters, steps) or of customers (segments). */
  about: "events" | "customers";
  value: Condition | undefined;
  onChange: (condition: Condition | undefined) => void;
  /** What is said when there is no row. */
  empty?: string;
}

const SORTS: Record<ConditionBuilderProps["about"], [Sort, string][]> = {
  customers: [
    ["did", "What they did"],
    ["trait", "A trait"],
    ["member", "A persona of the map"],
  ],
  events: [
    ["property", "A property"],
    ["channel", "Its channel"],
    ["event", "Its name"],
    ["touchpoint", "Its touchpoint"],
    ["stage", "Its stage"],
  ],
};

/** A condition as rows, joined by "and" or "or". */
export function ConditionBuilder({ about, value: given, onChange, empty }: ConditionBuilderProps) {
  // Where something must be said, what says nothing stands for nothing: rows that were just begun outlive it.
  const value = saysNothing(given) ? undefined : given;
  // Rows that do not say enough yet are kept here; the address has only what can be asked.
  const [draft, setDraft] = useState(() => readRows(value));
  const [told, setTold] = useState(() => JSON.stringify(value));
  const now = JSON.stringify(value);
  if (now !== told) {
    setTold(now);
    setDraft(readRows(value));
  }
  const change = (next: typeof draft) => {
    setDraft(next);
    const condition = writeRows(next);
    setTold(JSON.stringify(condition));
    if (JSON.stringify(condition) !== now) onChange(condition);
  };
  const setRow = (index: number, row: Row) => change({ ...draft, rows: draft.rows.with(index, row) });
  return (
    <div className="flex flex-col gap-2">
      {draft.rows.length === 0 && empty && <p className="text-muted">{empty}</p>}
      {draft.rows.map((row, index) => (
        <div key={index} className="flex flex-wrap items-center gap-2">
          {index === 0 ? null : index === 1 && draft.rows.length > 1 ? (
            <Select
              label="Join the conditions by"
              inline
              value={draft.join}
              options={[
                { value: "and", label: "and" },
                { value: "or", label: "or" },
              ]}
              onChange={(join) => change({ ...draft, join })}
            />
          ) : (
            <span className="w-14 px-2 text-muted">{draft.join}</span>
          )}
          <RowEditor row={row} onChange={(next) => setRow(index, next)} />
          <IconButton
            name="Remove this condition"
            size="small"
            onClick={() => change({ ...draft, rows: draft.rows.toSpliced(index, 1) })}
          >
            <X size={14} />
          </IconButton>
        </div>
      ))}
      <div>
        <Menu
          trigger={
            <Button size="small" look="quiet" className="-ml-2 text-muted">
              <Plus size={14} aria-hidden /> Condition
            </Button>
          }
        >
          {SORTS[about].map(([sort, name]) => (
            <MenuItem key={sort} onSelect={() => change({ ...draft, rows: [...draft.rows, emptyRow(sort)] })}>
              {name}
            </MenuItem>
          ))}
        </Menu>
      </div>
    </div>
  );
}

function RowEditor({ row, onChange }: { row: Row; onChange: (row: Row) => void }) {
  switch (row.sort) {
    case "trait":
    case "property":
      return (
        <>
          <FieldPicker
            of={row.sort}
            label={row.sort === "trait" ? "Trait" : "Property"}
            value={row.name}
            onChange={(name) => onChange({ ...row, name })}
          />
          <TestEditor of={row.sort} name={row.name} test={row.test} onChange={(test) => onChange({ ...row, test })} />
        </>
      );
    case "event":
      return (
        <>
          <span>event is</span>
          <EventPicker label="Events" value={row.names} onChange={(names) => onChange({ ...row, names })} />
          {row.where !== undefined && <Where condition={row.where} />}
        </>
      );
    case "channel":
      return (
        <>
          <span>channel is</span>
          <ChannelPicker label="Channels" value={row.names} onChange={(names) => onChange({ ...row, names })} />
        </>
      );
    case "touchpoint":
    case "stage":
      return (
        <>
          <span>{row.sort} is</span>
          <MapPicker
            of={row.sort === "stage" ? "stages" : "touchpoints"}
            label={row.sort}
            value={row.names}
            onChange={(names) => onChange({ ...row, names })}
          />
        </>
      );
    case "member":
      return (
        <>
          <span>is</span>
          <PersonaPicker value={row.name} onChange={(name) => onChange({ ...row, name })} />
        </>
      );
    case "did":
      return <DidEditor row={row} onChange={onChange} />;
    case "other":
      return (
        <span dir="auto" className="min-w-0 rounded-md bg-sunken px-2 py-1">
          {conditionSentence(row.condition)}
        </span>
      );
  }
}

const Where = ({ condition }: { condition: Condition }) => (
  <span dir="auto" className="min-w-0 break-words text-muted">
    where {conditionSentence(condition)}
  </span>
);

const WITHINS = ["", "1d", "7d", "14d", "30d", "90d", "180d", "365d"];

function DidEditor({ row, onChange }: { row: Row & { sort: "did" }; onChange: (row: Row) => void }) {
  const how =
    row.most === 0
      ? "never"
      : row.most === undefined
        ? "least"
        : row.most === row.least
          ? "just"
          : row.least <= 1
            ? "most"
            : "between";
  const setHow = (next: string) => {
    const n = Math.max(1, row.most ?? row.least);
    const { most: _, ...rest } = row;
    if (next === "never") onChange({ ...rest, least: 0, most: 0 });
    else if (next === "just") onChange({ ...rest, least: n, most: n });
    else if (next === "most") onChange({ ...rest, least: 1, most: n });
    else onChange({ ...rest, least: n });
  };
  const setTimes = (n: number) => {
    if (how === "least") onChange({ ...row, least: n });
    else if (how === "just") onChange({ ...row, least: n, most: n });
    else onChange({ ...row, most: n });
  };
  const withins = row.within && !WITHINS.includes(row.within) ? [...WITHINS, row.within] : WITHINS;
  return (
    <>
      <Select
        label="How often"
        inline
        value={how}
        options={[
          { value: "least", label: "did at least" },
          { value: "just", label: "did just" },
          { value: "most", label: "did at least once and at most" },
          { value: "never", label: "did not do" },
          ...(how === "between" ? [{ value: "between", label: `did at least ${row.least} and at most` }] : []),
        ]}
        onChange={setHow}
      />
      {how !== "never" && (
        <>
          <Input
            type="number"
            min={1}
            aria-label="Times"
            className="w-16"
            value={how === "least" ? row.least : (row.most ?? 1)}
            onChange={(event) => setTimes(Math.max(1, Math.round(Number(event.target.value)) || 1))}
          />
          <span>times</span>
        </>
      )}
      <EventPicker
        label="Events"
        value={row.names}
        placeholder="anything"
        onChange={(names) => onChange({ ...row, names })}
      />
      <Select
        label="Within"
        inline
        value={row.within ?? ""}
        options={withins.map((span) => ({
          value: span,
          label: span === "" ? "in the whole period" : `in the last ${spanWords(span)}`,
        }))}
        onChange={(within) => {
          const { within: _, ...rest } = row;
          onChange(within === "" ? rest : { ...rest, within });
        }}
      />
      {row.where !== undefined && <Where condition={row.where} />}
    </>
  );
}

const WITHOUT_VALUE: TestName[] = ["exists", "not_exists"];
const OF_NUMBERS: TestName[] = ["above", "at_least", "below", "at_most"];
const OF_SEVERAL: TestName[] = ["in", "not_in"];

function TestEditor({
  of,
  name,
  test,
  onChange,
}: {
  of: "trait" | "property";
  name: string;
  test: Test;
  onChange: (test: Test) => void;
}) {
  const vocabulary = useVocabulary().data;
  const field = (of === "trait" ? vocabulary?.traits : vocabulary?.properties)?.find((one) => one.name === name);
  const several = OF_SEVERAL.includes(test.test);
  const written = new Map<string, JsonValue>((field?.values ?? []).map(([value]) => [cell(value, "text"), value]));
  const options = (field?.values ?? []).map(([value, n]): Pick => ({ value: cell(value, "text"), figure: short(n) }));
  return (
    <>
      <Select
        label="Test"
        inline
        value={test.test}
        options={Object.entries(TESTS).map(([value, label]) => ({ value: value as TestName, label }))}
        onChange={(next) =>
          onChange({ test: next, values: OF_SEVERAL.includes(next) ? test.values : test.values.slice(0, 1) })
        }
      />
      {WITHOUT_VALUE.includes(test.test) ? null : OF_NUMBERS.includes(test.test) ? (
        <Input
          type="number"
          step="any"
          aria-label="Number"
          className="w-28"
          value={typeof test.values[0] === "number" ? test.values[0] : ""}
          onChange={(event) =>
            onChange({ ...test, values: event.target.value === "" ? [] : [Number(event.target.value)] })
          }
        />
      ) : (
        <Picker
          label="Value"
          several={several}
          options={options}
          value={test.values.map((value) => cell(value, "text"))}
          onChange={(values) => onChange({ ...test, values: values.map((value) => written.get(value) ?? value) })}
          free={(text) => text || null}
          placeholder="Search or write a value"
          trigger={picked(
            test.values.map((value) => cell(value, "text")),
            "choose a value",
          )}
        />
      )}
    </>
  );
}
