// Where does it hurt?

import type { FindingKind } from "@/api/model";
import { picked } from "@/conditions/pickers";
import { KINDS } from "@/findings/finding";
import { Picker } from "@/ui/Picker";
import { Select } from "@/ui/Select";
import { Amount, type BuilderProps, names, put, Sentence } from "./parts";

const KIND_OPTIONS = Object.entries(KINDS).map(([value, label]) => ({ value, label }));

export function Findings({ question, onChange }: BuilderProps) {
  const kinds = names(question.kinds);
  const shuffle = typeof question.shuffle === "number" ? question.shuffle : null;
  return (
    <Sentence>
      <span className="text-muted">What</span>
      <Select
        label="Feeling"
        inline
        value={String(question.feeling ?? "")}
        options={[
          { value: "", label: "hurts or delights" },
          { value: "pain", label: "hurts" },
          { value: "delight", label: "delights" },
        ]}
        onChange={(feeling) => onChange(put(question, "feeling", feeling, ""))}
      />
      <span className="text-muted">in</span>
      <Picker
        label="Kinds"
        several
        options={KIND_OPTIONS}
        value={kinds}
        onChange={(next) => onChange(put(question, "kinds", next.length > 0 ? next : undefined))}
        trigger={picked(
          kinds.map((kind) => KINDS[kind as FindingKind] ?? kind),
          "whatever happens",
        )}
      />
      <span className="text-muted">the</span>
      <Amount
        label="Findings at most"
        max={1000}
        value={Number(question.at_most ?? 20)}
        onChange={(n) => onChange(put(question, "at_most", n, 20))}
      />
      <span className="text-muted">weightiest,</span>
      <Select
        label="Control"
        inline
        value={String(shuffle ?? "")}
        options={[
          { value: "", label: "as it happened" },
          {
            value: String(shuffle ?? 1),
            label: "with groups and days dealt out anew",
            about: "A control: whatever is found then is a false alarm.",
          },
        ]}
        onChange={(value) => onChange(put(question, "shuffle", value === "" ? undefined : Number(value)))}
      />
    </Sentence>
  );
}
