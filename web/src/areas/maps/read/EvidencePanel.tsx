import { Users } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import type { JsonObject } from "@/api/contract";
import type { Estimate, MeasuredGroup, MeasuredMap, Meta } from "@/api/model";
import type { PeopleOf } from "@/charts/People";
import { Button } from "@/ui/Button";
import { Skeleton } from "@/ui/States";
import { ago, count, seconds, share, time } from "@/words/format";
import { type Counted, countedOf, type MeasuredSubject, type Subject } from "../evidence";
import {
  type Beside,
  beliefGap,
  emotionFigure,
  gapTest,
  kpiFigure,
  people,
  shareOf,
  VERDICT_WORDS,
  verdictOf,
} from "../measured";
import { ChannelIcon } from "./parts";
import { Trend } from "./Trend";

const FindingsHere = lazy(() => import("@/findings/FindingsHere"));

export interface EvidenceOf {
  map: MeasuredMap;
  group: MeasuredGroup;
  beside?: Beside;
  subject: Subject;
  /** How the figures were computed; nothing while they are being counted. */
  meta?: Meta;
  question: JsonObject;
  /** Opens the people behind a count; they are not offered without. */
  onPeople?: (people: PeopleOf) => void;
  /** Opens the evidence of something else; findings are not looked for without. */
  onOpen?: (subject: Subject) => void;
  /** Looks at a stage from near. */
  onZoom?: (stage: number) => void;
}

/** The heading of a subject. */
export function subjectTitle(
  map: MeasuredMap,
  group: MeasuredGroup,
  subject: Subject,
): { kind: string; title: string } {
  switch (subject.sort) {
    case "stage":
      return { kind: "Stage", title: map.stages[subject.stage]?.name ?? "" };
    case "emotion":
      return { kind: "Emotion", title: map.stages[subject.stage]?.name ?? "" };
    case "finding":
      return { kind: "Found at", title: map.touchpoints[subject.touchpoint]?.name ?? "" };
    case "touchpoint":
      return { kind: "Touchpoint", title: map.touchpoints[subject.touchpoint]?.name ?? "" };
    case "kpi":
      return {
        kind: `Key figure of ${map.stages[subject.stage]?.name ?? ""}`,
        title: group.stages[subject.stage]?.kpis[subject.kpi]?.name ?? "",
      };
  }
}

/** What is known about one thing of the map: how many, how sure, compared with what, who, and what they said. */
export function EvidenceFacts(props: EvidenceOf) {
  const { map, subject, question, onPeople, onOpen } = props;
  const touchpoint = subject.sort === "finding" || subject.sort === "touchpoint" ? subject.touchpoint : null;
  const info = touchpoint === null ? undefined : map.touchpoints[touchpoint];
  const findings = info && touchpoint !== null && onOpen && (
    <Suspense fallback={<Skeleton className="h-10" lines={3} />}>
      <FindingsHere
        question={question}
        touchpoint={info.id}
        id={subject.sort === "finding" ? subject.id : undefined}
        onOpen={(id) => onOpen({ sort: "finding", touchpoint, id })}
        onPeople={onPeople}
      />
    </Suspense>
  );
  return subject.sort === "finding" ? findings : <Measured {...props} subject={subject} findings={findings} />;
}

type MeasuredOf = EvidenceOf & { subject: MeasuredSubject };

function Measured({ findings, ...props }: MeasuredOf & { findings: ReactNode }) {
  const { map, group, subject, meta, question } = props;
  const counted = countedOf(map, group, subject);
  const stage = stageOf(map, subject);
  const quotes = subject.sort === "touchpoint" ? [] : (group.stages[stage]?.quotes ?? []);
  const [first, ...more] = counted;
  const trend = trendOf(map, group, subject);
  const open = (one: Counted) =>
    props.onPeople?.({
      analysis: "map",
      question,
      place: one.place,
      title: one.title,
    });
  return (
    <div className="flex flex-col gap-6">
      <Facts {...props} />
      {first && props.onPeople && (
        <div className="flex flex-col items-start gap-2">
          <Button look="solid" onClick={() => open(first)}>
            <Users size={14} aria-hidden /> See the {count(first.count)} people
          </Button>
          <p className="text-muted text-sm" dir="auto">
            {first.title}
          </p>
          {more.map((one) => (
            <button
              key={one.title}
              type="button"
              onClick={() => open(one)}
              className="text-left text-sm underline decoration-line-strong underline-offset-4 hover:decoration-ink"
            >
              <span className="figures">{count(one.count)}</span> · <span dir="auto">{one.title}</span>
            </button>
          ))}
        </div>
      )}
      {findings}
      {trend && <Trend map={map} question={question} {...trend} />}
      <Who {...props} />
      {quotes.length > 0 && (
        <Part title="What they said">
          <ul className="flex flex-col gap-3">
            {quotes.map((quote) => (
              <li key={quote.text} className="border-line-strong border-l-2 pl-3">
                <p dir="auto" className="break-words">
                  “{quote.text}”
                </p>
                {quote.score !== null && (
                  <p className="figures text-muted text-sm">scored {emotionFigure(quote.score, 1)} of −1 to +1</p>
                )}
              </li>
            ))}
          </ul>
        </Part>
      )}
      {subject.sort !== "touchpoint" && props.onZoom && (
        <button
          type="button"
          onClick={() => props.onZoom?.(stage)}
          className="self-start text-sm underline decoration-line-strong underline-offset-4 hover:decoration-ink"
        >
          Look at {map.stages[stage]?.name} from near
        </button>
      )}
      {meta && (
        <p className="border-line border-t pt-3 text-muted text-sm">
          {meta.watermark && (
            <>
              Data up to <span className="figures">{time(meta.watermark)} UTC</span>, {ago(meta.watermark)}.{" "}
            </>
          )}
          {meta.semantics}
        </p>
      )}
    </div>
  );
}

const stageOf = (map: MeasuredMap, subject: MeasuredSubject): number =>
  subject.sort === "touchpoint" ? (map.touchpoints[subject.touchpoint]?.stage ?? 0) : subject.stage;

/** Of what the number of people over time is shown: the touchpoint that it is about, else the stage. */
function trendOf(
  map: MeasuredMap,
  group: MeasuredGroup,
  subject: MeasuredSubject,
): { group: string; of: JsonObject; name: string } | undefined {
  const info = subject.sort === "touchpoint" ? map.touchpoints[subject.touchpoint] : undefined;
  if (info) return { group: group.id, of: { touchpoint: info.id }, name: info.name };
  const stage = map.stages[stageOf(map, subject)];
  return stage && { group: group.id, of: { stage: stage.id }, name: stage.name };
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-2 font-semibold text-sm">{title}</h3>
      {children}
    </section>
  );
}

type Row = [name: string, value: ReactNode];

function List({ rows }: { rows: (Row | false | null | undefined | "")[] }) {
  return (
    <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1.5">
      {rows
        .filter((row): row is Row => Boolean(row))
        .map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="figures min-w-0 break-words">{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** The figure large, its interval drawn, and the rest in rows. */
function Facts({ map, group, beside, subject }: MeasuredOf) {
  switch (subject.sort) {
    case "kpi": {
      const kpi = group.stages[subject.stage]?.kpis[subject.kpi];
      if (!kpi) return null;
      const show = (value: number) => kpiFigure(value, kpi.format);
      const verdict = verdictOf(kpi);
      return (
        <div className="flex flex-col gap-4">
          <Headline
            value={kpi.value ? show(kpi.value.value) : "–"}
            about={kpi.target === null ? "no target" : `target ${show(kpi.target)}`}
          />
          {kpi.value && (
            <IntervalBar
              estimate={kpi.value}
              mark={kpi.target}
              markName="target"
              bounds={kpi.format === "share" ? [0, 1] : kpi.format === "score" ? [-100, 100] : undefined}
              tone="bg-ink"
              show={show}
            />
          )}
          <List
            rows={[
              kpi.value && ["Interval", `${show(kpi.value.low)} to ${show(kpi.value.high)} (95 %)`],
              kpi.value ? ["Observations", count(kpi.value.n)] : ["Observations", "none in this period"],
              kpi.response && ["Answered", `${share(kpi.response.value)} of ${count(kpi.response.n)} who were asked`],
              verdict && [
                "Verdict",
                `${verdict === "met" ? "▲ " : verdict === "missed" ? "▼ " : ""}${VERDICT_WORDS[verdict]}`,
              ],
              kpi.smaller_is_better && ["Better", "when smaller"],
              kpi.owner && ["Owner", <bdi key="owner">{kpi.owner}</bdi>],
            ]}
          />
        </div>
      );
    }
    case "touchpoint": {
      const info = map.touchpoints[subject.touchpoint];
      const own = group.touchpoints[subject.touchpoint];
      if (!info || !own) return null;
      return (
        <div className="flex flex-col gap-4">
          <Headline value={shareOf(own.reach)} about={`of ${people(group.customers)} ${map.unit}`} />
          <List
            rows={[
              ["How many", `${people(own.customers)} ${map.unit}`],
              ["Events", people(own.events)],
              own.customers > 0 && ["Events each", (own.events / own.customers).toFixed(1)],
              [
                "Channel",
                <span key="channel" className="inline-flex items-center gap-1.5">
                  <ChannelIcon channel={info.channel} />
                  <bdi>{info.channel ?? "none"}</bdi>
                  {info.offline && " (offline)"}
                </span>,
              ],
              info.owned_by !== "brand" && ["Whose", OWNED[info.owned_by]],
              ["Stage", <bdi key="stage">{map.stages[info.stage]?.name}</bdi>],
            ]}
          />
        </div>
      );
    }
    case "emotion": {
      const info = map.stages[subject.stage];
      const own = group.stages[subject.stage];
      const emotion = own?.emotion ?? null;
      const gap = own ? beliefGap(info?.believed ?? null, own) : null;
      const test = own ? gapTest(info?.believed ?? null, own) : null;
      return (
        <div className="flex flex-col gap-4">
          <Headline
            value={emotion ? emotionFigure(emotion.value) : "–"}
            about={emotion ? "of −1 (awful) to +1 (wonderful)" : "no scores in this period"}
          />
          {emotion && (
            <IntervalBar
              estimate={emotion}
              mark={info?.believed ?? null}
              markName="believed"
              bounds={[-1, 1]}
              tone="bg-ink"
              show={emotionFigure}
            />
          )}
          <List
            rows={[
              emotion && ["Interval", `${emotionFigure(emotion.low)} to ${emotionFigure(emotion.high)} (95 %)`],
              emotion && ["Scores", count(emotion.n)],
              ["Believed", info?.believed == null ? "not said" : emotionFigure(info.believed)],
              gap !== null && [
                "⚑ Gap",
                `${Math.abs(gap).toFixed(2)}: the team believes it is ${gap > 0 ? "better" : "worse"} than customers say`,
              ],
              test && ["By chance", test.p < 0.001 ? "less than 0.1 % of cases" : `${share(test.p)} of cases`],
            ]}
          />
        </div>
      );
    }
    case "stage": {
      const info = map.stages[subject.stage];
      const own = group.stages[subject.stage];
      const next = map.stages[subject.stage + 1];
      const other = beside?.group.stages[subject.stage];
      if (!info || !own) return null;
      const { conversion } = own;
      return (
        <div className="flex flex-col gap-4">
          <Headline
            value={people(own.customers)}
            about={`${shareOf(own.share)} of ${people(group.customers)} ${map.unit}`}
          />
          {conversion && next && (
            <div>
              <p className="mb-1">
                <span className="figures font-semibold">{share(conversion.value)}</span> go on to <bdi>{next.name}</bdi>
              </p>
              <IntervalBar
                estimate={conversion}
                mark={other?.conversion?.value ?? null}
                markName={beside?.name ?? ""}
                bounds={[0, 1]}
                tone="bg-ink"
                show={share}
              />
            </div>
          )}
          <List
            rows={[
              ["Events", people(own.events)],
              own.median_seconds_to_next !== null && [
                "Median time",
                `${seconds(own.median_seconds_to_next)} to the next stage`,
              ],
              next && !Number.isNaN(own.dropped) && ["No further", count(own.dropped)],
              own.back_customers > 0 && ["Went back", `${count(own.back_customers)}, ${count(own.back_count)} times`],
              info.goal && ["Goal", <bdi key="goal">{info.goal}</bdi>],
              info.owner && ["Owner", <bdi key="owner">{info.owner}</bdi>],
            ]}
          />
        </div>
      );
    }
  }
}

const OWNED = {
  brand: "the brand's own",
  partner: "a partner's",
  customer: "the customer's own",
  social: "social or independent",
};

function Headline({ value, about }: { value: string; about: string }) {
  return (
    <p className="flex flex-wrap items-baseline gap-x-3">
      <span className="figures font-semibold text-xl tracking-[-0.02em]">{value}</span>
      <span className="text-muted" dir="auto">
        {about}
      </span>
    </p>
  );
}

interface IntervalBarProps {
  estimate: Estimate;
  mark: number | null;
  markName: string;
  bounds?: [number, number];
  tone: string;
  show: (value: number) => string;
}

/** An estimate with its interval on a line, and a mark to compare it with. */
export function IntervalBar({ estimate, mark, markName, bounds, tone, show }: IntervalBarProps) {
  const values = [estimate.low, estimate.high, ...(mark === null ? [] : [mark])];
  const [low, high] = bounds ?? [Math.min(0, ...values), Math.max(...values) * 1.1 || 1];
  // The name of the mark stands where that of an end would be.
  const place = mark === null ? 0.5 : (mark - low) / (high - low);
  const at = (value: number) => `${Math.min(100, Math.max(0, ((value - low) / (high - low)) * 100))}%`;
  return (
    <div className="figures text-muted text-xs" aria-hidden>
      <div className="relative h-4">
        <span className="absolute inset-x-0 top-1/2 h-px bg-line-strong" />
        {low < 0 && <span className="absolute top-1 bottom-1 w-px bg-line-strong" style={{ left: at(0) }} />}
        <span
          className={`absolute top-1/2 h-1.5 -translate-y-1/2 rounded-full opacity-35 ${tone}`}
          style={{ left: at(estimate.low), width: `max(4px, calc(${at(estimate.high)} - ${at(estimate.low)}))` }}
        />
        <span
          className={`absolute top-1/2 size-2.5 -translate-x-1/2 -translate-y-1/2 rounded-full ${tone}`}
          style={{ left: at(estimate.value) }}
        />
        {mark !== null && (
          <span className="absolute inset-y-0 w-0.5 -translate-x-1/2 bg-muted" style={{ left: at(mark) }} />
        )}
      </div>
      <div className="relative h-4">
        <span className={place < 0.4 ? "invisible" : ""}>{show(low)}</span>
        {mark !== null && (
          <span
            className="absolute max-w-40 -translate-x-1/2 truncate"
            style={{ left: `clamp(80px, ${at(mark)}, calc(100% - 80px))` }}
          >
            {markName} {show(mark)}
          </span>
        )}
        <span className={`absolute right-0 ${place > 0.6 ? "invisible" : ""}`}>{show(high)}</span>
      </div>
    </div>
  );
}

/** The same figure for everybody and each persona. */
function Who({ map, group, subject }: MeasuredOf) {
  const figures = map.groups.map((one) => ({ one, ...figureOf(one, subject) }));
  if (figures.length < 2 || figures.every(({ value }) => value === null)) return null;
  const most = Math.max(...figures.map(({ value }) => Math.abs(value ?? 0))) || 1;
  const what = figureName(group, subject);
  return (
    <Part title={`Who: ${what}`}>
      <table className="w-full">
        <caption className="sr-only">{what} by persona</caption>
        <tbody>
          {figures.map(({ one, value, text, interval }) => (
            <tr key={one.id}>
              <th
                scope="row"
                className={`max-w-40 truncate py-1 pr-3 text-left text-sm ${one.id === group.id ? "font-semibold" : "font-normal"}`}
                dir="auto"
                title={one.about ?? undefined}
              >
                {one.name}
              </th>
              <td className="w-full pr-3">
                <span
                  aria-hidden
                  className="block h-1.5 rounded-full bg-ink/25"
                  style={{ width: `${(Math.abs(value ?? 0) / most) * 100}%` }}
                />
              </td>
              <td className="figures whitespace-nowrap text-right text-sm" title={interval}>
                {text}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Part>
  );
}

function figureOf(
  group: MeasuredGroup,
  subject: MeasuredSubject,
): { value: number | null; text: string; interval?: string } {
  const shown = (estimate: Estimate | null | undefined, show: (value: number) => string) =>
    estimate
      ? {
          value: estimate.value,
          text: show(estimate.value),
          interval: `${show(estimate.low)} to ${show(estimate.high)}, n ${count(estimate.n)}`,
        }
      : { value: null, text: "–" };
  const reach = (value: number | undefined) =>
    value === undefined || Number.isNaN(value) ? { value: null, text: "–" } : { value, text: share(value) };
  switch (subject.sort) {
    case "stage": {
      const stage = group.stages[subject.stage];
      return stage?.conversion ? shown(stage.conversion, share) : reach(stage?.share);
    }
    case "emotion":
      return shown(group.stages[subject.stage]?.emotion, emotionFigure);
    case "touchpoint":
      return reach(group.touchpoints[subject.touchpoint]?.reach);
    case "kpi": {
      const kpi = group.stages[subject.stage]?.kpis[subject.kpi];
      return kpi ? shown(kpi.value, (value) => kpiFigure(value, kpi.format)) : { value: null, text: "–" };
    }
  }
}

function figureName(group: MeasuredGroup, subject: MeasuredSubject): string {
  switch (subject.sort) {
    case "stage":
      return group.stages[subject.stage]?.conversion ? "share that goes on" : "share that gets here";
    case "emotion":
      return "how they feel here";
    case "touchpoint":
      return "share that has it";
    case "kpi":
      return group.stages[subject.stage]?.kpis[subject.kpi]?.name ?? "";
  }
}
