import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import type { MeasuredGroup, MeasuredMap } from "@/api/model";
import { when } from "@/findings/finding";
import { IconButton } from "@/ui/Button";
import { share } from "@/words/format";
import { type Beside, beliefGap, emotionFigure, findingsAt, kpiFigure, people, shareOf } from "../measured";
import { EmotionCurve } from "./Emotion";
import { Stream } from "./Stream";

interface PresentProps {
  map: MeasuredMap;
  group: MeasuredGroup;
  beside?: Beside;
  /** 0 is the whole journey, then its stages. */
  slide: number;
  onSlide: (slide: number) => void;
  onClose: () => void;
}

/** The map on a wall: the whole journey, then stage after stage. ← and → turn the page, Esc ends. */
export default function Present({ map, group, beside, slide, onSlide, onClose }: PresentProps) {
  const box = useRef<HTMLDivElement>(null);
  const last = map.stages.length;
  const at = Math.min(slide, last);
  useEffect(() => {
    const element = box.current;
    element?.focus();
    // Where the browser does not allow it, the window is filled all the same.
    element?.requestFullscreen?.().catch(() => {});
    return () => {
      if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    };
  }, []);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const turn: Record<string, number> = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1 };
    if (event.key === "Escape") onClose();
    else if (event.key === "Home") onSlide(0);
    else if (event.key === "End") onSlide(last);
    else if (turn[event.key] !== undefined) onSlide(Math.min(last, Math.max(0, at + (turn[event.key] ?? 0))));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={box}
      role="dialog"
      aria-modal="true"
      aria-label={`${map.title}, presented`}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className="fixed inset-0 z-30 flex flex-col overflow-hidden bg-page px-[4vw] py-[4vh] outline-none"
    >
      <header className="flex items-baseline gap-6">
        <p dir="auto" className="min-w-0 flex-1 truncate text-[clamp(14px,1.5vw,22px)] text-muted leading-tight">
          {at === 0 ? group.name : map.title}
          {at > 0 && group.id !== "all" && ` · ${group.name}`}
        </p>
        <p className="figures text-[clamp(12px,1.2vw,18px)] text-muted">
          {at === 0 ? `${last} stages` : `${at} of ${last}`}
        </p>
        <IconButton name="End the presentation (Esc)" onClick={onClose}>
          <X size={16} />
        </IconButton>
      </header>
      <div aria-live="polite" className="flex min-h-0 flex-1 flex-col">
        {at === 0 ? (
          <Whole map={map} group={group} beside={beside} />
        ) : (
          <OneStage key={at} map={map} group={group} stage={at - 1} />
        )}
      </div>
      <nav aria-label="Slides" className="flex justify-center gap-2 pt-[2vh]">
        {[map.title, ...map.stages.map(({ name }) => name)].map((name, index) => (
          <button
            key={`${index} ${name}`}
            type="button"
            aria-label={name}
            aria-current={index === at || undefined}
            onClick={() => onSlide(index)}
            className="h-6 w-8 rounded-sm before:block before:h-1 before:rounded-full before:bg-line-strong aria-[current=true]:before:bg-ink"
          />
        ))}
      </nav>
    </div>
  );
}

function Whole({ map, group, beside }: Pick<PresentProps, "map" | "group" | "beside">) {
  const curve = Math.max(160, Math.round(innerHeight * 0.3));
  const columns = { gridTemplateColumns: `repeat(${map.stages.length}, minmax(0, 1fr))` };
  return (
    <>
      <h1
        dir="auto"
        className="mt-[1vh] text-balance font-semibold text-[clamp(26px,4vw,60px)] leading-tight tracking-[-0.02em]"
      >
        {map.title}
      </h1>
      <div className="mt-[5vh] grid" style={columns}>
        {map.stages.map((stage, index) => {
          const own = group.stages[index];
          return (
            <div key={stage.id} className="min-w-0 pr-4 text-center">
              <p dir="auto" className="truncate text-[clamp(14px,1.7vw,26px)] text-muted leading-snug">
                {stage.name}
              </p>
              <p className="figures font-semibold text-[clamp(18px,2.6vw,40px)] leading-tight tracking-[-0.02em]">
                {people(own?.customers ?? Number.NaN)}
              </p>
              <p className="figures text-[clamp(12px,1.3vw,20px)] text-muted leading-snug">
                {own?.conversion && map.stages[index + 1] ? `${share(own.conversion.value)} go on →` : "\u00a0"}
              </p>
            </div>
          );
        })}
      </div>
      <div className="mt-[2vh] h-24">
        <Stream stages={group.stages} height={96} />
      </div>
      <div className="mt-[3vh]" style={{ height: curve }}>
        <EmotionCurve stages={map.stages} measured={group.stages} beside={beside?.group.stages} height={curve} large />
      </div>
      <div className="mt-[2vh] grid" style={columns}>
        {map.stages.map((stage, index) => (
          <p key={stage.id} className="figures text-center text-[clamp(12px,1.3vw,20px)]">
            <span className="text-pain">▼ {findingsAt(map, group, "pains", index).length}</span>{" "}
            <span className="ml-2 text-delight">▲ {findingsAt(map, group, "delights", index).length}</span>
          </p>
        ))}
      </div>
    </>
  );
}

function OneStage({ map, group, stage }: { map: MeasuredMap; group: MeasuredGroup; stage: number }) {
  const info = map.stages[stage];
  const own = group.stages[stage];
  const next = map.stages[stage + 1];
  if (!info || !own) return null;
  const pains = findingsAt(map, group, "pains", stage).slice(0, 3);
  const delights = findingsAt(map, group, "delights", stage).slice(0, 2);
  const gap = beliefGap(info.believed, own);
  const quote = own.quotes[0];
  const text = "text-[clamp(14px,1.6vw,24px)] leading-snug";
  return (
    <>
      <h1 dir="auto" className="mt-[1vh] font-semibold text-[clamp(26px,4vw,60px)] leading-tight tracking-[-0.02em]">
        {info.name}
      </h1>
      {info.goal && (
        <p dir="auto" className={`text-muted ${text}`}>
          {info.goal}
        </p>
      )}
      <div className="mt-[5vh] grid min-h-0 flex-1 gap-[4vw] md:grid-cols-[1fr_1.4fr]">
        <div className="flex flex-col gap-[3vh]">
          <p>
            <span className="figures block font-semibold text-[clamp(40px,7vw,110px)] leading-none tracking-[-0.03em]">
              {people(own.customers)}
            </span>
            <span className={`figures mt-2 block text-muted ${text}`}>
              {map.unit}, {shareOf(own.share)} of all
              {own.conversion && next && (
                <>
                  ; {share(own.conversion.value)} go on to <bdi>{next.name}</bdi>
                </>
              )}
            </span>
          </p>
          {own.emotion && (
            <p className={`figures ${text}`}>
              Emotion <span className="font-semibold">{emotionFigure(own.emotion.value)}</span>
              {gap !== null && <span className="text-muted"> ⚑ {Math.abs(gap).toFixed(2)} from what we believe</span>}
            </p>
          )}
          <dl className={`figures grid grid-cols-[1fr_max-content] gap-x-6 gap-y-[1vh] ${text}`}>
            {own.kpis.slice(0, 4).map((kpi) => (
              <div key={kpi.name} className="contents">
                <dt dir="auto" className="truncate text-muted">
                  {kpi.name}
                </dt>
                <dd className="text-right font-semibold">{kpi.value ? kpiFigure(kpi.value.value, kpi.format) : "–"}</dd>
              </div>
            ))}
          </dl>
        </div>
        <div className="flex min-h-0 flex-col gap-[2.5vh] overflow-hidden">
          {[...pains, ...delights].map((finding) => (
            <div
              key={finding.id}
              className={`border-l-4 pl-5 ${finding.feeling === "pain" ? "border-pain" : "border-delight"}`}
            >
              <p dir="auto" className={`line-clamp-2 font-medium ${text}`}>
                <span aria-hidden className={finding.feeling === "pain" ? "text-pain" : "text-delight"}>
                  {finding.feeling === "pain" ? "▼ " : "▲ "}
                </span>
                {finding.title}
              </p>
              <p className={`figures text-muted ${text}`}>
                {share(finding.rate.value)} where {share(finding.expected)} were to be expected, {when(finding)}
              </p>
            </div>
          ))}
          {quote && (
            <blockquote dir="auto" className={`line-clamp-3 text-muted ${text}`}>
              “{quote.text}”
            </blockquote>
          )}
        </div>
      </div>
    </>
  );
}
