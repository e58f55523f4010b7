import { type ReactNode, useState } from "react";
import type { CaseRule } from "@/api/followup";
import { useRemoveSaved, useSave, useWorkspace } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Drawer } from "@/ui/Dialog";
import { Field, Input, Switch } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { ProblemNote, Skeleton } from "@/ui/States";
import { toast, toastProblem } from "@/ui/Toast";
import { number } from "@/words/format";
import { useWatches } from "../queries";
import { SpanSelect } from "../SpanSelect";
import { TellField, TestTelling, tellLines, tellOf } from "../tell";
import { useScores } from "./Rules";
import { badUpTo, fallsIn, firstRule, freeId } from "./words";

const DUE = ["4h", "1d", "2d", "3d", "7d", "14d"];
const WITHIN = ["1d", "7d", "14d", "30d", "90d", "365d"];

/** A rule for cases: a new one, or one that is there. */
export function RulePanel({ id, onClose }: { id: string; onClose: () => void }) {
  const watches = useWatches();
  const rule = watches.data?.case_rules.find((one) => one.id === id)?.rule;
  const first = useScores();
  const isNew = id === "new";
  if (watches.isPending || first.pending) {
    return (
      <Drawer open onClose={onClose} title="Rule for cases">
        <Skeleton className="h-8" lines={4} />
      </Drawer>
    );
  }
  if (!rule && !isNew) {
    return (
      <Drawer open onClose={onClose} title="Rule for cases">
        <p className="text-muted">There is no such rule. It may have been removed.</p>
      </Drawer>
    );
  }
  return (
    <Form
      key={id}
      id={isNew ? undefined : id}
      rule={rule ?? firstRule(first.scores, first.map)}
      taken={watches.data?.case_rules.map((one) => one.id) ?? []}
      onClose={onClose}
    />
  );
}

interface FormProps {
  /** Undefined for a new one. */
  id?: string;
  rule: CaseRule;
  taken: readonly string[];
  onClose: () => void;
}

function Form({ id, rule, taken, onClose }: FormProps) {
  const mayChange = useWorkspace().data?.may_change !== false;
  const [draft, setDraft] = useState(rule);
  const [bound, setBound] = useState(rule.at_most === undefined ? "" : String(rule.at_most));
  const [tell, setTell] = useState(tellLines(rule.tell));
  const save = useSave("case-rules");
  const remove = useRemoveSaved("case-rules");
  const { maps, map, scores } = useScores(draft.map);
  const score = scores.find(({ name }) => name === draft.score);
  const change = (part: Partial<CaseRule>) => setDraft({ ...draft, ...part });
  const whole: CaseRule = {
    ...draft,
    name: draft.name.trim(),
    owner: draft.owner?.trim() || undefined,
    at_most: bound.trim() === "" ? undefined : Number(bound),
    tell: tellOf(tell),
  };
  const before = id === undefined ? null : { id, ...rule };
  const changed =
    JSON.stringify(whole) !==
    JSON.stringify({ ...rule, owner: rule.owner, at_most: rule.at_most, tell: rule.tell ?? [] });
  const submit = () => {
    const kept = { id: id ?? freeId(whole.name, taken, "rule"), ...whole };
    save.mutate(kept, {
      onSuccess: () => {
        toast(`Rule “${kept.name}” is saved`, () =>
          before ? save.mutate(before, { onError: toastProblem }) : remove.mutate(kept.id, { onError: toastProblem }),
        );
        onClose();
      },
    });
  };
  return (
    <Drawer
      open
      onClose={onClose}
      title={id === undefined ? "New rule for cases" : rule.name}
      about="A response that is this bad becomes a case: once, whoever sends it again."
      actions={
        mayChange && (
          <>
            <Button look="solid" type="submit" form="case-rule" disabled={save.isPending}>
              Save
            </Button>
            {before && (
              <Button
                disabled={remove.isPending}
                onClick={() =>
                  remove.mutate(before.id, {
                    onSuccess: () => {
                      toast(`Rule “${rule.name}” is removed`, () => save.mutate(before, { onError: toastProblem }));
                      onClose();
                    },
                    onError: toastProblem,
                  })
                }
              >
                Remove
              </Button>
            )}
          </>
        )
      }
    >
      <form
        id="case-rule"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <fieldset disabled={!mayChange} className="flex flex-col gap-5">
          <legend className="sr-only">Rule</legend>
          <Field label="Name">
            <Input
              value={draft.name}
              onChange={(event) => change({ name: event.target.value })}
              maxLength={200}
              dir="auto"
              required
            />
          </Field>
          <Row>
            {maps.length > 1 && (
              <Labelled label="Map">
                <Select
                  label="Map"
                  value={map ?? ""}
                  options={maps.map(({ id, title }) => ({ value: id, label: title }))}
                  onChange={(next) => change({ map: next, score: "" })}
                />
              </Labelled>
            )}
            <Labelled label="Responses to">
              <Select
                label="Score"
                value={draft.score}
                options={[
                  ...(score ? [] : [{ value: draft.score, label: draft.score || "Choose a score" }]),
                  ...scores.map(({ name, scale: [worst, best] }) => ({
                    value: name,
                    label: name,
                    about: `from ${number(worst)} to ${number(best)}`,
                  })),
                ]}
                onChange={(name) => {
                  change({ score: name });
                  const other = scores.find((one) => one.name === name);
                  if (other && bound !== "") setBound(String(badUpTo(other)));
                }}
              />
            </Labelled>
            <Field label={score && fallsIn(score) ? "Marks from" : "Marks up to"} className="w-28">
              <Input
                type="number"
                step="any"
                value={bound}
                onChange={(event) => setBound(event.target.value)}
                required={!draft.with_words}
              />
            </Field>
          </Row>
          <Switch
            label="Only with words"
            checked={draft.with_words ?? false}
            onChange={(with_words) => change({ with_words })}
          />
          <Field label="Who sees to it · optional" about="Left empty: whoever answers for the touchpoint or the stage.">
            <Input
              value={draft.owner ?? ""}
              onChange={(event) => change({ owner: event.target.value })}
              maxLength={200}
              dir="auto"
            />
          </Field>
          <Row>
            <SpanSelect label="Due within" value={draft.due ?? "2d"} spans={DUE} onChange={(due) => change({ due })} />
            <SpanSelect
              label="Responses not older than"
              value={draft.within ?? "14d"}
              spans={WITHIN}
              onChange={(within) => change({ within })}
            />
          </Row>
          <TellField value={tell} onChange={setTell} />
          <Switch
            label="Off: opens no cases for now"
            checked={draft.is_off ?? false}
            onChange={(is_off) => change({ is_off })}
          />
        </fieldset>
      </form>
      {before && mayChange && (rule.tell?.length ?? 0) > 0 && (
        <div className="mt-5">
          <TestTelling id={before.id} unsaved={changed} />
        </div>
      )}
      {save.isError && <ProblemNote error={save.error} />}
    </Drawer>
  );
}

const Row = ({ children }: { children: ReactNode }) => <div className="flex flex-wrap gap-4">{children}</div>;

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col items-start gap-1">
      <span className="font-medium text-sm">{label}</span>
      {children}
    </div>
  );
}
