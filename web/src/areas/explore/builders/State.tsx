import { useVocabulary } from "@/api/queries";
import { picked } from "@/conditions/pickers";
import { useContextMap } from "@/shell/context";
import { Picker } from "@/ui/Picker";

const ANYWHERE = "anywhere";
export const START = ["(start)"];
export const ENDS = ["(converted)", "(lost)"];

/** A place of the chain: one that journeys pass, or where they begin or end. */
export function State({
  label,
  of,
  ends = [],
  anywhere,
  value,
  onChange,
}: {
  label: string;
  of: string;
  ends?: readonly string[];
  anywhere?: boolean;
  value: string;
  onChange: (name: string) => void;
}) {
  const vocabulary = useVocabulary().data;
  const map = useContextMap();
  const names = {
    events: vocabulary?.events.map(({ name }) => name),
    channels: vocabulary?.channels.map(([name]) => name),
    touchpoints: map?.touchpoints?.map(({ name }) => name),
  }[of];
  const options = [
    ...(anywhere ? [{ value: "", label: ANYWHERE }] : []),
    ...[...ends, ...(names ?? [])].map((value) => ({ value })),
  ];
  return (
    <Picker
      label={label}
      options={options}
      value={[value]}
      onChange={([name = ""]) => onChange(name)}
      trigger={picked(value || anywhere ? [value || ANYWHERE] : [], "choose where")}
    />
  );
}
