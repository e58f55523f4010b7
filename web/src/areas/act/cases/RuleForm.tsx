import { useState } from "react";
import type { CaseRule } from "@/api/followup";
import { Drawer } from "@/ui/Dialog";
import { Field, Input, Switch } from "@/ui/Field";
import { Skeleton } from "@/ui/States";
import { number } from "@/words/format";
import { spanWords } from "@/words/span";
import { Choose, KeptPanel, Row } from "../KeptPanel";
import { useWatches } from "../queries";
import { useScores } from "../useScores";
import { badUpTo, fallsIn, firstRule } from "./words";

const DUE = ["4h", "1d", "2d", "3d", "7d", "14d"];
const WITHIN = ["1d", "7d", "14d", "30d", "90d", "365d"];
/** The usual lengths of time, and what it is already. */
const spans = (usual: readonly string[], now: string) =>
  [...new Set([...usual, now])].map((span) => [span, spanWords(span)] as const);

interface PanelProps {
  id: string;
  onClose: () => void;
}

/** A rule for cases: a new one, or one that is there. */
export function RulePanel({ id, onClose }: PanelProps) {
  const watches = useWatches();
  const rule = watches.data?.case_rules.find((one) => one.id === id)?.rule;
  const first = useScores();
  const pending = watches.isPending || first.pending;
  if (pending || (!rule && id !== "new")) {
    return (
      <Drawer open onClose={onClose} title="Rule">
        {pending ? <Skeleton className="h-8" lines={4} /> : <p className="text-muted">There is no such rule.</p>}
      </Drawer>
    );
  }
  const taken = watches.data?.case_rules.map((one) => one.id) ?? [];
  return rule ? (
    <Form id={id} rule={rule} taken={taken} onClose={onClose} />
  ) : (
    <Form rule={firstRule(first.scores, first.map)} taken={taken} onClose={onClose} />
  );
}

interface FormProps {
  id?: string;
  rule: CaseRule;
  taken: readonly string[];
  onClose: () => void;
}

function Form({ id, rule, taken, onClose }: FormProps) {
  const [draft, setDraft] = useState(rule);
  const change = (part: Partial<CaseRule>) => setDraft({ ...draft, ...part });
  const { maps, map, scores } = useScores(draft.map);
  const score = scores.find(({ name }) => name === draft.score);
  const { due = "2d", within = "14d" } = draft;
  return (
    <KeptPanel
      kind="case-rules"
      what="Rule"
      about="A response that is this bad becomes a case: once, however often it is sent."
      id={id}
      before={rule}
      draft={draft}
      onChange={change}
      taken={taken}
      lacks={draft.score === ""}
      onClose={onClose}
    >
      {maps.length > 1 && (
        <Choose
          label="Map"
          value={map ?? ""}
          options={maps.map(({ id, title }) => [id, title] as const)}
          onChange={(next) => change({ map: next, score: "" })}
        />
      )}
      <Row>
        <Choose
          label="Responses to"
          value={draft.score}
          options={[
            ...(score ? [] : [[draft.score, draft.score || "Choose a score"] as const]),
            ...scores.map(
              ({ name, scale: [worst, best] }) => [name, `${name} (${number(worst)} to ${number(best)})`] as const,
            ),
          ]}
          onChange={(name) => {
            const other = scores.find((one) => one.name === name);
            change({ score: name, ...(other && draft.at_most !== undefined && { at_most: badUpTo(other) }) });
          }}
        />
        <Field label={score && fallsIn(score) ? "Marks from" : "Marks up to"} className="w-28">
          <Input
            type="number"
            step="any"
            value={draft.at_most ?? ""}
            onChange={({ target }) => change({ at_most: target.value === "" ? undefined : target.valueAsNumber })}
            required={!draft.with_words}
          />
        </Field>
      </Row>
      <Switch
        label="Only with words"
        checked={draft.with_words ?? false}
        onChange={(with_words) => change({ with_words: with_words || undefined })}
      />
      <Field label="Who sees to it · optional" about="Left empty: whoever answers for the touchpoint or the stage.">
        <Input
          value={draft.owner ?? ""}
          onChange={(event) => change({ owner: event.target.value || undefined })}
          maxLength={200}
          dir="auto"
        />
      </Field>
      <Row>
        <Choose label="Due within" value={due} options={spans(DUE, due)} onChange={(due) => change({ due })} />
        <Choose
          label="Responses not older than"
          value={within}
          options={spans(WITHIN, within)}
          onChange={(within) => change({ within })}
        />
      </Row>
    </KeptPanel>
  );
}
