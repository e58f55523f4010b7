import { Link } from "@tanstack/react-router";
import type { MeasuredStage, StageInfo } from "@/api/model";
import { count, number } from "@/words/format";

const signed = (value: number) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)}`;

interface StageFeelingProps {
  map: string;
  info: StageInfo;
  stage: MeasuredStage;
}

/** How customers feel in a stage: the mean of their scores with its interval, what the team believes, and their words. */
export function StageFeeling({ map, info, stage }: StageFeelingProps) {
  const { emotion, quotes } = stage;
  const scores = stage.kpis.filter((kpi) => kpi.format === "score" && kpi.value !== null);
  return (
    <div className="grid grid-cols-1 gap-x-12 gap-y-4 md:grid-cols-[minmax(0,300px)_minmax(0,1fr)]">
      <div className="min-w-0">
        <h3 className="flex items-baseline gap-3">
          <Link
            to="/maps/$id"
            params={{ id: map }}
            search={(now) => ({ ...now, map, open: `emotion:${info.id}` }) as never}
            className="font-semibold underline decoration-transparent underline-offset-4 hover:decoration-ink"
          >
            <span dir="auto">{info.name}</span>
          </Link>
          {emotion && <span className="figures ml-auto font-semibold text-md">{signed(emotion.value)}</span>}
        </h3>
        {emotion ? (
          <>
            <Scale value={emotion.value} low={emotion.low} high={emotion.high} believed={info.believed} />
            <p className="figures text-muted text-sm">
              {signed(emotion.low)} to {signed(emotion.high)}, {count(emotion.n)} answers
              {info.believed !== null && ` · the team believes ${signed(info.believed)}`}
            </p>
          </>
        ) : (
          <p className="mt-1 text-muted">Nobody said anything that is measured here.</p>
        )}
        {scores.map((kpi) => (
          <p key={kpi.name} className="figures mt-1 flex gap-3 text-sm">
            <span dir="auto" className="text-muted">
              {kpi.name}
            </span>
            <span className="ml-auto">{number(kpi.value?.value ?? 0)}</span>
            {kpi.target !== null && <span className="text-muted">of {number(kpi.target)} wanted</span>}
          </p>
        ))}
      </div>
      {quotes.length > 0 && (
        <ul className="flex flex-col gap-3">
          {quotes.map((quote) => (
            <li key={quote.text} className="flex gap-2.5">
              <Sign score={quote.score} />
              <blockquote dir="auto" className="min-w-0 break-words">
                {quote.text}
              </blockquote>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Sign({ score }: { score: number | null }) {
  if (score === null || score === 0) {
    return (
      <span className="text-muted">
        <span aria-hidden>–</span>
        <span className="sr-only">{score === null ? "without a score" : "neither good nor bad"}</span>
      </span>
    );
  }
  return (
    <span className={score > 0 ? "text-delight" : "text-pain"}>
      <span aria-hidden>{score > 0 ? "▲" : "▼"}</span>
      <span className="sr-only">{score > 0 ? "pleased" : "displeased"}</span>
    </span>
  );
}

interface ScaleProps {
  value: number;
  low: number;
  high: number;
  believed: number | null;
}

const at = (value: number) => `${((Math.min(1, Math.max(-1, value)) + 1) / 2) * 100}%`;

/** From −1 to 1: the mean with its interval, and what is believed as a ring. */
function Scale({ value, low, high, believed }: ScaleProps) {
  return (
    <div aria-hidden className="relative my-2 h-4">
      <span className="absolute inset-x-0 top-1/2 h-px bg-line-strong" />
      <span className="absolute top-1 bottom-1 left-1/2 w-px bg-line-strong" />
      <span
        className="absolute top-1/2 h-1.5 -translate-y-1/2 rounded-full bg-ink/20"
        style={{ left: at(low), width: `calc(${at(high)} - ${at(low)})` }}
      />
      {believed !== null && (
        <span
          className="absolute top-1/2 size-3 -translate-x-1/2 -translate-y-1/2 rounded-full border border-muted border-dashed bg-page"
          style={{ left: at(believed) }}
        />
      )}
      <span
        className={`absolute top-1/2 size-2.5 -translate-x-1/2 -translate-y-1/2 rounded-full ${value < 0 ? "bg-pain" : "bg-delight"}`}
        style={{ left: at(value) }}
      />
    </div>
  );
}
