import type { JsonObject } from "@/api/contract";
import type { Comments, CommentTheme, Mood, ReadComment } from "@/api/model";
import { EmptyState } from "@/ui/States";
import { count, interval, plural, share } from "@/words/format";
import { type Layer, type OnPeople, ofLayer } from "./layers";

interface CommentsProps {
  layers: Layer<"comments">[];
  onPeople?: OnPeople;
}

/** What customers say: how they feel, about what, and how far the model that reads it can be trusted. */
export default function CommentsChart({ layers, onPeople }: CommentsProps) {
  return layers.map((layer) => (
    <section key={layer.name} className="mb-8" aria-label={`Comments, ${layer.name}`}>
      {layers.length > 1 && (
        <h3 dir="auto" className="mb-2 font-semibold text-sm">
          {layer.name}
        </h3>
      )}
      <One view={layer.view} onPeople={ofLayer(layer, onPeople)} />
    </section>
  ));
}

function One({ view, onPeople }: { view: Comments; onPeople?: OnPeople }) {
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
      <h3 className="mt-6 mb-1 font-semibold text-sm">What they are about</h3>
      <ol className="grid gap-x-10 md:grid-cols-2">
        {view.themes.map((theme) => (
          <li key={`${theme.language} ${theme.name}`} className="border-line border-t py-3">
            <Theme theme={theme} onPeople={onPeople} />
          </li>
        ))}
      </ol>
      {view.stages.length > 0 && (
        <>
          <h3 className="mt-6 mb-1 font-semibold text-sm">Where</h3>
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
      {view.marks?.same && (
        <p className="mt-6 text-muted text-sm">
          The model and the marks that came with {plural(view.marks.n, "comment")} say the same in{" "}
          {share(view.marks.same.value)} ({interval(view.marks.same.low, view.marks.same.high, "share")})
          {view.marks.correlation && `; they correlate by ${view.marks.correlation.value.toFixed(2)}`}.
          {view.people?.same &&
            ` People agree with the model in ${share(view.people.same.value)} of ${plural(view.people.n, "label")} that they gave.`}
        </p>
      )}
    </>
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
const WORDS = ["negative", "neutral", "positive"];

function MoodBar({ mood }: { mood: Mood }) {
  const all = mood.labels[0] + mood.labels[1] + mood.labels[2];
  const words = mood.labels.map((n, at) => `${count(n)} ${WORDS[at]}`).join(", ");
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
            <span key={WORDS[at]} className={COLOURS[at]} style={{ width: `${(n / all) * 100}%` }} />
          ))}
      </div>
      <span className="figures whitespace-nowrap text-sm">
        {mood.negative ? `${share(mood.negative.value)} negative` : `${count(mood.comments)}, too few to tell`}
      </span>
    </div>
  );
}

function Theme({ theme, onPeople }: { theme: CommentTheme; onPeople?: OnPeople }) {
  return (
    <>
      <p className="flex items-baseline gap-3">
        <span className="min-w-0 flex-1 font-medium">
          <Opener title={theme.name} place={theme.place as JsonObject} onPeople={onPeople} />
        </span>
        <span className="figures text-sm">{plural(theme.mood.comments, "comment")}</span>
      </p>
      <MoodBar mood={theme.mood} />
      {theme.quotes.slice(0, 2).map((quote) => (
        <Said key={quote.hash} quote={quote} />
      ))}
    </>
  );
}

function Said({ quote }: { quote: ReadComment }) {
  const why = quote.because.map(([words]) => words).join(", ");
  return (
    <blockquote className="mt-1.5 border-line border-l-2 pl-3 text-sm">
      <p dir="auto">{quote.text}</p>
      {quote.label && (
        <footer className="text-muted">
          {quote.label}
          {why && ` because of “${why}”`}
        </footer>
      )}
    </blockquote>
  );
}
