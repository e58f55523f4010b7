import { ChevronDown, ChevronRight, Plus } from "lucide-react";
import { type CSSProperties, type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from "react";
import type { Lane, MeasuredGroup, MeasuredMap } from "@/api/model";
import { classes } from "@/ui/classes";
import { plural, share } from "@/words/format";
import { type Evidence, LANE_NAMES } from "../declared";
import { type Subject, subjectName } from "../evidence";
import type { Spot } from "../grid";
import type { Beside } from "../measured";
import { beliefGap, emotionFigure } from "../measured";
import { CURVE_HEIGHT } from "./curve";
import { EmotionCurve } from "./Emotion";
import { AddMark, HypothesisItem, itemName, KpiItem, PeopleItem, QuoteItem, SignalItem, TouchpointItem } from "./Items";
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
  /** Cells that changed between two versions, with what changed. */
  changed?: ReadonlyMap<string, string>;
  editing?: Editing;
}

const HEAD = 136;
const COLUMN = 196;

/** The map: stages across, lanes down. One tab stop; arrows move, Enter edits or opens, Space opens the evidence. */
export function MapGrid(props: MapGridProps) {
  const { map, group, beside, evidence, folded, onFold, editing, changed } = props;
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const box = useRef<HTMLDivElement>(null);
  const cells = useMemo(
    () =>
      map.lanes.map((lane) =>
        map.stages.map((_, stage) =>
          itemsOf({ map, group, evidence, folded, unfolded, editing: editing !== undefined }, lane, stage),
        ),
      ),
    [map, group, evidence, folded, unfolded, editing],
  );
  const shape = useMemo(
    () => shapeOf(cells, map.stages.length, editing !== undefined),
    [cells, map.stages.length, editing],
  );
  const columns: CSSProperties = {
    gridTemplateColumns: `${HEAD}px repeat(${map.stages.length}, minmax(${COLUMN}px, 1fr))${editing ? " 44px" : ""}`,
    minWidth: HEAD + COLUMN * map.stages.length + (editing ? 44 : 0),
  };
  const rightOfStages = editing ? 44 : 0;

  const subjectAt = ({ row, column, item }: Spot): Subject | null => {
    const stage = column - 1;
    if (stage < 0 || stage >= map.stages.length) return null;
    if (row === 0) return { sort: "stage", stage };
    const thing = cells[row - 1]?.[stage]?.[item];
    switch (thing?.sort) {
      case "touchpoint":
        return { sort: "touchpoint", touchpoint: thing.touchpoint };
      case "signal":
        return { sort: "signal", signal: thing.signal };
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
    <div ref={box} className="min-h-0 flex-1 overflow-auto">
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
              changed={changed?.get(cellName("people", stage.id))}
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
                  name={`${LANE_NAMES[lane]}, ${isFolded ? "folded" : "open"}`}
                  onOpen={() => onFold(lane)}
                  className="flex h-8 items-center gap-1 pl-1 text-muted text-sm hover:text-ink"
                >
                  <span className="flex h-8 items-center gap-1 pl-2">
                    {isFolded ? <ChevronRight size={12} aria-hidden /> : <ChevronDown size={12} aria-hidden />}
                    {LANE_NAMES[lane]}
                  </span>
                </Thing>
                {lane === "emotion" && !isFolded && <EmotionKey />}
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
                    "relative flex min-w-0 flex-col gap-1 border-line border-l px-2 first-of-type:border-l-0",
                    isFolded ? "h-8" : lane === "people" ? "h-[104px] py-2" : lane === "emotion" ? "" : "py-2",
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
                          item.sort !== "people" && item.sort !== "goal" && item.sort !== "owner" && isOpen(subject)
                        }
                        changed={at === 0 ? changed?.get(cellName(lane, stage.id)) : undefined}
                        beside={beside}
                        onAct={() => act(spot)}
                      />
                    );
                  })}
                </GridPart>
              ))}
              {lane === "emotion" && !isFolded && (
                <div
                  className={classes("absolute inset-y-0", editing ? "" : "pointer-events-none")}
                  style={{ left: HEAD, right: rightOfStages }}
                >
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

function EmotionKey() {
  return (
    <div className="pointer-events-none px-3 text-muted text-xs" aria-hidden>
      <p className="flex items-center gap-1.5">
        <span className="h-0.5 w-4 bg-ink" /> measured
      </p>
      <p className="flex items-center gap-1.5">
        <span className="w-4 border-muted border-t-2 border-dotted" /> believed
      </p>
      <p className="absolute right-2 top-2.5">+1</p>
      <p className="absolute right-2 bottom-2">−1</p>
    </div>
  );
}

interface StageHeadProps extends Omit<MapGridProps, "changed"> {
  index: number;
  selected: boolean;
  changed?: string;
  onAct: () => void;
}

/** A stage's name, and at its edge how many go on to the next. */
function StageHead({ map, group, beside, index, selected, changed, onAct }: StageHeadProps) {
  const info = map.stages[index];
  const conversion = group.stages[index]?.conversion;
  const other = beside?.group.stages[index]?.conversion;
  const next = map.stages[index + 1];
  if (!info) return null;
  const said = [
    info.name,
    conversion &&
      next &&
      `${share(conversion.value)} go on to ${next.name}, 95 % interval ${share(conversion.low)} to ${share(conversion.high)}`,
  ];
  return (
    <GridPart role="columnheader" className="relative min-w-0 border-line border-l">
      <Thing
        spot={{ row: 0, column: index + 1, item: 0 }}
        name={said.filter(Boolean).join(". ")}
        onOpen={onAct}
        selected={selected}
        changed={changed}
        className="h-full rounded-none"
      >
        <span
          className={classes(
            "flex h-11 items-center pl-3",
            next ? "pr-14" : "pr-3",
            index > 0 && conversion !== undefined && "pl-4",
          )}
        >
          <span dir="auto" className="truncate font-semibold">
            {info.name}
          </span>
        </span>
      </Thing>
      {conversion && next && (
        <span
          className="pointer-events-none absolute top-1/2 right-1.5 flex -translate-y-1/2 flex-col items-end"
          title={`${share(conversion.low)} to ${share(conversion.high)}`}
        >
          <span className="figures text-muted text-sm">
            {Math.round(conversion.value * 100)}&#x202f;% <span aria-hidden>→</span>
          </span>
          {other && (
            <span className="figures text-series-3 text-xs leading-3">◆ {Math.round(other.value * 100)}&#x202f;%</span>
          )}
        </span>
      )}
    </GridPart>
  );
}

/** A key that stays with a thing as others come and go. */
function keyOf(map: MeasuredMap, item: Item, at: number): string {
  return item.sort === "touchpoint" ? `touchpoint ${map.touchpoints[item.touchpoint]?.id}` : `${item.sort} ${at}`;
}

interface CellThingProps extends Omit<MapGridProps, "changed"> {
  item: Item;
  lane: Lane;
  stage: number;
  spot: Spot;
  selected: boolean;
  changed?: string;
  onAct: () => void;
}

function CellThing({ map, group, beside, item, stage, spot, selected, changed, onAct, editing, lane }: CellThingProps) {
  const info = map.stages[stage];
  const shared = { spot, selected, changed };
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
        <Thing {...shared} name={itemName(map, group, touchpoint)} onOpen={onAct} selected={selected || chosen}>
          <TouchpointItem map={map} group={group} beside={beside} touchpoint={touchpoint} />
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
      const emotion = group.stages[stage]?.emotion ?? null;
      const gap = beliefGap(info.believed, emotion);
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
          className="absolute inset-1 h-auto w-auto"
        />
      );
    }
    case "signal":
      return (
        <Thing {...shared} onOpen={onAct} className={selected ? "outline-2 outline-ink" : ""}>
          <SignalItem signal={item.signal} />
        </Thing>
      );
    case "kpi": {
      const kpi = group.stages[stage]?.kpis[item.kpi];
      const other = beside?.group.stages[stage]?.kpis[item.kpi];
      return (
        <Thing {...shared} onOpen={onAct}>
          {kpi && <KpiItem kpi={kpi} beside={other} />}
        </Thing>
      );
    }
    case "hypothesis":
      return (
        <Thing {...shared} onOpen={editing ? onAct : undefined}>
          <HypothesisItem text={item.text} evidence={item.evidence} />
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
