import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { JsonObject, MapEntry } from "@/api/contract";
import type { Answer } from "@/api/model";
import { ask, useSaved, useVocabulary } from "@/api/queries";
import {
  contextQuestion,
  inContext,
  useContextMap,
  useContextQuestion,
  useContextSearch,
  useNewestDay,
} from "@/shell/context";
import { Section } from "@/ui/Page";
import { ProblemNote, Skeleton } from "@/ui/States";
import { count, difference as differenceText, figure } from "@/words/format";
import { periodName } from "@/words/period";
import { byStrength, compared, type Moved, movedIn } from "./moved";

/** When nothing else is asked for. */
const PERIOD = "30d";
const EVENTS = 20;
const SHOWN = 12;

/** What the last period has more or less of than the one before, as far as that is beyond noise. */
export function MovedSection({ snapshot, maps }: { snapshot: number; maps: readonly MapEntry[] }) {
  const context = useContextSearch();
  const { ready, missing } = useContextQuestion();
  const newest = useNewestDay();
  const saved = useSaved();
  const declared = useContextMap();
  const vocabulary = useVocabulary();
  const period = context.period ?? PERIOD;
  const question = contextQuestion({ ...context, period, compare: "previous" }, newest, saved.data, declared);
  const events = [...(vocabulary.data?.events ?? [])]
    .sort((a, b) => b.events - a.events)
    .slice(0, EVENTS)
    .map(({ name }) => name);
  const asked: { of?: string; analysis: string; question: JsonObject }[] = [
    ...maps.map((map) => ({ of: map.title, analysis: "stages", question: inContext(question, { map: map.id }) })),
    ...(events.length > 0
      ? [
          {
            analysis: "segments",
            question: {
              ...question,
              segments: Object.fromEntries(events.map((name) => [name, { did: { event: name } }])),
            },
          },
        ]
      : []),
  ];
  const answers = useQueries({
    queries: asked.map(({ analysis, question }) => ({
      queryKey: ["answer", analysis, question, snapshot],
      queryFn: ({ signal }: { signal: AbortSignal }): Promise<Answer> => ask(analysis, question, signal),
      staleTime: Number.POSITIVE_INFINITY,
      enabled: snapshot > 0 && ready && missing === null,
    })),
  });
  if (missing !== null) return null;
  const pending = vocabulary.isPending || answers.some((one) => one.isPending);
  const error = answers.find((one) => one.isError);
  const moved = byStrength(answers.flatMap((one, index) => movedIn(one.data, asked[index]?.of)));
  const looked = answers.reduce((sum, one) => sum + compared(one.data), 0);
  return (
    <Section
      title="What moved"
      about={`${periodName(period)} up to the newest day, against the same time before. Only what chance would hardly make, among all that was compared.`}
    >
      {error && <ProblemNote error={error.error} again={() => error.refetch()} compact />}
      {moved.length === 0 &&
        !error &&
        (pending ? (
          <Skeleton className="h-8" lines={4} />
        ) : (
          <p className="figures text-muted">
            Nothing moved beyond noise, among {count(looked)} figures that were compared.
          </p>
        ))}
      {moved.length > 0 && (
        <ul className="grid grid-cols-1 gap-x-12 lg:grid-cols-2">
          {moved.slice(0, SHOWN).map((one) => (
            <li key={`${one.of} ${one.difference.figure}`} className="border-line border-b">
              <MovedRow moved={one} period={period} />
            </li>
          ))}
        </ul>
      )}
      {moved.length > 0 && (
        <p className="figures mt-3 text-muted text-sm">
          {count(moved.length)} of {count(looked)} figures
          {moved.length > SHOWN && `; the ${count(SHOWN)} surest are shown`}. 95 % intervals, corrected for all that
          were looked at.
        </p>
      )}
    </Section>
  );
}

function MovedRow({ moved: { difference, of, better }, period }: { moved: Moved; period: string }) {
  const up = difference.difference.value > 0;
  const tone = better === undefined ? "" : better ? "text-delight" : "text-pain";
  const name = of === undefined ? `did “${difference.figure}”` : difference.figure;
  const inside = (
    <>
      <span className="min-w-0 flex-1">
        <span dir="auto" className="block truncate">
          {name}
        </span>
        <span dir="auto" className="figures block truncate text-muted text-sm">
          {figure(difference.there, difference.kind)} → {figure(difference.here, difference.kind)}
          {of !== undefined && ` · ${of}`}
        </span>
      </span>
      <span className="figures shrink-0 text-right">
        <span className={`block font-medium ${tone}`}>
          <span aria-hidden>{up ? "▲" : "▼"} </span>
          <span className="sr-only">{up ? "more: " : "less: "}</span>
          {differenceText(difference.difference.value, difference.kind)}
        </span>
        <span className="block text-muted text-xs">
          {differenceText(difference.difference.low, difference.kind)} to{" "}
          {differenceText(difference.difference.high, difference.kind)}
        </span>
      </span>
    </>
  );
  const look = "-mx-2 flex items-baseline gap-4 rounded-md px-2 py-2";
  if (of !== undefined) return <span className={look}>{inside}</span>;
  return (
    <Link
      to="/explore/$analysis"
      params={{ analysis: "trends" }}
      search={(now) =>
        ({
          ...now,
          period,
          compare: "previous",
          q: { measures: [{ of: { event: difference.figure }, show: "customers" }], interval: "day" },
        }) as never
      }
      className={`${look} transition-colors hover:bg-hover`}
    >
      {inside}
    </Link>
  );
}
