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

const WIDTH = 330;
const HEIGHT = 44;
const DAY_MS = 86_400_000;

/** Stretches of which there are not too many between two days. */
function intervalOf({ from, to }: Pick<MeasuredMap, "from" | "to">): "day" | "week" | "month" {
  const days = from && to ? (Date.parse(to) - Date.parse(from)) / DAY_MS : 365;
  return days > 1000 ? "month" : days > 60 ? "week" : "day";
}

/** How many customers there were over time. */
export function Trend({ map, question, group, of, name }: TrendProps) {
  const snapshot = useSnapshot();
  const { compare: _, ...own } = ofGroup(question, group);
  const interval = intervalOf(map);
  const measures = [{ of, show: "customers" }];
  const answer = useAnswer({ analysis: "trends", question: { ...own, measures, interval }, snapshot });
  const view = answer.data?.view;
  if (answer.isError) return null;
  if (view?.shape !== "series" || answer.isPlaceholderData) return <Skeleton className="h-28" />;
  return (
    <section>
      <h3 className="mb-2 font-semibold text-sm" dir="auto">
        Customers a {interval} <span className="font-normal text-muted">at</span> <bdi>{name}</bdi>
      </h3>
      <Bars {...barsOf(view)} />
    </section>
  );
}

interface BarsProps {
  values: readonly (number | null)[];
  labels: readonly string[];
  /** From here on time is not over yet; −1 when all is. */
  openFrom: number;
}

const barsOf = (view: Series): BarsProps => ({
  values: view.lines[0]?.values ?? [],
  labels: "calendar" in view.axis ? view.axis.calendar.labels : [],
  openFrom: view.unfinished_from ?? -1,
});

function Bars({ values, labels, openFrom }: BarsProps) {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const width = WIDTH / Math.max(values.length, 1);
  const peak = values.indexOf(most);
  return (
    <div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className="block w-full"
        role="img"
        aria-label={`Between ${labels[0]} and ${labels.at(-1)}, at most ${count(most)} (${labels[peak] ?? ""})`}
      >
        {values.map((value, at) => {
          const height = ((value ?? 0) / most) * (HEIGHT - 2);
          const open = openFrom >= 0 && at >= openFrom;
          return (
            <rect
              key={labels[at]}
              x={at * width + 0.5}
              y={HEIGHT - height}
              width={Math.max(width - 1, 0.5)}
              height={height}
              className={open ? "fill-ink opacity-15" : "fill-ink opacity-40"}
            >
              <title>{`${labels[at]}: ${count(value ?? 0)}${open ? ", not over yet" : ""}`}</title>
            </rect>
          );
        })}
      </svg>
      <p className="figures mt-1 flex justify-between text-muted text-xs">
        <span>{labels[0]}</span>
        <span>at most {count(most)}</span>
        <span>{labels.at(-1)}</span>
      </p>
    </div>
  );
}
