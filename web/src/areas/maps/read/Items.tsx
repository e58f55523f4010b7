import { Plus } from "lucide-react";
import type { Finding, MeasuredGroup, MeasuredKpi, MeasuredMap } from "@/api/model";
import { when } from "@/findings/finding";
import { classes } from "@/ui/classes";
import { count, difference, points, share } from "@/words/format";
import type { Evidence } from "../declared";
import { type Subject, subjectOfFinding } from "../evidence";
import {
  apart,
  type Beside,
  emotionFigure,
  isMeasured,
  kindOf,
  kpiFigure,
  people,
  shareOf,
  VERDICT_WORDS,
  verdictOf,
} from "../measured";
import { ChannelIcon } from "./parts";

/** How the one who stands beside does, in a line of its own. */
export function BesideLine({ children }: { children: string }) {
  return (
    <span className="figures block truncate text-muted text-xs">
      <span aria-hidden className="text-series-3">
        ◆{" "}
      </span>
      {children}
    </span>
  );
}

export function PeopleItem({ group, beside, stage }: { group: MeasuredGroup; beside?: Beside; stage: number }) {
  const own = group.stages[stage];
  const other = beside?.group.stages[stage];
  if (!own) return null;
  return (
    <span className="block">
      <span className="flex items-baseline gap-2">
        <span className="figures font-semibold text-md">{people(own.customers)}</span>
        {isMeasured(own) && <span className="figures text-muted text-sm">{shareOf(own.share)}</span>}
      </span>
      {other && (
        <BesideLine>{`${shareOf(other.share)} · ${Number.isNaN(own.share) ? "" : `${points(own.share - other.share)} here`}`}</BesideLine>
      )}
      {own.back_customers > 0 && (
        <span className="figures block truncate text-muted text-xs">↩ {count(own.back_customers)} went back</span>
      )}
    </span>
  );
}

export function TouchpointItem({
  map,
  group,
  beside,
  touchpoint,
}: {
  map: MeasuredMap;
  group: MeasuredGroup;
  beside?: Beside;
  touchpoint: number;
}) {
  const info = map.touchpoints[touchpoint];
  const own = group.touchpoints[touchpoint];
  const other = beside?.group.touchpoints[touchpoint];
  if (!info || !own) return null;
  const width = Number.isNaN(own.reach) ? 0 : own.reach;
  return (
    <span className="relative flex min-h-7 items-center gap-1.5 px-1.5 py-1">
      <span
        aria-hidden
        className="absolute inset-y-0.5 left-0 rounded-sm bg-ink/[0.07]"
        style={{ width: `${Math.max(width * 100, 0)}%` }}
      />
      {other && (
        <span
          aria-hidden
          className="absolute bottom-0 left-0 h-0.5 rounded-full bg-series-3"
          style={{ width: `${other.reach * 100}%` }}
        />
      )}
      <span className="relative flex min-w-0 flex-1 items-center gap-1.5">
        <span className="@max-[150px]:hidden">
          <ChannelIcon channel={info.channel} />
        </span>
        <span dir="auto" className="line-clamp-2 break-words text-sm leading-[17px]">
          {info.name}
        </span>
        <span className="sr-only">
          {[info.channel, info.offline && "offline"].filter(Boolean).map((fact) => `, ${fact}`)}
        </span>
      </span>
      <span className="figures relative text-muted text-xs">{shareOf(own.reach)}</span>
    </span>
  );
}

export function FindingItem({ finding }: { finding: Finding }) {
  const pain = finding.feeling === "pain";
  return (
    <span
      className={classes(
        "block rounded-md px-2 py-1.5",
        pain ? "bg-pain-soft text-pain" : "bg-delight-soft text-delight",
      )}
    >
      <span className="flex gap-1.5 text-sm leading-[17px]">
        <span aria-hidden className="text-[9px] leading-[17px]">
          {pain ? "▼" : "▲"}
        </span>
        <span className="sr-only">{pain ? "Pain:" : "Delight:"}</span>
        <span dir="auto" className="line-clamp-3 min-w-0 break-words text-ink">
          {finding.title}
        </span>
      </span>
      <span className="figures mt-0.5 block pl-[15px] text-xs">
        {share(finding.rate.value)} vs {share(finding.expected)}
        {" · "}
        {count(finding.customers)}
      </span>
      {(finding.from || finding.until) && (
        <span className="figures block pl-[15px] text-muted text-xs">
          {when(finding)}
          {finding.status === "fixed" && ", fixed"}
        </span>
      )}
    </span>
  );
}

interface FindingButtonProps {
  map: MeasuredMap;
  finding: Finding;
  onOpen: (subject: Subject) => void;
}

/** A finding that opens its evidence. */
export function FindingButton({ map, finding, onOpen }: FindingButtonProps) {
  const subject = subjectOfFinding(map, finding);
  return (
    <button
      type="button"
      className="block w-full rounded-md text-left transition-colors hover:bg-hover"
      onClick={() => subject && onOpen(subject)}
    >
      <FindingItem finding={finding} />
    </button>
  );
}

interface KpiItemProps {
  kpi: MeasuredKpi;
  beside?: MeasuredKpi;
  /** Nothing is known of it yet, which is not the same as that there is no data. */
  unknown?: boolean;
}

export function KpiItem({ kpi, beside, unknown }: KpiItemProps) {
  const verdict = verdictOf(kpi);
  return (
    <span className="block px-1.5 py-1">
      <span className="flex items-baseline gap-2">
        <span dir="auto" className="line-clamp-2 min-w-0 flex-1 break-words text-muted text-sm leading-[17px]">
          {kpi.name}
        </span>
        <span className="figures font-semibold text-sm">
          {kpi.value ? kpiFigure(kpi.value.value, kpi.format) : "–"}
        </span>
      </span>
      {kpi.value && <Range kpi={kpi} />}
      <span className="figures flex flex-wrap items-baseline gap-x-1 text-muted text-xs">
        <span className="flex-1 whitespace-nowrap">
          {kpi.value ? `n ${count(kpi.value.n)}` : unknown ? "" : "no data"}
        </span>
        {kpi.target !== null && (
          <span
            className={classes(
              "whitespace-nowrap",
              verdict === "met" && "text-delight",
              verdict === "missed" && "text-pain",
            )}
          >
            <span aria-hidden className="text-[9px]">
              {verdict === "met" ? "▲ " : verdict === "missed" ? "▼ " : ""}
            </span>
            target {kpiFigure(kpi.target, kpi.format)}
            {verdict && <span className="sr-only">, {VERDICT_WORDS[verdict]}</span>}
          </span>
        )}
      </span>
      {beside?.value && (
        <BesideLine>
          {`${kpiFigure(beside.value.value, beside.format)}${
            kpi.value
              ? ` · ${difference(kpi.value.value - beside.value.value, kindOf(kpi.format))}${apart(kpi.value, beside.value) ? " beyond chance" : ""}`
              : ""
          }`}
        </BesideLine>
      )}
    </span>
  );
}

/** The interval of a figure, and where its target lies. */
function Range({ kpi: { value, target, format } }: { kpi: MeasuredKpi }) {
  if (!value) return null;
  const most = format === "share" ? 1 : Math.max(value.high, target ?? 0, Math.abs(value.low)) * 1.15 || 1;
  const least = format === "score" ? -100 : 0;
  const top = format === "score" ? 100 : most;
  const at = (figure: number) => `${Math.min(100, Math.max(0, ((figure - least) / (top - least)) * 100))}%`;
  return (
    <span aria-hidden className="relative my-1 block h-1 rounded-full bg-ink/[0.07]">
      <span
        className="absolute inset-y-0 rounded-full bg-ink"
        style={{ left: at(value.low), width: `max(3px, calc(${at(value.high)} - ${at(value.low)}))` }}
      />
      {target !== null && <span className="absolute -inset-y-[3px] w-px bg-muted" style={{ left: at(target) }} />}
    </span>
  );
}

const EVIDENCE_WORDS: Record<Evidence, string> = {
  assumed: "assumed",
  reported: "reported by customers",
  observed: "observed in the data",
  confirmed: "confirmed",
  fixed: "fixed and measured since",
};

/** A hypothesis; its border says how well it is borne out, and so does the word. */
export function HypothesisItem({ text, evidence }: { text: string; evidence: Evidence }) {
  return (
    <span
      className={classes(
        "block border-l-2 py-0.5 pl-2 text-sm leading-[17px]",
        evidence === "assumed"
          ? "border-line-strong border-dashed"
          : evidence === "reported"
            ? "border-line-strong"
            : "border-ink",
      )}
    >
      <span dir="auto" className="line-clamp-3">
        {text}
      </span>
      <span className="block text-muted text-xs">{EVIDENCE_WORDS[evidence]}</span>
    </span>
  );
}

export function QuoteItem({ text, score }: { text: string; score: number | null }) {
  return (
    <span className="block text-sm leading-[17px]">
      <span dir="auto" className="line-clamp-3">
        “{text}”
      </span>
      {score !== null && <span className="figures text-muted text-xs">{emotionFigure(score, 1)}</span>}
    </span>
  );
}

export const AddMark = ({ what }: { what: string }) => (
  <span className="flex h-7 items-center gap-1.5 px-1.5 text-muted text-sm">
    <Plus size={14} aria-hidden /> {what}
  </span>
);
