// What do they say, and how do we do?

import { Select } from "@/ui/Select";
import { Amount, type BuilderProps, INTERVALS, IntervalSelect, OneOf, put, Say, Sentence } from "./parts";

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

export function Comments({ question, onChange }: BuilderProps) {
  return (
    <Sentence>
      <Say>What customers wrote, in at most</Say>
      <Amount
        label="Themes"
        min={0}
        max={50}
        value={Number(question.themes ?? 12)}
        onChange={(themes) => onChange(put(question, "themes", themes, 12))}
      />
      <Say>themes, over time by</Say>
      <IntervalSelect
        value={String(question.interval ?? "month")}
        onChange={(interval) => onChange(put(question, "interval", interval, "month"))}
      />
      <Say>with the newest</Say>
      <Amount
        label="Newest"
        min={0}
        max={500}
        value={Number(question.list ?? 0)}
        onChange={(list) => onChange(put(question, "list", list, 0))}
      />
      <Say>word for word</Say>
    </Sentence>
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
