import { Link } from "@tanstack/react-router";
import { costsOf, struck, type Told, when } from "./finding";
import { evidenceLink } from "./link";
import { FeelingSign, StatusWord } from "./StatusWord";

/** Findings in short, the weightiest first; each opens its evidence beside the map. */
export function FindingRows({ told, map, unit }: { told: readonly Told[]; map: string; unit: string }) {
  return (
    <ol>
      {told.map(({ finding, change }) => {
        // Here only what is beyond chance.
        const cost = costsOf(finding).find(({ sure }) => sure);
        return (
          <li key={finding.id} className="border-line border-b last:border-b-0">
            <Link
              {...evidenceLink(map, finding)}
              className="-mx-2 grid grid-cols-[minmax(0,1fr)_auto] gap-x-5 rounded-md px-2 py-2.5 transition-colors hover:bg-hover"
            >
              <span className="min-w-0">
                <span dir="auto" className="block break-words font-medium">
                  <FeelingSign pain={finding.feeling === "pain"} />
                  {finding.title}
                </span>
                <span dir="auto" className="mt-0.5 line-clamp-3 max-w-[80ch] break-words text-muted text-sm">
                  {finding.sentence}
                </span>
              </span>
              <span className="figures flex flex-col items-end text-sm">
                <span>{struck(finding, unit)}</span>
                {cost && (
                  <span className="text-muted" title={cost.what}>
                    {cost.short} {cost.figure}
                  </span>
                )}
              </span>
              <span className="col-span-full mt-1.5 flex flex-wrap items-center gap-x-2.5 gap-y-1 text-muted text-sm">
                <StatusWord status={finding.status} stale={finding.is_stale} />
                <span>{when(finding)}</span>
                {change && (
                  <span className={change === "worse" ? "text-pain" : "text-delight"}>
                    {change} than when it was dismissed
                  </span>
                )}
              </span>
            </Link>
          </li>
        );
      })}
    </ol>
  );
}
