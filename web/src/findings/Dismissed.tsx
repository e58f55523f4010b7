import type { ReactNode } from "react";
import { share } from "@/words/format";
import { DismissButton } from "./Dismiss";
import type { Told } from "./finding";
import { FeelingSign } from "./StatusWord";

/** Findings that were dismissed and have not become more, each with the reason. */
export function DismissedFold({ folded }: { folded: readonly Told[] }): ReactNode {
  if (folded.length === 0) return null;
  return (
    <details className="mt-4 border-line border-t pt-3">
      <summary className="w-max text-muted text-sm hover:text-ink">
        Dismissed <span className="figures">{folded.length}</span>
      </summary>
      <ul className="mt-1">
        {folded.map((told) => (
          <li
            key={told.finding.id}
            className="flex flex-wrap items-start gap-x-4 gap-y-1 border-line border-b py-2.5 last:border-b-0"
          >
            <span className="min-w-0 flex-1 basis-60">
              <span dir="auto" className="block break-words">
                <FeelingSign pain={told.finding.feeling === "pain"} />
                {told.finding.title}
              </span>
              <span dir="auto" className="figures block break-words text-muted text-sm">
                “{told.dismissed?.reason}” · {share(told.finding.rate.value)} now,{" "}
                {told.dismissed && share(told.dismissed.rate.value)} then
              </span>
            </span>
            <DismissButton told={told} />
          </li>
        ))}
      </ul>
    </details>
  );
}
