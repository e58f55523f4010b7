import type { JsonObject } from "@/api/contract";
import type { MeasuredMap, Series } from "@/api/model";
import { useAnswer, useSnapshot } from "@/api/queries";
import { Skeleton } from "@/ui/States";
import { count } from "@/words/format";
import { ofGroup } from "../measure";

interface TrendProps {
  map: MeasuredMap;
  /** The map's question. */
  question: JsonObject;
  /** The id of the group of people. */
  group: string;
  /** A stage or a touchpoint, as a step of a question. */
  of: JsonObject;
  name: string;
}

const DAY_MS = 86_400_000;
const WIDTH = 330;
const HEIGHT = 44;

/** How many customers were there week by week. */
export function Trend({ map, question, group, of, name }: TrendProps) {
  const snapshot = useSnapshot();
  const { compare: _, ...own } = ofGroup(question, group);
  const days = map.from && map.to ? (Date.parse(map.to) - Date.parse(map.from)) / DAY_MS : 365;
  const interval = days > 1000 ? "month" : days > 60 ? "week" : "day";
  const asked = { analysis: "trends", question: { ...own, measures: [{ of, show: "customers" }], interval }, snapshot };
  const answer = useAnswer(asked);
  const view = answer.data?.view;
  if (answer.isError) return null;
  if (view?.shape !== "series" || answer.isPlaceholderData) return <Skeleton className="h-16" />;
  return (
    <section>
      <h3 className="mb-2 font-semibold text-sm">
        Customers a {interval} <span className="font-normal text-muted">at</span> <bdi>{name}</bdi>
      </h3>
      <Bars view={view} />
    </section>
  );
}

function Bars({ view }: { view: Series }) {
  const values = view.lines[0]?.values ?? [];
  const labels = "calendar" in view.axis ? view.axis.calendar.labels : [];
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const width = WIDTH / Math.max(values.length, 1);
  const peak = values.indexOf(most);
  return (
    <figure>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className="block w-full"
        role="img"
        aria-label={`Between ${labels[0]} and ${labels.at(-1)}, at most ${count(most)} (${labels[peak] ?? ""})`}
      >
        {values.map((value, at) => {
          const height = ((value ?? 0) / most) * (HEIGHT - 2);
          const unfinished = view.unfinished_from != null && at >= view.unfinished_from;
          return (
            <rect
              key={labels[at]}
              x={at * width + 0.5}
              y={HEIGHT - height}
              width={Math.max(width - 1, 0.5)}
              height={height}
              className={unfinished ? "fill-ink opacity-15" : "fill-ink opacity-40"}
            >
              <title>{`${labels[at]}: ${count(value ?? 0)}${unfinished ? ", not over yet" : ""}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption className="figures mt-1 flex justify-between text-muted text-xs">
        <span>{labels[0]}</span>
        <span>at most {count(most)}</span>
        <span>{labels.at(-1)}</span>
      </figcaption>
    </figure>
  );
}
