import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import type { JsonObject, Upload } from "@/api/contract";
import { picked } from "@/conditions/pickers";
import { Button, IconButton } from "@/ui/Button";
import { Input, Switch } from "@/ui/Field";
import { type Pick, Picker } from "@/ui/Picker";
import { Select } from "@/ui/Select";
import { list } from "@/words/format";
import { beyondForm, type MappingForm } from "./mappingForm";

interface MappingFieldsProps {
  form: MappingForm;
  columns: Upload["columns"];
  mapping: JsonObject | null;
  onChange: (form: MappingForm) => void;
}

const KINDS = [
  { value: "user_id", label: "login, customer number" },
  { value: "email", label: "e-mail address" },
  { value: "phone", label: "telephone number" },
  { value: "loyalty_card", label: "loyalty card" },
  { value: "anonymous_id", label: "browser" },
  { value: "device_id", label: "device" },
  { value: "household_id", label: "household" },
];

const FORMATS = [
  { value: "rfc3339", label: "2025-03-01 10:00, also a date" },
  { value: "date", label: "2025-03-01" },
  { value: "epoch_s", label: "seconds since 1970" },
  { value: "epoch_ms", label: "milliseconds since 1970" },
  { value: "epoch_us", label: "microseconds since 1970" },
];
const PATTERN = "pattern";

/** What the rows of a file mean, as fields. */
export function MappingFields({ form, columns, mapping, onChange }: MappingFieldsProps) {
  const set = (change: Partial<MappingForm>) => onChange({ ...form, ...change });
  const beyond = beyondForm(mapping);
  const options = columns.map(
    ({ name, sample }): Pick => ({ value: name, figure: (sample.find((text) => text !== "") ?? "").slice(0, 24) }),
  );
  const column = (label: string, value: string, choose: (name: string) => void) => (
    <Picker
      label={label}
      options={options}
      value={value ? [value] : []}
      onChange={([name]) => name && choose(name)}
      trigger={picked(value ? [value] : [], "choose a column")}
    />
  );
  const knownFormat = FORMATS.some(({ value }) => value === form.format);
  return (
    <div className="flex flex-col gap-6">
      <Row title="A row is">
        <div className="flex flex-col gap-2">
          <Switch
            label="something that happened (an event)"
            checked={form.happens}
            onChange={(happens) => set({ happens })}
          />
          <Switch
            label="what is known about a customer (traits)"
            checked={form.known}
            onChange={(known) => set({ known, ...(known && !form.known && form.happens ? { traits: "none" } : {}) })}
          />
        </div>
      </Row>
      <Row title="Who it was" about="The strongest first: what stands in one row belongs to one person.">
        <ul className="flex flex-col gap-2">
          {form.ids.map((id, index) => (
            <li key={index} className="flex flex-wrap items-center gap-2">
              {column("Column of the identifier", id.column, (name) =>
                set({ ids: form.ids.with(index, { ...id, column: name }) }),
              )}
              <span className="text-muted">is a</span>
              <Picker
                label="Kind of identifier"
                options={KINDS}
                value={id.kind ? [id.kind] : []}
                onChange={([kind]) => kind && set({ ids: form.ids.with(index, { ...id, kind }) })}
                free={(text) => (/^[a-z0-9_]{1,40}$/.test(text) ? text : null)}
                placeholder="Search, or write a kind: a-z, 0-9, _"
                trigger={picked(
                  id.kind ? [KINDS.find(({ value }) => value === id.kind)?.label ?? id.kind] : [],
                  "choose a kind",
                )}
              />
              <IconButton
                name="Remove this identifier"
                size="small"
                onClick={() => set({ ids: form.ids.toSpliced(index, 1) })}
              >
                <X size={14} />
              </IconButton>
            </li>
          ))}
        </ul>
        <Button
          size="small"
          look="quiet"
          className="mt-1 -ml-2 text-muted"
          onClick={() => set({ ids: [...form.ids, { kind: "", column: "" }] })}
        >
          <Plus size={14} aria-hidden /> Identifier
        </Button>
      </Row>
      {form.happens && (
        <>
          <Row title="When it was">
            <div className="flex flex-wrap items-center gap-2">
              {column("Column of the time", form.time, (time) => set({ time }))}
              <Select
                label="How times are written"
                value={knownFormat ? form.format : PATTERN}
                options={[...FORMATS, { value: PATTERN, label: "by a pattern" }]}
                onChange={(format) => set({ format: format === PATTERN ? "%d.%m.%Y %H:%M" : format })}
              />
              {!knownFormat && (
                <Input
                  aria-label="Pattern of times"
                  value={form.format}
                  onChange={(event) => set({ format: event.target.value })}
                  className="w-44 font-mono text-sm"
                />
              )}
              <Input
                aria-label="Time zone of times without one"
                placeholder="Time zone: UTC"
                list="zones"
                value={form.zone}
                onChange={(event) => set({ zone: event.target.value })}
                className="w-44"
              />
              <datalist id="zones">
                {Intl.supportedValuesOf("timeZone").map((zone) => (
                  <option key={zone} value={zone} />
                ))}
              </datalist>
            </div>
          </Row>
          <Row title="What it was">
            {form.nameFrom === "kept" ? (
              <p className="text-muted">The name is made of several columns, as the text says.</p>
            ) : (
              <TextOrColumn
                label="Name of the event"
                from={form.nameFrom}
                value={form.name}
                placeholder="order placed"
                column={column}
                onChange={(nameFrom, name) => set({ nameFrom, name })}
              />
            )}
          </Row>
          <Row title="Channel" optional>
            <div className="flex flex-wrap items-center gap-2">
              <Select
                label="Where the channel is from"
                value={form.channelFrom}
                options={[
                  { value: "none", label: "not told" },
                  { value: "text", label: "the same for all" },
                  { value: "column", label: "from a column" },
                ]}
                onChange={(channelFrom) => set({ channelFrom, channel: "" })}
              />
              {form.channelFrom === "text" && (
                <Input
                  aria-label="Channel"
                  placeholder="store"
                  value={form.channel}
                  onChange={(event) => set({ channel: event.target.value })}
                  className="w-44"
                />
              )}
              {form.channelFrom === "column" &&
                column("Column of the channel", form.channel, (channel) => set({ channel }))}
            </div>
          </Row>
          <Row title="Money that changed hands" optional>
            <div className="flex flex-wrap items-center gap-2">
              {column("Column of the amount", form.amount, (amount) => set({ amount }))}
              {form.amount !== "" && (
                <>
                  <IconButton name="No amount" size="small" onClick={() => set({ amount: "" })}>
                    <X size={14} />
                  </IconButton>
                  <TextOrColumn
                    label="Currency"
                    from={form.currencyFrom}
                    value={form.currency}
                    placeholder="EUR"
                    column={column}
                    onChange={(currencyFrom, currency) => set({ currencyFrom, currency })}
                  />
                  <Switch
                    label="1.234,50 (a comma before the cents)"
                    checked={form.decimalComma}
                    onChange={(decimalComma) => set({ decimalComma })}
                  />
                </>
              )}
            </div>
          </Row>
          <Row title="What else to keep of the event">
            <Columns
              label="Properties"
              value={form.properties}
              options={options}
              onChange={(properties) => set({ properties })}
            />
          </Row>
        </>
      )}
      {form.known && (
        <>
          <Row title="What is known about the customer">
            <Columns label="Traits" value={form.traits} options={options} onChange={(traits) => set({ traits })} />
          </Row>
          <Row title="Household" optional>
            <div className="flex items-center gap-2">
              {column("Column of the household", form.household, (household) => set({ household }))}
              {form.household !== "" && (
                <IconButton name="No household" size="small" onClick={() => set({ household: "" })}>
                  <X size={14} />
                </IconButton>
              )}
            </div>
          </Row>
        </>
      )}
      {beyond.length > 0 && (
        <p className="text-muted text-sm">
          The mapping also says {list(beyond)}. That stays as it is; the text shows it.
        </p>
      )}
    </div>
  );
}

interface RowProps {
  title: string;
  about?: string;
  optional?: boolean;
  children: ReactNode;
}

function Row({ title, about, optional, children }: RowProps) {
  return (
    <fieldset className="min-w-0">
      <legend className="mb-2 font-medium text-sm">
        {title}
        {optional && <span className="font-normal text-muted"> · optional</span>}
        {about && <span className="block font-normal text-muted">{about}</span>}
      </legend>
      {children}
    </fieldset>
  );
}

interface TextOrColumnProps {
  label: string;
  from: "text" | "column";
  value: string;
  placeholder: string;
  column: (label: string, value: string, choose: (name: string) => void) => ReactNode;
  onChange: (from: "text" | "column", value: string) => void;
}

function TextOrColumn({ label, from, value, placeholder, column, onChange }: TextOrColumnProps) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Select
        label={`${label}: where it is from`}
        value={from}
        options={[
          { value: "text", label: "the same for all" },
          { value: "column", label: "from a column" },
        ]}
        onChange={(next) => next !== from && onChange(next, "")}
      />
      {from === "text" ? (
        <Input
          aria-label={label}
          placeholder={placeholder}
          value={value}
          onChange={(event) => onChange(from, event.target.value)}
          className="w-44"
        />
      ) : (
        column(`Column: ${label}`, value, (name) => onChange("column", name))
      )}
    </div>
  );
}

interface ColumnsProps {
  label: string;
  value: "all" | "none" | string[];
  options: readonly Pick[];
  onChange: (value: "all" | "none" | string[]) => void;
}

/** Which columns are kept. */
function Columns({ label, value, options, onChange }: ColumnsProps) {
  const how = Array.isArray(value) ? "some" : value;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Select
        label={label}
        value={how}
        options={[
          { value: "all", label: "all other columns" },
          { value: "some", label: "these columns" },
          { value: "none", label: "nothing" },
        ]}
        onChange={(next) => onChange(next === "some" ? [] : next)}
      />
      {Array.isArray(value) && (
        <Picker
          label={`${label}: columns`}
          several
          options={options}
          value={value}
          onChange={onChange}
          trigger={picked(value, "choose columns")}
        />
      )}
    </div>
  );
}
