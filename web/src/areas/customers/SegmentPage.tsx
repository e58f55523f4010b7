import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import type { Condition, JsonObject, SavedSegment } from "@/api/contract";
import { useShownSnapshot } from "@/api/live";
import {
  listPeople,
  useAnswer,
  useAskProgress,
  usePeople,
  useRemoveSaved,
  useSave,
  useSaved,
  useWorkspace,
} from "@/api/queries";
import { ConditionBuilder } from "@/conditions/ConditionBuilder";
import { useContextQuestion, useContextSearch, useSetContext } from "@/shell/context";
import { Button } from "@/ui/Button";
import { Field, Input } from "@/ui/Field";
import { Page, Section } from "@/ui/Page";
import { Progress } from "@/ui/Progress";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { toast, toastProblem } from "@/ui/Toast";
import { conditionSentence } from "@/words/condition";
import { csv, saveFile } from "@/words/csv";
import { count, date, plural, share, slug } from "@/words/format";
import { periodName } from "@/words/period";
import { countQuestion } from "./SegmentsPage";
import { type SegmentCount, segmentCounts } from "./segmentCounts";

/** How the segment on the page is called in questions: no id has a space. */
const THIS = "this segment";
const OTHERS = 19;
const DEBOUNCE_MS = 300;

/** A saved segment, which can be changed. */
export default function SegmentPage() {
  const { id } = useParams({ from: "/customers/segments/$id" });
  const saved = useSaved();
  const segment = saved.data?.segments.find((one) => one.id === id);
  if (!segment) {
    return (
      <Page title="Segment">
        {saved.isPending && <Skeleton className="h-12" lines={4} />}
        {saved.isError && <ProblemNote error={saved.error} again={() => saved.refetch()} />}
        {saved.data && (
          <EmptyState
            title="There is no such segment"
            action={
              <Link to="/customers/segments" className="underline underline-offset-4">
                All segments
              </Link>
            }
          >
            It may have been renamed or removed.
          </EmptyState>
        )}
      </Page>
    );
  }
  return <Editor key={segment.id} segment={segment} />;
}

/** A segment that is being made. */
export function NewSegmentPage() {
  return <Editor />;
}

function Editor({ segment }: { segment?: SavedSegment }) {
  const search = useSearch({ strict: false, select: ({ condition, with: beside }) => ({ condition, with: beside }) });
  const navigate = useNavigate();
  const workspace = useWorkspace();
  const condition = (search.condition as Condition | undefined) ?? segment?.condition;
  const setCondition = (next: Condition | undefined) =>
    navigate({
      to: ".",
      search: (now) =>
        ({
          ...now,
          condition: JSON.stringify(next) === JSON.stringify(segment?.condition) ? undefined : next,
        }) as never,
      replace: true,
    });
  const mayChange = workspace.data?.may_change !== false;
  const changed = search.condition !== undefined;
  return (
    <Page
      title={segment?.name ?? "New segment"}
      about={segment?.about || "Customers who meet all of this, as of the end of the period above."}
      actions={
        <>
          {segment && !changed && <UseIt segment={segment} />}
          {segment && mayChange && <Remove segment={segment} />}
        </>
      }
    >
      <section aria-label="Condition" className="mb-8">
        <ConditionBuilder
          about="customers"
          value={condition}
          onChange={setCondition}
          empty="Everybody, until a condition says otherwise."
        />
        {condition !== undefined && (
          <p dir="auto" className="mt-3 max-w-[72ch] break-words text-muted">
            Customers who {conditionSentence(condition)}.
          </p>
        )}
        {mayChange && <SaveSegment key={segment?.id} segment={segment} condition={condition} changed={changed} />}
      </section>
      {condition !== undefined && <Members condition={condition} id={segment?.id} beside={search.with} />}
    </Page>
  );
}

function UseIt({ segment }: { segment: SavedSegment }) {
  const { who } = useContextSearch();
  const set = useSetContext();
  const used = who === `segment:${segment.id}`;
  return (
    <Button
      look="solid"
      aria-pressed={used}
      onClick={() => set({ who: used ? undefined : `segment:${segment.id}` })}
      title="Narrows every map and every answer to these customers"
    >
      {used ? "Stop using it everywhere" : "Use everywhere"}
    </Button>
  );
}

function Remove({ segment }: { segment: SavedSegment }) {
  const navigate = useNavigate();
  const { who } = useContextSearch();
  const set = useSetContext();
  const remove = useRemoveSaved("segments");
  const save = useSave("segments");
  return (
    <Button
      disabled={remove.isPending}
      onClick={() =>
        remove.mutate(segment.id, {
          onSuccess: async () => {
            if (who === `segment:${segment.id}`) await set({ who: undefined });
            navigate({ to: "/customers/segments" });
            toast(`Segment “${segment.name}” is removed`, () => save.mutate(segment, { onError: toastProblem }));
          },
          onError: toastProblem,
        })
      }
    >
      Remove
    </Button>
  );
}

interface SaveSegmentProps {
  segment?: SavedSegment;
  condition: Condition | undefined;
  changed: boolean;
}

function SaveSegment({ segment, condition, changed }: SaveSegmentProps) {
  const navigate = useNavigate();
  const saved = useSaved();
  const save = useSave("segments");
  const remove = useRemoveSaved("segments");
  const [name, setName] = useState(segment?.name ?? "");
  // A segment keeps its id when it is renamed, so that what uses it goes on.
  const id = segment?.id ?? slug(name);
  const taken = !segment && saved.data?.segments.find((one) => one.id === id);
  const renamed = segment !== undefined && name.trim() !== segment.name;
  if (segment && !changed && !renamed && condition !== undefined) {
    return (
      <Name name={name} onChange={setName} label="Name">
        {null}
      </Name>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (condition === undefined) return;
        save.mutate(
          { id, name: name.trim(), about: segment?.about ?? "", condition },
          {
            onSuccess: () => {
              toast(`Segment “${name.trim()}” is saved`, () =>
                segment
                  ? save.mutate(segment, { onError: toastProblem })
                  : remove.mutate(id, { onError: toastProblem }),
              );
              navigate({
                to: "/customers/segments/$id",
                params: { id },
                search: (now) => ({ ...now, condition: undefined }) as never,
                replace: segment !== undefined,
              });
            },
            onError: toastProblem,
          },
        );
      }}
    >
      <Name
        name={name}
        onChange={setName}
        label="Name"
        problem={taken ? `There is a segment “${taken.name}” already.` : undefined}
      >
        <Button
          look="solid"
          type="submit"
          disabled={condition === undefined || id === "" || name.trim() === "" || Boolean(taken) || save.isPending}
        >
          {segment ? "Save changes" : "Save segment"}
        </Button>
        {segment && (
          <Button
            look="quiet"
            onClick={() => {
              setName(segment.name);
              navigate({ to: ".", search: (now) => ({ ...now, condition: undefined }) as never, replace: true });
            }}
          >
            Discard
          </Button>
        )}
      </Name>
    </form>
  );
}

interface NameProps {
  name: string;
  onChange: (name: string) => void;
  label: string;
  problem?: string;
  children: React.ReactNode;
}

function Name({ name, onChange, label, problem, children }: NameProps) {
  return (
    <div className="mt-5 flex flex-wrap items-end gap-2">
      <Field label={label} problem={problem} className="w-full max-w-72">
        <Input
          value={name}
          onChange={(event) => onChange(event.target.value)}
          maxLength={100}
          placeholder="Bought twice"
          required
        />
      </Field>
      {children}
    </div>
  );
}

interface MembersProps {
  condition: Condition;
  /** The segment's own id, which is no overlap. */
  id?: string;
  /** Another segment with which the overlap is listed. */
  beside?: string;
}

/** How many they are, what they share with other segments, and who they are. */
function Members({ condition, id, beside }: MembersProps) {
  const saved = useSaved();
  const context = useContextQuestion();
  const { period } = useContextSearch();
  const { snapshot, hold } = useShownSnapshot();
  const settled = useSettled(condition);
  const others = useMemo(
    () => (saved.data?.segments ?? []).filter((one) => one.id !== id).slice(0, OTHERS),
    [saved.data, id],
  );
  const alone = countQuestion(context.question, { [THIS]: settled });
  const counted = useAnswer({ analysis: "segments", question: alone, snapshot }, context.ready);
  const all = countQuestion(context.question, {
    [THIS]: settled,
    ...Object.fromEntries(others.map((one) => [one.id, one.condition])),
  });
  const overlap = useAnswer({ analysis: "segments", question: all, snapshot }, context.ready && others.length > 0);
  const own = segmentCounts(counted.data).get(THIS);
  const counts = segmentCounts(overlap.data);
  const other = others.find((one) => one.id === beside);
  if (counted.isError) return <ProblemNote error={counted.error} again={() => counted.refetch()} />;
  return (
    <div {...hold}>
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1" role="status" aria-busy={counted.isFetching}>
        <p className={`figures font-semibold text-xl ${counted.isPlaceholderData ? "opacity-50" : ""}`}>
          {own ? count(own.customers) : "…"}
        </p>
        <p className="figures text-muted">
          {own &&
            `${own.customers === 1 ? "customer" : "customers"}, ${share(own.share)} of those with events in ${period ? periodName(period) : "all time"}`}
        </p>
        {counted.isFetching && <Counting question={alone} />}
      </div>
      {others.length > 0 && (
        <Section
          title="Overlap"
          about="How many belong to another segment, too. Choose one to see who belongs to both."
        >
          {overlap.isError ? (
            <ProblemNote error={overlap.error} again={() => overlap.refetch()} compact />
          ) : (
            <ul>
              {others.map((one) => (
                <li key={one.id}>
                  <Overlap segment={one} own={counts.get(THIS)} their={counts.get(one.id)} chosen={one.id === beside} />
                </li>
              ))}
            </ul>
          )}
        </Section>
      )}
      <Who
        question={other ? all : alone}
        place={{ in: other ? [THIS, other.id] : [THIS] }}
        title={other ? `In both: here and “${other.name}”` : "Who they are"}
      />
    </div>
  );
}

interface OverlapProps {
  segment: SavedSegment;
  own?: SegmentCount;
  their?: SegmentCount;
  chosen: boolean;
}

function Overlap({ segment, own, their, chosen }: OverlapProps) {
  const navigate = useNavigate();
  const both = own?.both.get(segment.id) ?? 0;
  const part = own && own.customers > 0 ? both / own.customers : 0;
  const theirPart = their && their.customers > 0 ? both / their.customers : 0;
  return (
    <button
      type="button"
      aria-pressed={chosen}
      onClick={() =>
        navigate({
          to: ".",
          search: (now) => ({ ...now, with: chosen ? undefined : segment.id }) as never,
          replace: true,
        })
      }
      className="-mx-2 grid w-[calc(100%+1rem)] grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 rounded-md px-2 py-2 text-left transition-colors hover:bg-hover aria-pressed:bg-hover md:grid-cols-[minmax(0,220px)_minmax(0,1fr)_72px_260px]"
    >
      <span dir="auto" className="truncate">
        {segment.name}
      </span>
      <span aria-hidden className="h-2 rounded-full bg-sunken max-md:col-span-2 max-md:row-start-2">
        <span className="block h-2 rounded-full bg-ink" style={{ width: `${part * 100}%` }} />
      </span>
      <span className="figures text-right font-medium">{own ? count(both) : "–"}</span>
      <span className="figures text-right text-muted text-sm max-md:hidden">
        {own && `${share(part)} of these, ${share(theirPart)} of those`}
      </span>
    </button>
  );
}

function Counting({ question }: { question: JsonObject }) {
  const progress = useAskProgress({ analysis: "segments", question }, true);
  return <Progress label="Counting" of={progress} className="late w-40" />;
}

function Who({ question, place, title }: { question: JsonObject; place: JsonObject; title: string }) {
  const [atMost, setAtMost] = useState(20);
  const people = usePeople("segments", question, place, atMost);
  const found = people.data;
  return (
    <Section
      title={title}
      about={found && found.total > found.people.length && `${count(found.people.length)} of them`}
      actions={found && found.total > 0 && <SaveCsv question={question} place={place} />}
    >
      {people.isError && <ProblemNote error={people.error} again={() => people.refetch()} compact />}
      {found?.total === 0 && <p className="text-muted">Nobody.</p>}
      <ul className="grid grid-cols-1 gap-x-8 md:grid-cols-2">
        {found?.people.map((person) => (
          <li key={person.key} className="border-line border-b">
            <Link
              to="/customers/$id"
              params={{ id: person.customer ?? "" }}
              className="-mx-2 flex items-baseline gap-4 rounded-md px-2 py-2 transition-colors hover:bg-hover"
            >
              <span dir="auto" className="min-w-0 flex-1 truncate">
                {person.customer}
              </span>
              <span className="figures shrink-0 text-muted text-sm">
                {plural(person.events, "event")}, last {date(person.last)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {found && found.total > found.people.length && atMost < 1000 && (
        <Button className="mt-4" onClick={() => setAtMost(atMost < 200 ? 200 : 1000)}>
          Show more
        </Button>
      )}
    </Section>
  );
}

/** So many people the server lists at once. */
const LISTED_MAX = 10_000;

/** The members as a file for spreadsheets and mail tools. */
function SaveCsv({ question, place }: { question: JsonObject; place: JsonObject }) {
  const save = useMutation({
    mutationFn: () => listPeople("segments", question, place, LISTED_MAX),
    onSuccess: ({ people, total }) => {
      const rows = people.map((one) => [one.customer ?? String(one.key), one.events, one.first, one.last]);
      saveFile("customers.csv", csv(["customer", "events", "first", "last"], rows), "text/csv");
      if (total > people.length) {
        toast(`The first ${count(people.length)} of ${count(total)}: the command line lists all (see Act)`);
      }
    },
    onError: toastProblem,
  });
  return (
    <Button size="small" disabled={save.isPending} onClick={() => save.mutate()}>
      {save.isPending ? "Listing …" : "Save as CSV"}
    </Button>
  );
}

/** The condition once nothing has changed for a moment. */
function useSettled(condition: Condition): Condition {
  const [settled, setSettled] = useState(condition);
  const text = JSON.stringify(condition);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(text) as Condition), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
