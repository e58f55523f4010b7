// Pickers of what there is in the data and in the map.

import { ChevronDown } from "lucide-react";
import { useVocabulary } from "@/api/queries";
import { useContextMap, useContextSearch } from "@/shell/context";
import { type Pick, Picker } from "@/ui/Picker";
import { list, short } from "@/words/format";

/** The button of a picker, as a part of a sentence. */
export function picked(names: readonly string[], placeholder: string) {
  return (
    <button
      type="button"
      className="inline-flex h-8 max-w-72 items-center gap-1 rounded-md border border-line-strong bg-surface px-2 transition-colors hover:bg-hover data-popup-open:bg-hover"
    >
      <span dir="auto" className={`truncate ${names.length > 0 ? "font-medium" : "text-muted"}`}>
        {names.length > 0 ? list([...names], "or") : placeholder}
      </span>
      <ChevronDown size={14} className="shrink-0 text-muted" aria-hidden />
    </button>
  );
}

interface NamesProps {
  label: string;
  value: readonly string[];
  onChange: (names: string[]) => void;
  placeholder?: string;
  several?: boolean;
}

/** Names of events; one that ends in `*` means all that begin so. */
export function EventPicker({ label, value, onChange, placeholder = "choose an event", several = true }: NamesProps) {
  const vocabulary = useVocabulary();
  const options = (vocabulary.data?.events ?? []).map(
    ({ name, events }): Pick => ({ value: name, figure: short(events) }),
  );
  return (
    <Picker
      label={label}
      options={options}
      value={value}
      onChange={onChange}
      several={several}
      free={(text) => (text.length > 1 && text.endsWith("*") ? text : null)}
      placeholder="Search events, or write name*"
      trigger={picked(value, placeholder)}
    />
  );
}

export function ChannelPicker({
  label,
  value,
  onChange,
  placeholder = "choose a channel",
  several = true,
}: NamesProps) {
  const vocabulary = useVocabulary();
  const options = (vocabulary.data?.channels ?? []).map(([name, n]): Pick => ({ value: name, figure: short(n) }));
  return (
    <Picker
      label={label}
      options={options}
      value={value}
      onChange={onChange}
      several={several}
      trigger={picked(value, placeholder)}
    />
  );
}

/** Touchpoints or stages of the map of the context, by their names; `byName` where what is chosen is one, not an id. */
export function MapPicker({
  of,
  label,
  value,
  onChange,
  placeholder,
  several = true,
  byName,
}: NamesProps & { of: "touchpoints" | "stages"; byName?: boolean }) {
  const { map } = useContextSearch();
  const declared = useContextMap();
  const options = (declared?.[of] ?? []).map(({ id, name }): Pick => ({ value: byName ? name : id, label: name }));
  const names = value.map((id) => options.find((option) => option.value === id)?.label ?? id);
  return (
    <Picker
      label={label}
      options={options}
      value={value}
      onChange={onChange}
      several={several}
      trigger={picked(names, placeholder ?? (map ? "choose" : "choose a map above first"))}
    />
  );
}

export function PersonaPicker({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const { map } = useContextSearch();
  const personas = useContextMap()?.personas ?? [];
  const options = personas.map(({ id, name }): Pick => ({ value: id, label: name }));
  const name = options.find((option) => option.value === value)?.label ?? value;
  return (
    <Picker
      label="Persona"
      options={options}
      value={value ? [value] : []}
      onChange={([id]) => id && onChange(id)}
      trigger={picked(name ? [name] : [], map ? "choose a persona" : "choose a map above first")}
    />
  );
}

/** A property of events or a trait of customers. */
export function FieldPicker({
  of,
  value,
  onChange,
  label,
  none,
}: {
  of: "property" | "trait";
  value: string;
  onChange: (name: string) => void;
  label: string;
  /** What it means to choose none, where that can be. */
  none?: string;
}) {
  const vocabulary = useVocabulary().data;
  const options: Pick[] =
    of === "trait"
      ? (vocabulary?.traits ?? []).map(({ name, customers }) => ({ value: name, figure: short(customers) }))
      : (vocabulary?.properties ?? []).map(({ name, kind }) => ({ value: name, figure: kind }));
  if (none !== undefined) options.unshift({ value: "", label: none });
  return (
    <Picker
      label={label}
      options={options}
      value={value ? [value] : []}
      onChange={([name = ""]) => (name || none !== undefined) && onChange(name)}
      free={(text) => text || null}
      trigger={picked(
        value || none ? [value || (none as string)] : [],
        of === "trait" ? "choose a trait" : "choose a property",
      )}
    />
  );
}
