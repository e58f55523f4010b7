// Which ways do they go, and where does it hurt?

import { Select } from "@/ui/Select";
import {
  Amount,
  type BuilderProps,
  names,
  OfSelect,
  oneOrMore,
  PlacePicker,
  put,
  Sentence,
  SpanSelect,
  UnitSelect,
} from "./parts";

export function Paths({ question, onChange }: BuilderProps) {
  const of = String(question.of ?? "events");
  return (
    <Sentence>
      <span className="text-muted">Which</span>
      <OfSelect question={question} onChange={onChange} />
      <span className="text-muted">come from</span>
      <PlacePicker
        of={of}
        label="Start"
        value={names(question.start)}
        placeholder="the beginning"
        onChange={(next) => onChange(put(question, "start", next.length ? oneOrMore(next) : undefined))}
      />
      <span className="text-muted">to</span>
      <PlacePicker
        of={of}
        label="End"
        value={names(question.end)}
        placeholder="wherever"
        onChange={(next) => onChange(put(question, "end", next.length ? oneOrMore(next) : undefined))}
      />
      <span className="text-muted">without</span>
      <PlacePicker
        of={of}
        label="Left out"
        value={names(question.without)}
        placeholder="nothing"
        onChange={(next) => onChange(put(question, "without", next.length ? oneOrMore(next) : undefined))}
      />
      <span className="text-muted">in</span>
      <Amount
        label="Steps shown"
        min={2}
        max={20}
        value={Number(question.steps ?? 5)}
        onChange={(steps) => onChange(put(question, "steps", steps, 5))}
      />
      <span className="text-muted">steps, with the</span>
      <Amount
        label="Places per step"
        max={40}
        value={Number(question.top ?? 10)}
        onChange={(top) => onChange(put(question, "top", top, 10))}
      />
      <span className="text-muted">most frequent of each, counting</span>
      <UnitSelect question={question} onChange={onChange} />
    </Sentence>
  );
}

export function Follows({ question, onChange }: BuilderProps) {
  return (
    <Sentence>
      <span className="text-muted">Which</span>
      <OfSelect question={question} onChange={onChange} />
      <span className="text-muted">come</span>
      <Select
        label="How soon"
        inline
        value={question.eventually === true ? "eventually" : "directly"}
        options={[
          { value: "directly", label: "directly after each other" },
          {
            value: "eventually",
            label: "at some time after each other",
            about: "Once per journey, whatever lies in between.",
          },
        ]}
        onChange={(next) => onChange(put(question, "eventually", next === "eventually", false))}
      />
      <span className="text-muted">counting repetitions</span>
      <Select
        label="Repetitions"
        inline
        value={question.collapse === true ? "one" : "each"}
        options={[
          { value: "each", label: "each" },
          { value: "one", label: "as one" },
        ]}
        onChange={(next) => onChange(put(question, "collapse", next === "one", false))}
      />
      <span className="text-muted">in journeys of</span>
      <UnitSelect question={question} onChange={onChange} />
    </Sentence>
  );
}

export function Variants({ question, onChange }: BuilderProps) {
  return (
    <Sentence>
      <span className="text-muted">The</span>
      <Amount
        label="How many"
        max={200}
        value={Number(question.top ?? 20)}
        onChange={(top) => onChange(put(question, "top", top, 20))}
      />
      <span className="text-muted">most frequent sequences of</span>
      <OfSelect question={question} onChange={onChange} />
      <span className="text-muted">in journeys of</span>
      <UnitSelect question={question} onChange={onChange} />
      <span className="text-muted">counting repetitions</span>
      <Select
        label="Repetitions"
        inline
        value={question.collapse === true ? "one" : "each"}
        options={[
          { value: "one", label: "as one" },
          { value: "each", label: "each" },
        ]}
        onChange={(next) => onChange(put(question, "collapse", next === "one", false))}
      />
    </Sentence>
  );
}

export function Bottlenecks({ question, onChange }: BuilderProps) {
  const all = "no limit";
  return (
    <Sentence>
      <span className="text-muted">Between which</span>
      <OfSelect question={question} onChange={onChange} />
      <span className="text-muted">does most time pass: the</span>
      <Amount
        label="How many"
        max={200}
        value={Number(question.top ?? 20)}
        onChange={(top) => onChange(put(question, "top", top, 20))}
      />
      <span className="text-muted">worst, not counting waits of more than</span>
      <SpanSelect
        label="Longest wait"
        value={String(question.longest ?? all)}
        none={all}
        onChange={(longest) => onChange(put(question, "longest", longest, all))}
      />
      <span className="text-muted">in journeys of</span>
      <UnitSelect question={question} onChange={onChange} />
    </Sentence>
  );
}

export function Loops({ question, onChange }: BuilderProps) {
  return (
    <Sentence>
      <span className="text-muted">Which</span>
      <OfSelect question={question} onChange={onChange} />
      <span className="text-muted">are repeated at once or returned to, in journeys of</span>
      <UnitSelect question={question} onChange={onChange} />
    </Sentence>
  );
}
