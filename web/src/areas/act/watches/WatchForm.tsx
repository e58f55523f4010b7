import { useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import type { JsonObject } from "@/api/contract";
import type { Judged, Rhythm, Watch, When } from "@/api/followup";
import { useAnswer, useSaved, useSnapshot } from "@/api/queries";
import { Drawer } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { ProblemNote, Skeleton } from "@/ui/States";
import { Expected } from "../Expected";
import { Choose, KeptPanel, Row } from "../KeptPanel";
import { useTry, useWatches } from "../queries";
import { useScores } from "../useScores";
import {
  boundOf,
  chanceWords,
  INTERVALS,
  type Interval,
  intervalOf,
  kpiSubject,
  RHYTHMS,
  STATES,
  type Subject,
  savedSubject,
  subjectOf,
  subjectWords,
} from "./words";

interface PanelProps {
  id: string;
  onClose: () => void;
}

/** A watch: a new one, perhaps of what Explore shows, or one that is there. */
export function WatchPanel({ id, onClose }: PanelProps) {
  const { of } = useSearch({ from: "/act/watches" });
  const watches = useWatches();
  const { map, pending } = useScores();
  const watch = watches.data?.watches.find((one) => one.id === id)?.watch;
  if (watches.isPending || pending || (!watch && id !== "new")) {
    return (
      <Drawer open onClose={onClose} title="Watch">
        {watches.isPending || pending ? (
          <Skeleton className="h-8" lines={4} />
        ) : (
          <p className="text-muted">There is no such watch. It may have been removed.</p>
        )}
      </Drawer>
    );
  }
  const taken = watches.data?.watches.map((one) => one.id) ?? [];
  const asked = of && subjectOf(of.analysis, of.question as JsonObject);
  const first: Watch = asked
    ? {
        name: of.name ?? subjectWords(asked),
        ...asked,
        when: asked.analysis === "findings" ? "found" : { unusual: {} },
      }
    : { name: "New findings", analysis: "findings", question: {}, ...(map && { map }), when: "found" };
  return <Form id={watch ? id : undefined} watch={watch ?? first} map={map} taken={taken} onClose={onClose} />;
}

interface FormProps {
  id?: string;
  watch: Watch;
  /** Whose key figures are offered. */
  map?: string;
  taken: readonly string[];
  onClose: () => void;
}

const same = (a: Subject, b: Subject) =>
  JSON.stringify([a.analysis, a.question, a.map, a.line]) === JSON.stringify([b.analysis, b.question, b.map, b.line]);

function Form({ id, watch, map, taken, onClose }: FormProps) {
  const [draft, setDraft] = useState(watch);
  const change = (part: Partial<Watch>) => setDraft({ ...draft, ...part });
  const interval = intervalOf(draft.analysis, draft.question);
  const subjects = useSubjects(watch, map, interval ?? "day");
  const at = subjects.findIndex((one) => same(one.subject, draft));
  const choose = (index: number) => {
    const { subject, name } = subjects[index] ?? {};
    if (!subject) return;
    const { line: _, map: __, ...rest } = draft;
    const findings = subject.analysis === "findings";
    const when: When = findings ? "found" : draft.when === "found" ? { unusual: {} } : draft.when;
    // A name that was not written by hand follows what is watched.
    const named = subjects.some(({ name }) => name === draft.name) ? { name: name ?? draft.name } : {};
    setDraft({ ...rest, ...subject, when, ...named });
  };
  return (
    <KeptPanel
      kind="watches"
      what="Watch"
      about="It looks once each day, week or month is over. What goes on is told once."
      id={id}
      before={watch}
      draft={draft}
      onChange={change}
      taken={taken}
      onClose={onClose}
      more={
        <Choose
          label="How soon they are told"
          value={draft.rhythm ?? "at_once"}
          options={Object.entries(RHYTHMS) as [Rhythm, string][]}
          onChange={(rhythm) => change({ rhythm })}
        />
      }
    >
      <Row>
        <Choose
          label="Watch"
          value={String(at)}
          options={[
            ...(at < 0 ? [["-1", subjectWords(draft)] as const] : []),
            ...subjects.map(({ label }, index) => [String(index), label] as const),
          ]}
          onChange={(index) => choose(Number(index))}
        />
        {interval && (
          <Choose
            label="By the"
            value={interval}
            options={INTERVALS.map((one) => [one, one] as const)}
            onChange={(next) => change({ question: { ...draft.question, interval: next } })}
          />
        )}
      </Row>
      {interval && <WhenFields when={draft.when} interval={interval} onChange={(when) => change({ when })} />}
      <Preview draft={draft} />
    </KeptPanel>
  );
}

interface Offered {
  label: string;
  /** What a watch of it is called at first. */
  name: string;
  subject: Subject;
}

/** What can be watched: what is found, the key figures of the map, saved answers, and what the watch is of already. */
function useSubjects(watch: Watch, map: string | undefined, interval: Interval): Offered[] {
  const snapshot = useSnapshot();
  const saved = useSaved().data?.answers;
  const kpis = useAnswer({ analysis: "kpis", question: { map: map ?? "" }, snapshot }, map !== undefined).data;
  return useMemo(() => {
    const findings: Subject = { analysis: "findings", question: {}, ...(map && { map }) };
    const figures = kpis?.view.shape === "kpis" ? kpis.view.figures.filter(({ of }) => !of) : [];
    const offered = [
      { label: "New findings", name: "New findings", subject: findings },
      ...(map === undefined
        ? []
        : figures.map((one) => ({ label: one.name, name: one.name, subject: kpiSubject(one, map, interval) }))),
      ...(saved ?? []).flatMap((answer) => {
        const subject = savedSubject(answer);
        return subject ? [{ label: `Saved: ${answer.name}`, name: answer.name, subject }] : [];
      }),
    ];
    const { analysis, question, line } = watch;
    const own: Subject = { analysis, question, ...(watch.map && { map: watch.map }), ...(line && { line }) };
    return offered.some(({ subject }) => same(subject, own))
      ? offered
      : [{ label: subjectWords(own), name: watch.name, subject: own }, ...offered];
  }, [watch, map, interval, saved, kpis]);
}

const KINDS = [
  ["unusual", "It is out of line"],
  ["below", "It is surely below"],
  ["above", "It is surely above"],
] as const;
const WAYS = [
  ["", "either way"],
  ["up", "only upwards"],
  ["down", "only downwards"],
] as const;
const CHANCES = [0.01, 0.001, 0.0001];

interface WhenProps {
  when: When;
  interval: Interval;
  onChange: (when: When) => void;
}

/** When it tells. */
function WhenFields({ when, interval, onChange }: WhenProps) {
  const bound = typeof when === "object" && ("below" in when ? when.below : "above" in when ? when.above : null);
  const [text, setText] = useState(typeof bound === "number" ? String(bound) : "");
  const unusual = typeof when === "object" && "unusual" in when ? when.unusual : null;
  const kind = unusual ? "unusual" : typeof when === "object" && "below" in when ? "below" : "above";
  const setBound = (kind: "below" | "above", text: string) => {
    setText(text);
    const value = boundOf(text) ?? Number.NaN;
    onChange(kind === "below" ? { below: value } : { above: value });
  };
  const { chance = 0.001, way } = unusual ?? {};
  return (
    <>
      <Row>
        <Choose
          label="Tell when"
          value={kind}
          options={KINDS}
          onChange={(next) => (next === "unusual" ? onChange({ unusual: {} }) : setBound(next, text))}
        />
        {unusual ? (
          <Choose
            label="Which way"
            value={way ?? ""}
            options={WAYS}
            onChange={(next) => onChange({ unusual: { chance, ...(next && { way: next }) } })}
          />
        ) : (
          <Field
            label="Bound"
            className="w-32"
            problem={text !== "" && boundOf(text) === null ? "A number, or a share such as 30 %." : undefined}
          >
            <Input
              value={text}
              onChange={(event) => setBound(kind as "below" | "above", event.target.value)}
              placeholder="30, or 30 %"
              required
            />
          </Field>
        )}
      </Row>
      {unusual && (
        <Choose
          label="False alarms"
          value={String(chance)}
          options={[...new Set([...CHANCES, chance])].map((one) => [String(one), chanceWords(one, interval)] as const)}
          onChange={(next) => onChange({ unusual: { ...unusual, chance: Number(next) } })}
        />
      )}
    </>
  );
}

const SETTLED_MS = 400;
const SHOWN = 5;

/** What the watch would say now. */
function Preview({ draft }: { draft: Watch }) {
  const { analysis, question, map, line, when } = draft;
  const text = JSON.stringify({ name: "try", analysis, question, map, line, when });
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  // No bound yet is null as text.
  const lacks = /"(below|above)":null/.test(settled);
  const tried = useTry(lacks ? null : (JSON.parse(settled) as Watch));
  const found = tried.data ?? [];
  return (
    <section aria-label="What it would say now" aria-busy={tried.isFetching} className="rounded-lg bg-sunken p-4">
      <h3 className="mb-2 font-medium text-sm">What it would say now</h3>
      {lacks && <p className="text-muted text-sm">Write the bound first.</p>}
      {!lacks && tried.isPending && <Skeleton className="h-5" lines={2} />}
      {tried.isError && <ProblemNote error={tried.error} compact />}
      {!lacks && !tried.isError && tried.data && (
        <>
          {found.length === 0 && <p className="text-muted text-sm">Nothing stands out.</p>}
          <ul className={`flex flex-col gap-3 ${tried.isPlaceholderData ? "opacity-60" : ""}`}>
            {found.slice(0, SHOWN).map((judged) => (
              <Said key={judged.about} judged={judged} finding={analysis === "findings"} />
            ))}
          </ul>
          {found.length > SHOWN && <p className="mt-2 text-muted text-sm">And {found.length - SHOWN} more.</p>}
          {analysis === "findings" && found.length > 0 && (
            <p className="mt-2 text-muted text-sm">These are there already: only others will be told.</p>
          )}
        </>
      )}
    </section>
  );
}

function Said({ judged, finding }: { judged: Judged; finding: boolean }) {
  return (
    <li className="text-sm">
      {!finding && (
        <p className={judged.state === "alarm" ? "font-medium text-pain" : "font-medium"}>
          {judged.state === "alarm" && <span aria-hidden>▼ </span>}
          {STATES[judged.state]}
        </p>
      )}
      <p dir="auto" className="break-words text-muted">
        {judged.text}
      </p>
      {!finding && <Expected judged={judged} />}
    </li>
  );
}
