// What do they say, and how do we do?

import { Select } from "@/ui/Select";
import { Amount, type BuilderProps, INTERVALS, OneOf, put, Say, Sentence } from "./parts";

/** Over time or in one, for analyses that can do both. */
function Over({ question, onChange }: BuilderProps) {
  return (
    <Select
      label="Over time"
      inline
      value={String(question.interval ?? "")}
      options={[
        { value: "", label: "of the whole period" },
        ...INTERVALS.slice(1).map((interval) => ({ value: interval, label: `over time, by ${interval}` })),
      ]}
      onChange={(interval) => onChange(put(question, "interval", interval, ""))}
    />
  );
}

export function Kpis(props: BuilderProps) {
  const { question, onChange } = props;
  return (
    <Sentence>
      <Say>Every key figure that the data has, told</Say>
      <OneOf
        {...props}
        label="By"
        field="by"
        absent="none"
        options={[
          ["none", "for everything together"],
          ["stage", "for each stage"],
          ["touchpoint", "for each touchpoint"],
          ["channel", "for each channel"],
        ]}
      />
      <Over {...props} />
      <Say>where at least</Say>
      <Amount
        label="At least"
        max={1_000_000}
        value={Number(question.at_least ?? 30)}
        onChange={(least) => onChange(put(question, "at_least", least, 30))}
      />
      <Say>were asked</Say>
    </Sentence>
  );
}
