import { ChevronDown, ChevronRight, Plus } from "lucide-react";
import { type CSSProperties, type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from "react";
import type { JourneyFeeling, Lane, MeasuredGroup, MeasuredMap } from "@/api/model";
import { classes } from "@/ui/classes";
import { plural, share } from "@/words/format";
import { type Evidence, LANE_NAMES } from "../declared";
import { type Subject, subjectName, subjectOfFinding } from "../evidence";
import type { Spot } from "../grid";
import { type Changes, type Mark, markName } from "../keep/diff";
import type { Beside } from "../measured";
import { beliefGap, emotionFigure, isMeasured } from "../measured";
import { CURVE_HEIGHT } from "./curve";
import { EmotionCurve } from "./Emotion";
import { AddMark, FindingItem, HypothesisItem, KpiItem, PeopleItem, QuoteItem, TouchpointItem } from "./Items";
import { cellName, type Item, itemsOf, shapeOf } from "./items";
import { GridPart, Thing } from "./parts";
import { RovingGrid } from "./Roving";
import { Stream } from "./Stream";

/** What one edits: a stage, a touchpoint, or a stage's key figures or hypotheses. */
export type Target =
  | { sort: "stage"; stage: number }
  | { sort: "touchpoint"; touchpoint: number }
  | { sort: "kpis"; stage: number }
  | { sort: "hypotheses"; stage: number };

export interface Editing {
  target: Target | null;
  onTarget: (target: Target) => void;
  onAddStage: () => void;
  onAddTouchpoint: (stage: number) => void;
  onBelieve: (stage: number, believed: number) => void;
  /** Moves what has the focus by keys (Alt and an arrow); true when it moved. */
  onMove: (target: Target, key: string) => boolean;
  onRemove: (target: Target) => void;
  /** Something was dropped on a stage. */
  onDropTouchpoint: (touchpoint: number, stage: number) => void;
}

interface MapGridProps {
  map: MeasuredMap;
  group: MeasuredGroup;
  beside?: Beside;
  evidence: readonly (readonly Evidence[])[];
  folded: readonly Lane[];
  onFold: (lane: Lane) => void;
  open?: string;
  onOpen: (subject: Subject) => void;
  onZoom: (stage: number) => void;
  /** Keys that the page knows: P. */
  onKey?: (key: string) => boolean;
  /** What has changed since the version that is shown. */
  changes?: Changes;
  editing?: Editing;
}

// Five stages and the evidence beside them fit a window of 1280 pixels.
const HEAD = 108;
const COLUMN = 134;

/** The map: stages across, lanes down. One tab stop; arrows move, Enter edits or opens, Space opens the evidence. */
export function MapGrid(props: MapGridProps) {
  const { map, group, beside, evidence, folded, onFold, editing, changes } = props;
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const box = useRef<HTMLDivElement>(null);
  const cells = useMemo(
    () =>
      map.lanes.map((lane) =>
        map.stages.map((_, stage) =>
          itemsOf(
            { map, group, evidence, folded, unfolded, editing: editing !== undefined, whole: changes !== undefined },
            lane,
            stage,
          ),
        ),
      ),
    [map, group, evidence, folded, unfolded, editing, changes],
  );
  const shape = useMemo(
    () => shapeOf(cells, map.stages.length, editing !== undefined),
    [cells, map.stages.length, editing],
  );
  const columns: CSSProperties = {
    gridTemplateColumns: `${HEAD}px repeat(${map.stages.length}, minmax(${COLUMN}px, 1fr))${editing ? " 44px" : ""}`,
    minWidth: HEAD + COLUMN * map.stages.length + (editing ? 44 : 0),
  };
  // The curve hangs in the cell of the first stage, where a grid may have it, and reaches over all; each has a border.
  const acrossStages: CSSProperties = { width: `calc(${map.stages.length} * (100% + 1px))` };
  const rightOfStages = editing ? 44 : 0;

  const subjectAt = ({ row, column, item }: Spot): Subject | null => {
    const stage = column - 1;
    if (stage < 0 || stage >= map.stages.length) return null;
    if (row === 0) return { sort: "stage", stage };
    const thing = cells[row - 1]?.[stage]?.[item];
    switch (thing?.sort) {
      case "touchpoint":
        return { sort: "touchpoint", touchpoint: thing.touchpoint };
      case "finding":
        return subjectOfFinding(map, thing.finding);
      case "kpi":
        return { sort: "kpi", stage, kpi: thing.kpi };
      case "emotion":
      case "quote":
        return { sort: "emotion", stage };
      default:
        return { sort: "stage", stage };
    }
  };
  const targetAt = ({ row, column, item }: Spot): Target | null => {
    const stage = column - 1;
    if (stage < 0 || stage >= map.stages.length) return null;
    const thing = row === 0 ? undefined : cells[row - 1]?.[stage]?.[item];
    if (thing?.sort === "touchpoint") return { sort: "touchpoint", touchpoint: thing.touchpoint };
    const lane = map.lanes[row - 1];
    if (lane === "kpis" || lane === "hypotheses") return { sort: lane, stage };
    return { sort: "stage", stage };
  };
  const act = (spot: Spot) => {
    const thing = spot.row === 0 ? undefined : cells[spot.row - 1]?.[spot.column - 1]?.[spot.item];
    const stage = map.stages[spot.column - 1];
    const lane = map.lanes[spot.row - 1];
    if (thing?.sort === "more" && lane && stage) {
      const name = cellName(lane, stage.id);
      setUnfolded((now) => {
        const next = new Set(now);
        if (!next.delete(name)) next.add(name);
        return next;
      });
      return;
    }
    if (editing) {
      if (thing?.sort === "add" && lane === "touchpoints") return editing.onAddTouchpoint(spot.column - 1);
      if (thing?.sort === "emotion") {
        box.current?.querySelector<SVGGElement>(`[data-handle="${spot.column - 1}"]`)?.focus();
        return;
      }
      const target = targetAt(spot);
      if (target) editing.onTarget(target);
      return;
    }
    const subject = subjectAt(spot);
    if (subject && thing?.sort !== "nothing") props.onOpen(subject);
  };
  const onKey = (key: string, spot: Spot, event: KeyboardEvent): boolean => {
    const inMap = spot.column >= 1 && spot.column <= map.stages.length;
    if (event.altKey && editing && inMap) {
      const target = targetAt(spot);
      return target !== null && key.startsWith("Arrow") && editing.onMove(target, key);
    }
    if (event.altKey || event.ctrlKey || event.metaKey) return false;
    if (key === " " && inMap) {
      const subject = subjectAt(spot);
      if (subject) props.onOpen(subject);
      return true;
    }
    if (key === "Delete" && editing && inMap) {
      const target = targetAt(spot);
      if (target && (target.sort === "touchpoint" || spot.row === 0)) editing.onRemove(target);
      return true;
    }
    if (key === "Enter" && editing && inMap) {
      act(spot);
      return true;
    }
    if (key === "z" && inMap) {
      props.onZoom(spot.column - 1);
      return true;
    }
    return props.onKey?.(key) ?? false;
  };
  const isOpen = (subject: Subject | null) =>
    props.open !== undefined && subject !== null && subjectName(map, group, subject) === props.open;

  return (
    <div ref={box} className="relative min-h-0 min-w-0 flex-1 overflow-auto">
      <RovingGrid
        shape={shape}
        label={`${map.title}: stages across, lanes down`}
        aria-rowcount={map.lanes.length + 1}
        aria-colcount={map.stages.length + 1}
        onKey={onKey}
        className="pb-6"
      >
        <GridPart role="row" className="sticky top-0 z-10 grid border-line border-b bg-page" style={columns}>
          <GridPart role="columnheader" className="sticky left-0 z-10 bg-page">
            <Thing spot={{ row: 0, column: 0, item: 0 }} className="h-full">
              <span className="sr-only">Lanes</span>
            </Thing>
          </GridPart>
          {map.stages.map((stage, index) => (
            <StageHead
              key={stage.id}
              {...props}
              index={index}
              selected={
                isOpen({ sort: "stage", stage: index }) ||
                (editing?.target?.sort === "stage" && editing.target.stage === index)
              }
              onAct={() => act({ row: 0, column: index + 1, item: 0 })}
            />
          ))}
          {editing && (
            <GridPart role="columnheader" className="border-line border-l">
              <Thing
                spot={{ row: 0, column: map.stages.length + 1, item: 0 }}
                name="Add a stage"
                onOpen={editing.onAddStage}
                className="flex h-full items-center justify-center"
              >
                <Plus size={16} aria-hidden className="mx-auto text-muted" />
              </Thing>
            </GridPart>
          )}
        </GridPart>
        {map.lanes.map((lane, laneIndex) => {
          const row = laneIndex + 1;
          const isFolded = folded.includes(lane);
          return (
            <GridPart
              key={lane}
              role="row"
              className={classes("relative grid border-line border-b", isFolded && "h-8")}
              style={columns}
            >
              <GridPart role="rowheader" className="sticky left-0 z-[5] border-line border-r bg-page">
                <Thing
                  spot={{ row, column: 0, item: 0 }}
                  name={laneName(lane, isFolded, group.feeling ?? null)}
                  onOpen={() => onFold(lane)}
                  className="flex h-8 items-center text-muted text-sm hover:text-ink"
                >
                  <span className="flex h-8 items-center gap-1 pl-2">
                    {isFolded ? <ChevronRight size={12} aria-hidden /> : <ChevronDown size={12} aria-hidden />}
                    {LANE_NAMES[lane]}
                  </span>
                </Thing>
                {lane === "emotion" && !isFolded && <EmotionKey feeling={group.feeling ?? null} />}
              </GridPart>
              {lane === "people" && !isFolded && (
                <Behind right={rightOfStages}>
                  <div className="absolute inset-x-0 bottom-1.5">
                    <Stream stages={group.stages} height={30} />
                  </div>
                </Behind>
              )}
              {map.stages.map((stage, index) => (
                <GridPart
                  key={stage.id}
                  role="gridcell"
                  className={classes(
                    "relative flex min-w-0 flex-col gap-1 border-line border-l px-2",
                    lane === "touchpoints" && "@container",
                    lane === "emotion" && index === 0 && "z-[1]",
                    LOOKS[changes?.marks.get(markName("stage", stage.id)) ?? "same"],
                    changes?.said.has(cellName(lane, stage.id)) &&
                      !isFolded &&
                      "outline-2 outline-ink -outline-offset-2 outline-dashed",
                    isFolded ? "h-8" : lane === "people" ? "min-h-[104px] py-2" : lane === "emotion" ? "" : "py-2",
                  )}
                  style={lane === "emotion" && !isFolded ? { height: CURVE_HEIGHT } : undefined}
                  onDragOver={
                    editing && lane === "touchpoints"
                      ? (event) => event.dataTransfer.types.includes(TOUCHPOINT) && event.preventDefault()
                      : undefined
                  }
                  onDrop={
                    editing && lane === "touchpoints"
                      ? (event) => {
                          event.preventDefault();
                          const dropped = Number(event.dataTransfer.getData(TOUCHPOINT));
                          if (Number.isInteger(dropped)) editing.onDropTouchpoint(dropped, index);
                        }
                      : undefined
                  }
                >
                  {cells[laneIndex]?.[index]?.map((item, at) => {
                    const spot = { row, column: index + 1, item: at };
                    const subject = subjectAt(spot);
                    return (
                      <CellThing
                        key={keyOf(map, item, at)}
                        {...props}
                        item={item}
                        lane={lane}
                        stage={index}
                        spot={spot}
                        selected={
                          ["touchpoint", "finding", "kpi", "emotion", "quote"].includes(item.sort) && isOpen(subject)
                        }
                        beside={beside}
                        onAct={() => act(spot)}
                      />
                    );
                  })}
                  {lane === "emotion" && !isFolded && index === 0 && (
                    <div className="pointer-events-none absolute inset-y-0 -left-px z-[1]" style={acrossStages}>
                      <EmotionCurve
                        stages={map.stages}
                        measured={group.stages}
                        beside={beside?.group.stages}
                        onBelieve={editing?.onBelieve}
                        onLeave={(stage) =>
                          box.current?.querySelector<HTMLElement>(`[data-spot="${row}.${stage + 1}.0"]`)?.focus()
                        }
                      />
                    </div>
                  )}
                  {!isFolded && (
                    <Changed sentence={changes?.said.get(cellName(lane, stage.id))} over={lane === "emotion"} />
                  )}
                </GridPart>
              ))}
            </GridPart>
          );
        })}
      </RovingGrid>
    </div>
  );
}

export const TOUCHPOINT = "application/x-periplus-touchpoint";

/** A drawing that runs across the stages, behind what stands in their cells. */
function Behind({ right, children }: { right: number; children: ReactNode }) {
  return (
    <div className="pointer-events-none absolute inset-y-0" style={{ left: HEAD, right }}>
      {children}
    </div>
  );
}

/** What is different in this cell of an old version. */
function Changed({ sentence, over }: { sentence: string | undefined; over: boolean }) {
  if (!sentence) return null;
  return (
    <p dir="auto" className={classes("text-muted text-xs", over && "absolute inset-x-2 top-1.5")}>
      {sentence}
    </p>
  );
}

const LOOKS = { added: "bg-hover/60", gone: "opacity-55", same: "" };

/** What came since the version that is shown, and what went. */
function Marked({ mark, children }: { mark: Mark | undefined; children: ReactNode }) {
  if (!mark) return children;
  return (
    <span
      className={classes(
        "block rounded-md border",
        mark === "added" ? "border-ink" : "border-line-strong border-dashed line-through opacity-60",
      )}
    >
      {children}
      <span className="block px-1.5 pb-0.5">
        <MarkWords mark={mark} />
      </span>
    </span>
  );
}

const MarkWords = ({ mark }: { mark: Mark }) => (
  <span className="inline-block whitespace-nowrap text-muted text-xs">
    {mark === "added" ? "+ added since" : "− gone now"}
  </span>
);

/** What a lane's head says to whoever does not see it. */
function laneName(lane: Lane, isFolded: boolean, feeling: JourneyFeeling | null) {
  const remembered =
    lane === "emotion" && feeling ? `, remembered ${emotionFigure(feeling.score.value)}: the mean of peak and end` : "";
  return `${LANE_NAMES[lane]}, ${isFolded ? "folded" : "open"}${remembered}`;
}

function EmotionKey({ feeling }: { feeling: JourneyFeeling | null }) {
  return (
    <div className="pointer-events-none px-2 text-muted text-xs" aria-hidden>
      <p className="flex items-center gap-1.5">
        <span className="h-0.5 w-4 bg-ink" /> measured
      </p>
      <p className="flex items-center gap-1.5">
        <span className="w-4 border-muted border-t-2 border-dotted" /> believed
      </p>
      {feeling && (
        <p className="mt-2">
          <span className="figures font-semibold text-ink text-sm">{emotionFigure(feeling.score.value)}</span>{" "}
          remembered
        </p>
      )}
      <p className="absolute right-2 top-2.5">+1</p>
      <p className="absolute right-2 bottom-2">−1</p>
    </div>
  );
}

interface StageHeadProps extends MapGridProps {
  index: number;
  selected: boolean;
  onAct: () => void;
}

/** A stage's name, and at its edge how many go on to the next. */
function StageHead({ map, group, beside, index, selected, onAct, changes }: StageHeadProps) {
  const info = map.stages[index];
  const conversion = group.stages[index]?.conversion;
  const other = beside?.group.stages[index]?.conversion;
  const markOf = (stage: { id: string }) => changes?.marks.get(markName("stage", stage.id));
  const next = map.stages.slice(index + 1).find((stage) => markOf(stage) !== "added");
  if (!info) return null;
  const mark = markOf(info);
  return (
    <GridPart role="columnheader" className="@container relative min-w-0 border-line border-l">
      <Thing
        spot={{ row: 0, column: index + 1, item: 0 }}
        onOpen={onAct}
        selected={selected}
        className="flex h-full items-start rounded-none"
      >
        <span className="flex min-h-11 w-full items-baseline gap-x-2 py-3 pr-1.5 pl-3 @max-[170px]:flex-col @max-[170px]:py-2">
          <span
            dir="auto"
            className={classes(
              "min-w-0 max-w-full truncate font-semibold",
              mark === "gone" && "line-through opacity-60",
            )}
          >
            {info.name}
          </span>
          {mark && <MarkWords mark={mark} />}
          {conversion && next && (
            <span
              aria-hidden
              className="figures flex items-baseline gap-2 whitespace-nowrap text-muted text-sm @min-[170px]:ml-auto"
              title={`${share(conversion.low)} to ${share(conversion.high)}`}
            >
              <span>{Math.round(conversion.value * 100)}&#x202f;% →</span>
              {other && (
                <span className="text-xs @min-[170px]:order-first">
                  <span className="text-series-3">◆ </span>
                  {Math.round(other.value * 100)}&#x202f;%
                </span>
              )}
            </span>
          )}
          {conversion && next && (
            <span className="sr-only">
              {`. ${share(conversion.value)} go on to ${next.name}, 95 % interval ${share(conversion.low)} to ${share(conversion.high)}`}
            </span>
          )}
        </span>
      </Thing>
    </GridPart>
  );
}

/** A key that stays with a thing as others come and go. */
function keyOf(map: MeasuredMap, item: Item, at: number): string {
  return item.sort === "touchpoint" ? `touchpoint ${map.touchpoints[item.touchpoint]?.id}` : `${item.sort} ${at}`;
}

interface CellThingProps extends MapGridProps {
  item: Item;
  lane: Lane;
  stage: number;
  spot: Spot;
  selected: boolean;
  onAct: () => void;
}

function CellThing(props: CellThingProps) {
  const { map, group, beside, item, stage, spot, selected, onAct, editing, lane, changes } = props;
  const info = map.stages[stage];
  const shared = { spot, selected };
  if (!info) return null;
  switch (item.sort) {
    case "nothing":
      return <Thing {...shared} name={`${LANE_NAMES[lane]} of ${info.name}: nothing`} className="h-full min-h-5" />;
    case "people":
      return (
        <Thing {...shared} onOpen={onAct} className="px-1">
          <PeopleItem group={group} beside={beside} stage={stage} />
        </Thing>
      );
    case "goal":
    case "owner": {
      const text = item.sort === "goal" ? info.goal : info.owner;
      const missing = item.sort === "goal" ? "Add a goal" : "Add an owner";
      return (
        <Thing {...shared} onOpen={editing ? onAct : undefined} className="px-1">
          <span dir="auto" className={classes("line-clamp-3 text-sm", !text && "text-muted")}>
            {text || missing}
          </span>
        </Thing>
      );
    }
    case "touchpoint": {
      const { touchpoint } = item;
      const chosen = editing?.target?.sort === "touchpoint" && editing.target.touchpoint === touchpoint;
      const thing = (
        <Thing {...shared} onOpen={onAct} selected={selected || chosen}>
          <Marked mark={changes?.marks.get(markName("touchpoint", map.touchpoints[touchpoint]?.id ?? ""))}>
            <TouchpointItem map={map} group={group} beside={beside} touchpoint={touchpoint} />
          </Marked>
        </Thing>
      );
      if (!editing) return thing;
      return (
        // biome-ignore lint/a11y/noStaticElementInteractions: dragging is a shortcut; Alt and arrows move it by keys
        <div
          draggable
          onDragStart={(event) => {
            event.dataTransfer.setData(TOUCHPOINT, String(touchpoint));
            event.dataTransfer.effectAllowed = "move";
          }}
        >
          {thing}
        </div>
      );
    }
    case "quote":
      return (
        <Thing {...shared} onOpen={onAct} className="px-1">
          <QuoteItem {...item.quote} />
        </Thing>
      );
    case "emotion": {
      const own = group.stages[stage];
      const emotion = own?.emotion ?? null;
      const gap = own ? beliefGap(info.believed, own) : null;
      const said = [
        `Emotion in ${info.name}`,
        emotion
          ? `${emotionFigure(emotion.value)}, 95 % interval ${emotionFigure(emotion.low)} to ${emotionFigure(emotion.high)}, n ${emotion.n}`
          : "not measured",
        info.believed !== null && `believed ${emotionFigure(info.believed)}`,
        gap !== null && `gap ${Math.abs(gap).toFixed(2)}`,
      ];
      return (
        <Thing
          {...shared}
          name={said.filter(Boolean).join(", ")}
          onOpen={onAct}
          className="absolute inset-1 h-[calc(100%-8px)]! w-[calc(100%-8px)]!"
        />
      );
    }
    case "finding":
      return (
        <Thing {...shared} onOpen={onAct} className={selected ? "outline-2 outline-ink" : ""}>
          <FindingItem finding={item.finding} />
        </Thing>
      );
    case "kpi": {
      const kpi = group.stages[stage]?.kpis[item.kpi];
      const other = beside?.group.stages[stage]?.kpis[item.kpi];
      return (
        <Thing {...shared} onOpen={onAct}>
          {kpi && (
            <Marked mark={changes?.marks.get(markName("kpi", info.id, kpi.name))}>
              <KpiItem kpi={kpi} beside={other} unknown={!isMeasured(group.stages[stage])} />
            </Marked>
          )}
        </Thing>
      );
    }
    case "hypothesis":
      return (
        <Thing {...shared} onOpen={editing ? onAct : undefined}>
          <Marked mark={changes?.marks.get(markName("hypothesis", info.id, item.text))}>
            <HypothesisItem text={item.text} evidence={item.evidence} />
          </Marked>
        </Thing>
      );
    case "more":
      return (
        <Thing {...shared} onOpen={onAct} className="px-1.5">
          <span className="text-muted text-sm">{item.less ? "less" : `${item.count} more`}</span>
          <span className="sr-only">{` ${LANE_NAMES[lane].toLowerCase()} of ${info.name}`}</span>
        </Thing>
      );
    case "add": {
      const what = lane === "touchpoints" ? "Touchpoint" : lane === "kpis" ? "Key figure" : "Hypothesis";
      return (
        <Thing {...shared} name={`Add: ${what.toLowerCase()} in ${info.name}`} onOpen={onAct}>
          <AddMark what={what} />
        </Thing>
      );
    }
  }
}

/** How many people a map's page speaks of. */
export const audience = (group: MeasuredGroup, unit: string) => plural(group.customers, unit.replace(/s$/, ""), unit);
