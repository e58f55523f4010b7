import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { JsonObject } from "@/api/contract";
import { ask, usePeople, useRemoveSaved, useSave, useWorkspace } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Drawer } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { toast, toastProblem } from "@/ui/Toast";
import { conditionSentence } from "@/words/condition";
import { count, date, plural, slug } from "@/words/format";
import { segmentOf } from "./segmentOf";

export interface PeopleOf {
  analysis: string;
  /** The whole question, with its context. */
  question: JsonObject;
  place: JsonObject;
  title: string;
}

const AT_FIRST = 100;
const MOST = 1000;

/** The people behind a count: who they are, and how to keep them as a segment. */
export default function PeopleDrawer({ of, unit, onClose }: { of: PeopleOf; unit: string; onClose: () => void }) {
  const [atMost, setAtMost] = useState(AT_FIRST);
  const people = usePeople(of.analysis, of.question, of.place, atMost);
  const [saving, setSaving] = useState(false);
  const workspace = useWorkspace();
  const expressed = segmentOf(of.analysis, of.question, of.place);
  const found = people.data;
  return (
    <Drawer
      open
      onClose={onClose}
      title={of.title}
      about={found ? plural(found.total, unit.replace(/s$/, ""), unit) : "Counting …"}
      actions={
        saving && "condition" in expressed ? (
          <SaveSegment
            condition={expressed.condition}
            of={of}
            total={found?.total ?? 0}
            onDone={() => setSaving(false)}
          />
        ) : "why" in expressed ? (
          <p className="text-muted text-sm">Cannot be kept as a segment: {expressed.why}</p>
        ) : workspace.data?.may_change === false ? (
          <p className="text-muted text-sm">Saving is off: others can reach this server.</p>
        ) : (
          <Button onClick={() => setSaving(true)} disabled={!found || found.total === 0}>
            Save as segment
          </Button>
        )
      }
    >
      {people.isError && <ProblemNote error={people.error} again={() => people.refetch()} />}
      {people.isPending && <Skeleton className="h-8" lines={8} />}
      {found?.total === 0 && <EmptyState title="Nobody">Nobody stands at this place.</EmptyState>}
      {found && found.people.length > 0 && (
        <ul>
          {found.people.map((person) => (
            <li key={person.key} className="border-line border-b last:border-b-0">
              <Person person={person} />
            </li>
          ))}
        </ul>
      )}
      {found && found.people.length < found.total && (
        <p className="mt-3 text-muted text-sm">
          {count(found.people.length)} of {count(found.total)} are listed.{" "}
          {atMost < MOST && (
            <button
              type="button"
              className="underline underline-offset-2 hover:text-ink"
              onClick={() => setAtMost(MOST)}
            >
              List up to {count(MOST)}
            </button>
          )}
        </p>
      )}
    </Drawer>
  );
}

function Person({
  person,
}: {
  person: { customer?: string | null; key: number; times: number; events: number; first: string; last: string };
}) {
  const [first, last] = [date(person.first), date(person.last)];
  const about = `${plural(person.events, "event")}, ${first === last ? first : `${first} – ${last}`}${person.times > 1 ? `, counted ${person.times} times` : ""}`;
  if (!person.customer) {
    return (
      <span className="block py-2">
        <span className="figures block truncate font-medium">{person.key}</span>
        <span className="figures text-muted text-sm">{about}</span>
      </span>
    );
  }
  return (
    <Link
      to={`/customers/${encodeURIComponent(person.customer)}` as string}
      className="-mx-2 block rounded-md px-2 py-2 transition-colors hover:bg-hover"
    >
      <span dir="auto" className="block truncate font-medium">
        {person.customer}
      </span>
      <span className="figures text-muted text-sm">{about}</span>
    </Link>
  );
}

interface SaveSegmentProps {
  condition: JsonObject;
  of: PeopleOf;
  total: number;
  onDone: () => void;
}

function SaveSegment({ condition, of, total, onDone }: SaveSegmentProps) {
  const [name, setName] = useState(of.title);
  const save = useSave("segments");
  const remove = useRemoveSaved("segments");
  // Who meets the condition is counted before it is saved, because a condition is not the same as a list.
  const { question } = of;
  const preview: JsonObject = { segments: { here: condition } };
  for (const field of ["from", "to", "map", "declared", "timezone"])
    if (question[field] !== undefined) preview[field] = question[field] as never;
  const met = useQuery({
    queryKey: ["segment preview", preview],
    queryFn: async ({ signal }) => {
      const { view } = await ask("segments", preview, signal);
      const row = view.shape === "table" ? view.rows[0] : undefined;
      return typeof row?.[1] === "number" ? row[1] : null;
    },
  });
  const id = slug(name);
  return (
    <form
      className="flex w-full flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(
          { id, name, about: `People behind “${of.title}”`, condition },
          {
            onSuccess: () => {
              toast(`Segment “${name}” is saved`, () => remove.mutate(id));
              onDone();
            },
            onError: toastProblem,
          },
        );
      }}
    >
      <Field label="Name of the segment">
        <Input value={name} onChange={(event) => setName(event.target.value)} required maxLength={100} autoFocus />
      </Field>
      <p className="text-muted text-sm" dir="auto">
        Customers who {conditionSentence(condition)}.
        {typeof met.data === "number" && met.data !== total && (
          <>
            {" "}
            In this period {count(met.data)} meet that, not {count(total)}: a condition does not know every rule of the
            analysis.
          </>
        )}
        {met.data === total && <> In this period these are the same {count(total)}.</>}
      </p>
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={onDone}>
          Cancel
        </Button>
        <Button look="solid" type="submit" disabled={id === "" || save.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
