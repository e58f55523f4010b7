import { type ReactNode, useMemo } from "react";
import type { JsonObject } from "@/api/contract";
import type { Comments, CommentTheme, Interval, Mood } from "@/api/model";
import { useMayKeep, useSaved } from "@/api/queries";
import { EmptyState } from "@/ui/States";
import { count, plural, interval as range, share } from "@/words/format";
import { type Labels, negativeOverTime, TONES, trendWords } from "./comments";
import { type Layer, type OnPeople, ofLayer } from "./layers";
import { NewestComments } from "./NewestComments";
import { Said } from "./Said";
import { SeriesChart } from "./Series";
import { Spark } from "./Spark";

interface CommentsProps {
  layers: Layer<"comments">[];
  /** How time is cut. */
  interval: Interval;
  onPeople?: OnPeople;
  onList?: (n: number) => void;
}

/** What customers say: how they feel, about what, and how far the model that reads it can be trusted. */
export default function CommentsChart({ layers, onPeople, ...rest }: CommentsProps) {
  return layers.map((layer) => (
    <section key={layer.name} className="mb-8" aria-label={`Comments, ${layer.name}`}>
      {layers.length > 1 && (
        <h3 dir="auto" className="mb-2 font-semibold text-sm">
          {layer.name}
        </h3>
      )}
      <One view={layer.view} onPeople={ofLayer(layer, onPeople)} {...rest} />
    </section>
  ));
}

/** The comments of a layer, and what of them is the same for all of its parts. */
interface Of {
  view: Comments;
  labels: Labels;
  mayCorrect: boolean;
  onPeople?: OnPeople;
}

function One({ view, interval, onPeople, onList }: Omit<CommentsProps, "layers"> & { view: Comments }) {
  const saved = useSaved().data?.labels;
  const labels: Labels = useMemo(() => new Map(saved?.map(({ id, label }) => [id, label])), [saved]);
  const mayCorrect = useMayKeep("labels");
  const of = { view, labels, mayCorrect, onPeople };
  if (view.all.comments === 0) {
    return (
      <EmptyState title="Nobody has said anything yet">
        Comments come with the scores of the map, or from the properties that the question names.
      </EmptyState>
    );
  }
  return (
    <>
      <MoodBar mood={view.all} />
      <p className="mt-1 text-muted text-sm">
        {plural(view.all.comments, "comment")} of {plural(view.all.customers, "customer")}
        {view.without.map(([why, n]) => ` · ${count(n)} not scored: ${why}`)}
      </p>
      <OverTime view={view} interval={interval} onPeople={onPeople} />
      {view.themes.length > 0 && (
        <>
          <Heading>What they are about</Heading>
          <ol className="grid gap-x-10 md:grid-cols-2">
            {view.themes.map((theme) => (
              <li key={`${theme.language} ${theme.name}`} className="border-line border-t py-3">
                <Theme theme={theme} {...of} />
              </li>
            ))}
          </ol>
        </>
      )}
      {view.stages.length > 0 && (
        <>
          <Heading>Where</Heading>
          <ul>
            {[...view.stages, ...view.touchpoints].map((at) => (
              <li
                key={at.id}
                className="grid grid-cols-[minmax(0,14rem)_1fr] items-center gap-4 border-line border-t py-2"
              >
                <Opener title={at.name} place={at.place as JsonObject} onPeople={onPeople} />
                <MoodBar mood={at.mood} />
              </li>
            ))}
          </ul>
        </>
      )}
      <NewestComments
        newest={view.newest ?? []}
        total={view.all.comments}
        labels={labels}
        mayCorrect={mayCorrect}
        onList={onList}
      />
      <Trust view={view} />
    </>
  );
}

const Heading = ({ children }: { children: ReactNode }) => (
  <h3 className="mt-6 mb-1 font-semibold text-sm">{children}</h3>
);

function OverTime({ view, interval, onPeople }: Pick<Of, "view" | "onPeople"> & { interval: Interval }) {
  const series = negativeOverTime(view, interval);
  if (!series) return null;
  return (
    <>
      <Heading>Share of negative ones, {ADVERB[interval]}</Heading>
      <SeriesChart
        layers={[{ name: "all", view: series, colour: "var(--color-pain)", at: {} }]}
        height={140}
        onPoint={
          onPeople &&
          ((_layer, _line, at) => {
            const then = view.over_time[at];
            if (then) onPeople({ ...(then.place as JsonObject), label: "negative" }, `Negative comments, ${then.name}`);
          })
        }
      />
    </>
  );
}

const ADVERB: Record<Interval, string> = {
  hour: "hour by hour",
  day: "day by day",
  week: "week by week",
  month: "month by month",
  quarter: "quarter by quarter",
  year: "year by year",
};

/** How far the model agrees with the marks that came with the comments, and with people. */
function Trust({ view: { marks, people } }: { view: Comments }) {
  if (!marks?.same && !people?.same) return null;
  return (
    <p className="mt-6 text-muted text-sm">
      {marks?.same && (
        <>
          The model and the marks that came with {plural(marks.n, "comment")} say the same in {share(marks.same.value)}{" "}
          ({range(marks.same.low, marks.same.high, "share")})
          {marks.correlation && `; they correlate by ${marks.correlation.value.toFixed(2)}`}.{" "}
        </>
      )}
      {people?.same &&
        `People agree with the model in ${share(people.same.value)} (${range(people.same.low, people.same.high, "share")}) of ${plural(people.n, "label")} that they gave.`}
    </p>
  );
}

function Opener({ title, place, onPeople }: { title: string; place: JsonObject; onPeople?: OnPeople }) {
  if (!onPeople) return <span dir="auto">{title}</span>;
  return (
    <button
      type="button"
      dir="auto"
      onClick={() => onPeople(place, title)}
      className="truncate text-left underline decoration-line underline-offset-4 hover:decoration-ink"
    >
      {title}
    </button>
  );
}

const COLOURS = ["bg-pain", "bg-line", "bg-delight"];

function MoodBar({ mood }: { mood: Mood }) {
  const all = mood.labels[0] + mood.labels[1] + mood.labels[2];
  const words = mood.labels.map((n, at) => `${count(n)} ${TONES[at]}`).join(", ");
  return (
    <div className="flex items-center gap-3">
      <div
        role="img"
        aria-label={words}
        title={words}
        className="flex h-2 min-w-24 flex-1 overflow-hidden rounded-full bg-line"
      >
        {all > 0 &&
          mood.labels.map((n, at) => (
            <span key={TONES[at]} className={COLOURS[at]} style={{ width: `${(n / all) * 100}%` }} />
          ))}
      </div>
      <span className="figures whitespace-nowrap text-sm">
        {mood.negative ? `${share(mood.negative.value)} negative` : `${count(mood.comments)}, too few to tell`}
      </span>
    </div>
  );
}

function Theme({ theme, ...of }: { theme: CommentTheme } & Of) {
  const { over_time } = of.view;
  return (
    <>
      <p className="flex items-end gap-3">
        <span className="min-w-0 flex-1 font-medium">
          <Opener title={theme.name} place={theme.place as JsonObject} onPeople={of.onPeople} />
        </span>
        {theme.trend.length > 1 && <Spark values={theme.trend} label={trendWords(theme, over_time)} width={96} />}
        <span className="figures text-sm">{plural(theme.mood.comments, "comment")}</span>
      </p>
      <MoodBar mood={theme.mood} />
      {theme.quotes.slice(0, 2).map((quote) => (
        <div key={quote.hash} className="mt-1.5 border-line border-l-2 pl-3">
          <Said comment={quote} kept={of.labels.get(quote.hash)} mayCorrect={of.mayCorrect} />
        </div>
      ))}
    </>
  );
}
