import { Link } from "@tanstack/react-router";
import { Skeleton } from "@/ui/States";
import { plural } from "@/words/format";
import { evidenceLink, type Finding } from "./findings";

interface FindingListProps {
  findings: readonly Finding[];
  pending: boolean;
  /** Said when there are none. */
  none: string;
}

/** Findings with their people and sentences; each opens its evidence on the map. */
export function FindingList({ findings, pending, none }: FindingListProps) {
  if (findings.length === 0)
    return pending ? <Skeleton className="h-14" lines={3} /> : <p className="text-muted">{none}</p>;
  return (
    <ol>
      {findings.map((finding) => (
        <li
          key={`${finding.map.id} ${finding.signal.title} ${finding.signal.stage}`}
          className="border-line border-b last:border-b-0"
        >
          <Link
            {...evidenceLink(finding)}
            className="-mx-2 block rounded-md px-2 py-2.5 transition-colors hover:bg-hover"
          >
            <span className="flex items-baseline gap-4">
              <span dir="auto" className="min-w-0 flex-1 font-medium">
                {finding.signal.title}
              </span>
              <span className="figures shrink-0 text-sm">{plural(finding.signal.customers, "customer")}</span>
            </span>
            <span dir="auto" className="mt-0.5 line-clamp-3 text-muted text-sm">
              {finding.signal.sentence}
            </span>
          </Link>
        </li>
      ))}
    </ol>
  );
}
