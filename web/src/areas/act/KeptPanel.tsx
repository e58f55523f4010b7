import { type ReactNode, useState } from "react";
import type { SavedThing } from "@/api/contract";
import { useRemoveSaved, useSave, useWorkspace } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Drawer } from "@/ui/Dialog";
import { Field, Input, Switch } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { ProblemNote } from "@/ui/States";
import { toast, toastProblem } from "@/ui/Toast";
import { slug } from "@/words/format";
import { TellField, TestTelling, tellLines, tellOf } from "./tell";

type Kind = "watches" | "case-rules";
type Kept<K extends Kind> = Omit<SavedThing<K>, "id">;

interface KeptPanelProps<K extends Kind> {
  kind: K;
  /** "Watch" or "Rule". */
  what: string;
  about: string;
  /** Undefined for a new one. */
  id?: string;
  /** As it is kept. */
  before: Kept<K>;
  /** As it is on the screen, but for whom it tells. */
  draft: Kept<K>;
  onChange: (part: Partial<Kept<K>>) => void;
  taken: readonly string[];
  /** Whether something is missing yet. */
  lacks?: boolean;
  onClose: () => void;
  children: ReactNode;
  /** Between whom it tells and the switch. */
  more?: ReactNode;
}

/** What is kept and tells people, as a form at the side: with its name, whom it tells, a test, and undo. */
export function KeptPanel<K extends Kind>(props: KeptPanelProps<K>) {
  const { kind, what, about, id, before, draft, onChange, taken, lacks, onClose, children, more } = props;
  const mayChange = useWorkspace().data?.may_change !== false;
  const [tell, setTell] = useState(tellLines(before.tell));
  const save = useSave(kind);
  const remove = useRemoveSaved(kind);
  const whole = { ...draft, name: draft.name.trim(), tell: tellOf(tell) };
  const changed = JSON.stringify(whole) !== JSON.stringify({ ...before, tell: before.tell ?? [] });
  const form = `keep-${kind}`;
  const keep = (id: string, thing: object) => save.mutateAsync({ id, ...thing } as SavedThing<K>);
  // Promises, because the panel may be gone when they are done.
  const submit = () => {
    const own = id ?? freeId(whole.name, taken, what.toLowerCase());
    keep(own, whole).then(
      () => {
        toast(`${what} “${whole.name}” is saved`, () =>
          (id === undefined ? remove.mutateAsync(own) : keep(own, before)).catch(toastProblem),
        );
        onClose();
      },
      // What is wrong is told in the form.
      () => {},
    );
  };
  const unkeep = (id: string) =>
    remove.mutateAsync(id).then(() => {
      toast(`${what} “${before.name}” is removed`, () => keep(id, before).catch(toastProblem));
      onClose();
    }, toastProblem);
  return (
    <Drawer
      open
      onClose={onClose}
      title={id === undefined ? `New ${what.toLowerCase()}` : before.name}
      about={about}
      actions={
        mayChange && (
          <>
            <Button look="solid" type="submit" form={form} disabled={save.isPending || lacks}>
              Save
            </Button>
            {id !== undefined && (
              <Button disabled={remove.isPending} onClick={() => unkeep(id)}>
                Remove
              </Button>
            )}
          </>
        )
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <fieldset disabled={!mayChange} className="flex flex-col gap-5">
          <legend className="sr-only">{what}</legend>
          <Field label="Name">
            <Input
              value={draft.name}
              onChange={(event) => onChange({ name: event.target.value } as Partial<Kept<K>>)}
              maxLength={200}
              dir="auto"
              required
            />
          </Field>
          {children}
          <TellField value={tell} onChange={setTell} />
          {more}
          <Switch
            label="Off for now"
            checked={draft.is_off ?? false}
            onChange={(is_off) => onChange({ is_off: is_off || undefined } as Partial<Kept<K>>)}
          />
        </fieldset>
      </form>
      {save.isError && <ProblemNote error={save.error} />}
      {id !== undefined && mayChange && (before.tell?.length ?? 0) > 0 && (
        <div className="mt-5">
          <TestTelling id={id} unsaved={changed} />
        </div>
      )}
    </Drawer>
  );
}

/** An id that nothing has yet, from a name in whatever script. */
export function freeId(name: string, taken: readonly string[], kind: string): string {
  const plain = slug(name) || kind;
  for (let n = 1; ; n++) {
    const id = n === 1 ? plain : `${plain.slice(0, 58)}-${n}`;
    if (!taken.includes(id)) return id;
  }
}

interface ChooseProps<T extends string> {
  label: string;
  value: T;
  /** Values with their names. */
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}

/** One of several, under its label. */
export function Choose<T extends string>({ label, value, options, onChange }: ChooseProps<T>) {
  return (
    <div className="flex min-w-0 max-w-full flex-col items-start gap-1">
      <span className="font-medium text-sm">{label}</span>
      <Select
        label={label}
        value={value}
        options={options.map(([value, label]) => ({ value, label }))}
        onChange={onChange}
        className="max-w-full"
      />
    </div>
  );
}

export const Row = ({ children }: { children: ReactNode }) => (
  <div className="flex flex-wrap items-start gap-4">{children}</div>
);
