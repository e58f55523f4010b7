import type { JsonObject } from "@/api/contract";
import type { MeasuredMap, Series } from "@/api/model";
import { useAnswer, useSnapshot } from "@/api/queries";
import { bandPath, linePath } from "@/charts/path";
import { Skeleton } from "@/ui/States";
import { count, share } from "@/words/format";
import { ofGroup } from "../measure";
import { emotionFigure } from "../measured";
import { countInterval, type RatePoint, type RateQuestion, rateInterval } from "./rate";

interface TrendProps {
  map: MeasuredMap;
  /** The map's question. */
  question: JsonObject;
  /** The id of the group of people. */
  group: string;
  /** A stage or a touchpoint, as a step of a question. */
  of: JsonObject;
  name: string;
  /** The rate to show; how many customers there were when there is none. */
  rate: RateQuestion | null;
}

const WIDTH = 330;
const HEIGHT = 44;
const RATE_HEIGHT = 84;

/** How a rate went over time, or else how many customers there were. */
export function Trend({ map, question, group, of, name, rate }: TrendProps) {
  const snapshot = useSnapshot();
  const { compare: _, ...own } = ofGroup(question, group);
  const interval = rateInterval(map.from, map.to);
  const customers = { measures: [{ of, show: "customers" }], interval: countInterval(map.from, map.to) };
  const asked = { analysis: rate?.analysis ?? "trends", question: { ...own, ...(rate?.own ?? customers) }, snapshot };
  const answer = useAnswer(asked);
  const view = answer.data?.view;
  if (answer.isError) return null;
  if (view?.shape !== "series" || answer.isPlaceholderData) return <Skeleton className="h-28" />;
  const points = rate?.read(view) ?? [];
  if (rate && points.length < 2) return null;
  return (
    <section>
      <h3 className="mb-2 font-semibold text-sm" dir="auto">
        {rate ? (
          rate.title
        ) : (
          <>
            Customers a {customers.interval} <span className="font-normal text-muted">at</span> <bdi>{name}</bdi>
          </>
        )}
      </h3>
      {rate ? <RateCurve points={points} rate={rate} interval={interval} /> : <Bars {...barsOf(view)} />}
    </section>
  );
}

/** A rate with its 95 % band, and below it of how many. */
function RateCurve({ points, rate, interval }: { points: RatePoint[]; rate: RateQuestion; interval: string }) {
  const scores = rate.counted === "answers";
  const show = scores ? emotionFigure : share;
  const ends = points.flatMap(({ low, high }) => [low, high]);
  const top = Math.max(...ends);
  // Shares begin at nothing; marks lie where they lie.
  const bottom = scores ? Math.min(...ends) : 0;
  const step = WIDTH / points.length;
  const x = (at: number) => (at + 0.5) * step;
  const y = (value: number) => RATE_HEIGHT - 4 - ((value - bottom) / (top - bottom || 1)) * (RATE_HEIGHT - 8);
  const band = bandPath(points.map(({ low, high }, at) => ({ x: x(at), low: y(low), high: y(high) })));
  const curve = linePath(points.map(({ value }, at) => ({ x: x(at), y: y(value) })));
  return (
    <figure className="pr-11">
      <div className="relative">
        <svg viewBox={`0 0 ${WIDTH} ${RATE_HEIGHT}`} className="block w-full" aria-hidden>
          <path d={band} className="fill-ink opacity-10" />
          <path d={curve} className="fill-none stroke-ink" strokeWidth={1.5} />
          {points.map((point, at) => (
            <g key={point.label}>
              <circle
                cx={x(at)}
                cy={y(point.value)}
                r={2.5}
                className={point.open ? "fill-surface stroke-ink" : "fill-ink"}
              />
              <rect x={at * step} width={step} height={RATE_HEIGHT} className="fill-transparent">
                <title>{said(point, show, rate.counted)}</title>
              </rect>
            </g>
          ))}
        </svg>
        <span aria-hidden className="figures absolute -top-1 -right-11 text-muted text-xs">
          {show(top)}
        </span>
        <span aria-hidden className="figures absolute -right-11 -bottom-1 text-muted text-xs">
          {show(bottom)}
        </span>
      </div>
      <Bars
        values={points.map(({ n }) => n)}
        labels={points.map(({ label }) => label)}
        openFrom={points.findIndex(({ open }) => open)}
        unit={rate.counted}
        height={28}
      />
      <figcaption className="-mr-11 mt-1 text-muted text-xs">
        By {interval}, with the 95 % interval; beneath, of how many {rate.counted}.
        {rate.counted === "visits" && " The figure above counts each customer’s first visit."}
      </figcaption>
      <ul className="sr-only">
        {points.map((point) => (
          <li key={point.label}>{said(point, show, rate.counted)}</li>
        ))}
      </ul>
    </figure>
  );
}

const said = ({ label, value, low, high, n, open }: RatePoint, show: (value: number) => string, counted: string) =>
  `${label}: ${show(value)} (${show(low)} to ${show(high)}) of ${count(n)} ${counted}${open ? ", not over yet" : ""}`;

interface BarsProps {
  values: readonly (number | null)[];
  labels: readonly string[];
  /** From here on time is not over yet; −1 when all is. */
  openFrom: number;
  unit?: string;
  height?: number;
}

const barsOf = (view: Series): BarsProps => ({
  values: view.lines[0]?.values ?? [],
  labels: "calendar" in view.axis ? view.axis.calendar.labels : [],
  openFrom: view.unfinished_from ?? -1,
});

function Bars({ values, labels, openFrom, unit = "", height: full = HEIGHT }: BarsProps) {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const width = WIDTH / Math.max(values.length, 1);
  const peak = values.indexOf(most);
  return (
    <div>
      <svg
        viewBox={`0 0 ${WIDTH} ${full}`}
        className="block w-full"
        role="img"
        aria-label={`Between ${labels[0]} and ${labels.at(-1)}, at most ${count(most)} ${unit} (${labels[peak] ?? ""})`}
      >
        {values.map((value, at) => {
          const height = ((value ?? 0) / most) * (full - 2);
          const open = openFrom >= 0 && at >= openFrom;
          return (
            <rect
              key={labels[at]}
              x={at * width + 0.5}
              y={full - height}
              width={Math.max(width - 1, 0.5)}
              height={height}
              className={open ? "fill-ink opacity-15" : "fill-ink opacity-40"}
            >
              <title>{`${labels[at]}: ${count(value ?? 0)} ${unit}${open ? ", not over yet" : ""}`}</title>
            </rect>
          );
        })}
      </svg>
      <p className="figures mt-1 flex justify-between text-muted text-xs">
        <span>{labels[0]}</span>
        <span>
          at most {count(most)} {unit}
        </span>
        <span>{labels.at(-1)}</span>
      </p>
    </div>
  );
}
