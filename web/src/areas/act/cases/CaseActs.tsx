import { useState } from "react";
import type { Case, CaseAct, Outcome } from "@/api/followup";
import { Button } from "@/ui/Button";
import { Field, Input, Textarea } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { toast, toastProblem } from "@/ui/Toast";
import { useAsMe, useMe } from "../me";
import { useActOnCase } from "../queries";
import { OUTCOMES } from "./words";

type Form = "assign" | "due" | "close";

const TEXT_MAX = 4000;
/** A point in time as the browser's field has it; all times are UTC. */
const fieldOf = (instant: string) => new Date(instant).toISOString().slice(0, 16);

/** What one can do with a case, by its state. */
export function CaseActs({ one }: { one: Case }) {
  const act = useActOnCase(one.id);
  const me = useMe();
  const { asMe, dialog } = useAsMe();
  const [form, setForm] = useState<Form | null>(null);
  const [note, setNote] = useState("");
  const run = (what: CaseAct, said: string, back?: CaseAct) =>
    // A promise, because the case may look otherwise when it is done.
    asMe((who) =>
      act.mutateAsync({ act: what.do === "take" ? { do: "take", by: who } : what, who }).then(() => {
        setForm(null);
        if (what.do === "note") setNote("");
        toast(said, back && (() => act.mutateAsync({ act: back, who }).catch(toastProblem)));
      }, toastProblem),
    );
  const closed = one.status === "closed";
  const mine = one.status === "in_hand" && one.owner === me;
  return (
    <section aria-label="What to do" className="flex flex-col gap-4 rounded-lg bg-sunken p-4">
      {!closed && (
        <div className="flex flex-wrap gap-2">
          {!mine && (
            <Button
              look="solid"
              disabled={act.isPending}
              onClick={() => run({ do: "take", by: "" }, "You see to it now")}
            >
              I see to it
            </Button>
          )}
          <FormButton form="close" now={form} onForm={setForm} solid={mine}>
            Close …
          </FormButton>
          <FormButton form="assign" now={form} onForm={setForm}>
            Give to …
          </FormButton>
          <FormButton form="due" now={form} onForm={setForm}>
            Due …
          </FormButton>
        </div>
      )}
      {form === "close" && (
        <Close
          busy={act.isPending}
          onDone={(outcome, text) =>
            run({ do: "close", outcome, text }, "The case is closed", { do: "reopen", text: "" })
          }
        />
      )}
      {form === "assign" && (
        <Assign
          busy={act.isPending}
          onDone={(owner) =>
            run(
              { do: "assign", owner },
              `${owner} sees to it now`,
              one.owner ? { do: "assign", owner: one.owner } : undefined,
            )
          }
        />
      )}
      {form === "due" && (
        <Due
          due={one.due_at}
          busy={act.isPending}
          onDone={(at) => run({ do: "due", at }, "It is due at another time now", { do: "due", at: one.due_at })}
        />
      )}
      {form === null && (
        <form
          className="flex flex-col items-start gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (closed) run({ do: "reopen", text: note.trim() }, "The case is open again");
            else run({ do: "note", text: note.trim() }, "Noted");
          }}
        >
          <Field label={closed ? "Why open it again? · optional" : "Note"} className="w-full">
            <Textarea
              value={note}
              onChange={(event) => setNote(event.target.value)}
              maxLength={TEXT_MAX}
              dir="auto"
              required={!closed}
              className="min-h-14"
            />
          </Field>
          <Button type="submit" disabled={(note.trim() === "" && !closed) || act.isPending}>
            {closed ? "Reopen" : "Add the note"}
          </Button>
        </form>
      )}
      {dialog}
    </section>
  );
}

interface FormButtonProps {
  form: Form;
  now: Form | null;
  onForm: (form: Form | null) => void;
  solid?: boolean;
  children: string;
}

function FormButton({ form, now, onForm, solid, children }: FormButtonProps) {
  return (
    <Button
      look={solid ? "solid" : "outline"}
      aria-expanded={now === form}
      onClick={() => onForm(now === form ? null : form)}
    >
      {children}
    </Button>
  );
}

const OPTIONS = (Object.entries(OUTCOMES) as [Outcome, string][]).map(([value, label]) => ({ value, label }));

function Close({ busy, onDone }: { busy: boolean; onDone: (outcome: Outcome, text: string) => void }) {
  const [outcome, setOutcome] = useState<Outcome>("solved");
  const [text, setText] = useState("");
  return (
    <form
      className="flex flex-col items-start gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onDone(outcome, text.trim());
      }}
    >
      <div className="flex items-center gap-3">
        <span className="font-medium text-sm">What came of it</span>
        <Select label="What came of it" value={outcome} options={OPTIONS} onChange={setOutcome} />
      </div>
      <Field label="Note · optional" className="w-full">
        <Textarea value={text} onChange={(event) => setText(event.target.value)} maxLength={TEXT_MAX - 50} dir="auto" />
      </Field>
      <Button look="solid" type="submit" disabled={busy}>
        Close the case
      </Button>
    </form>
  );
}

function Assign({ busy, onDone }: { busy: boolean; onDone: (owner: string) => void }) {
  const [owner, setOwner] = useState("");
  return (
    <form
      className="flex items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onDone(owner.trim());
      }}
    >
      <Field label="Who sees to it" className="min-w-0 flex-1">
        <Input
          value={owner}
          onChange={(event) => setOwner(event.target.value)}
          maxLength={200}
          dir="auto"
          required
          autoFocus
        />
      </Field>
      <Button look="solid" type="submit" disabled={busy || owner.trim() === ""}>
        Give
      </Button>
    </form>
  );
}

function Due({ due, busy, onDone }: { due: string; busy: boolean; onDone: (at: string) => void }) {
  const [at, setAt] = useState(fieldOf(due));
  return (
    <form
      className="flex flex-wrap items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onDone(`${at}:00Z`);
      }}
    >
      <Field label="Due (UTC)">
        <Input type="datetime-local" value={at} onChange={(event) => setAt(event.target.value)} required autoFocus />
      </Field>
      <Button look="solid" type="submit" disabled={busy || at === ""}>
        Set
      </Button>
    </form>
  );
}
