import type { Finding } from "@/api/model";
import { date, share } from "@/words/format";
import { isAbout } from "./finding";

const WIDTH = 280;
const HEIGHT = 56;

/** The rate week by week: the weeks that the finding is about in its colour, and what was to be expected as a line. */
export function Weeks({ finding }: { finding: Finding }) {
  const { trend, expected, feeling } = finding;
  const rates = trend.map(({ hits, trials }) => (trials === 0 ? 0 : hits / trials));
  const most = Math.max(expected, ...rates) || 1;
  const width = WIDTH / Math.max(trend.length, 1);
  const level = HEIGHT - (expected / most) * (HEIGHT - 1);
  const tone = feeling === "pain" ? "fill-pain" : "fill-delight";
  const [first, last] = [trend[0], trend.at(-1)];
  const shown = `${share(finding.rate.value)} where ${share(expected)} were to be expected`;
  return (
    <figure>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className="block w-full"
        role="img"
        aria-label={`Week by week from ${first ? date(first.start) : ""} to ${last ? date(last.start) : ""}: ${shown}, at most ${share(Math.max(0, ...rates))} in a week`}
      >
        {trend.map((week, at) => {
          const rate = rates[at] ?? 0;
          const height = (rate / most) * (HEIGHT - 1);
          return (
            <g key={week.start}>
              <title>{`Week of ${date(week.start)}: ${week.trials === 0 ? "none" : `${share(rate)} of ${week.trials}`}`}</title>
              <rect x={at * width} width={width} height={HEIGHT} className="fill-transparent" />
              <rect
                x={at * width + 0.5}
                y={HEIGHT - height}
                width={Math.max(width - 1, 0.5)}
                height={height}
                className={isAbout(finding, week) ? tone : "fill-line-strong"}
              />
            </g>
          );
        })}
        <line x2={WIDTH} y1={level} y2={level} className="stroke-ink" strokeDasharray="3 3" />
      </svg>
      <figcaption className="figures mt-1 flex justify-between gap-3 text-muted text-xs">
        <span>{first && date(first.start)}</span>
        <span aria-hidden>- - expected {share(expected)}</span>
        <span>{last && date(last.start)}</span>
      </figcaption>
    </figure>
  );
}
