import { Link } from "@tanstack/react-router";
import type { Example } from "@/api/model";
import { date } from "@/words/format";
import { withPauses } from "./finding";
import { FeelingSign } from "./StatusWord";

/** Journeys of some whom a finding struck, around the time of it. */
export function Journeys({ examples, pain }: { examples: readonly Example[]; pain: boolean }) {
  return (
    <ul className="flex flex-col gap-3">
      {examples.map((example) => (
        <li key={`${example.key} ${example.steps[0]?.time}`}>
          <Journey example={example} pain={pain} />
        </li>
      ))}
    </ul>
  );
}

function Journey({ example: { key, customer, steps }, pain }: { example: Example; pain: boolean }) {
  const when = steps.find(({ here }) => here) ?? steps[0];
  return (
    <>
      <p className="figures flex gap-3 text-sm">
        {customer ? (
          <Link
            to={`/customers/${encodeURIComponent(customer)}` as string}
            className="min-w-0 truncate underline decoration-line-strong underline-offset-4 hover:decoration-ink"
          >
            <bdi>{customer}</bdi>
          </Link>
        ) : (
          <span className="min-w-0 truncate">{key}</span>
        )}
        {when && <time className="shrink-0 text-muted">{date(when.time)}</time>}
      </p>
      <ol className="mt-0.5 flex flex-wrap items-center gap-x-1.5 text-sm leading-6">
        {withPauses(steps).map(({ time, at, here, pause }, index) => (
          <li key={`${time} ${index}`} className="flex max-w-full items-center gap-x-1.5">
            {index > 0 && (
              <span aria-hidden className="text-muted">
                →
              </span>
            )}
            {pause && <span className="figures shrink-0 text-muted">{pause} later:</span>}
            {here ? (
              <strong
                className={`min-w-0 truncate rounded-sm px-1.5 font-semibold ${pain ? "bg-pain-soft text-pain" : "bg-delight-soft text-delight"}`}
              >
                <FeelingSign pain={pain} />
                <bdi>{at}</bdi>
              </strong>
            ) : (
              <bdi className="min-w-0 truncate">{at}</bdi>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}
