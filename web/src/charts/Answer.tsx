import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import type { JsonObject } from "@/api/contract";
import type { Answer, Interval, JsonValue } from "@/api/model";
import { useMapFile, useVocabulary } from "@/api/queries";
import { Choice } from "@/ui/Field";
import { Skeleton } from "@/ui/States";
import { count, plural, share, time } from "@/words/format";
import { CohortsChart } from "./Cohorts";
import { Compared, Groups } from "./Groups";
import { groupPeople } from "./groupPeople";
import { groupName, layersOf, type OnPeople, ofLayer } from "./layers";
import { PathsChart } from "./Paths";
import type { PeopleOf } from "./People";
import { cellPlace, cohortStart, type Declared, inUtc, seriesHasPlaces, seriesPlace } from "./places";
import { tableOf } from "./rows";
import { SequencesChart } from "./Sequences";
import { SeriesChart } from "./Series";
import { StepsChart } from "./Steps";
import { TableChart, TablesChart } from "./Table";

// They bring along what only these shapes need.
const GraphChart = lazy(() => import("./Graph"));
const FindingsChart = lazy(() => import("./Findings"));
const KpisChart = lazy(() => import("./Kpis"));
const CommentsChart = lazy(() => import("./Comments"));
const PeopleDrawer = lazy(() => import("./People"));

const PersonaRule = lazy(() => import("./PersonaRule"));

/** Columns of sentences, which are read whole. */
const SENTENCES: Record<string, number[]> = { personas: [0, 3, 4], conformance: [0], experiment: [11, 12] };
const [APART, RULE] = [4, 6];

/** The rule of a persona is read as a sentence, and made one of the map. */
const insteadOf = (analysis: string, offered: boolean) => (cells: JsonValue[], column: number) => {
  const cell = cells[column];
  if (typeof cell !== "string") return undefined;
  if (SENTENCES[analysis]?.includes(column)) {
    return (
      <span dir="auto" className="block min-w-44 whitespace-normal py-1">
        {cell}
      </span>
    );
  }
  if (analysis !== "personas" || column !== RULE) return undefined;
  return (
    <Suspense>
      <PersonaRule name={String(cells[0])} about={String(cells[APART] ?? "")} rule={cell} offered={offered} />
    </Suspense>
  );
};

const DRAWN_AT_FIRST = 4;

interface AnswerViewProps {
  answer: Answer;
  /** The whole question as it was asked, with `map` where it has one. */
  question: JsonObject;
  /** For tiles: the caption and the chart only. */
  compact?: boolean;
  /** Asks for so many of the newest comments, where they can be asked for. */
  onList?: (n: number) => void;
}

/** An answer: what it says in a sentence, its chart, the table behind it, and how it was counted. */
export function AnswerView({ answer, question, compact, onList }: AnswerViewProps) {
  const [as, setAs] = useState<"chart" | "table">("chart");
  const [people, setPeople] = useState<PeopleOf | null>(null);
  const names = useMemo(() => (answer.groups ?? []).map((group) => groupName(group.name)), [answer]);
  const [shown, setShown] = useState<readonly string[]>(names.slice(0, DRAWN_AT_FIRST));
  const known = names.join("\n");
  useEffect(() => setShown(known === "" ? [] : known.split("\n").slice(0, DRAWN_AT_FIRST)), [known]);
  const open = (place: JsonObject, title: string) => setPeople({ analysis: answer.analysis, question, place, title });
  const map = useMapOf(answer, question);
  const channels = useVocabulary().data?.channels.map(([name]) => name);
  const isTable = answer.view.shape === "table";
  return (
    <div>
      <div className="mb-5 flex items-start gap-4">
        <p className={`min-w-0 flex-1 text-balance ${compact ? "" : "text-md"}`} dir="auto">
          {answer.caption}
        </p>
        {!compact && !isTable && (
          <Choice
            label="Show as"
            value={as}
            onChange={setAs}
            options={[
              { value: "chart", label: "Chart" },
              { value: "table", label: "Table" },
            ]}
          />
        )}
      </div>
      {as === "table" ? (
        <TableChart table={tableOf(answer.view)} label={answer.caption} />
      ) : (
        <Chart
          answer={answer}
          question={question}
          map={map}
          shown={shown}
          onPeople={compact ? undefined : open}
          compact={compact}
          onList={onList}
        />
      )}
      {!compact && (
        <div className="mt-6 flex flex-col gap-6">
          <Compared answer={answer} />
          {names.length > 0 && (
            <Groups
              answer={answer}
              shown={shown}
              onShown={setShown}
              peopleOf={(group) => groupPeople(answer, question, group, { map, channels })}
              onPeople={setPeople}
            />
          )}
          <HowCounted answer={answer} />
        </div>
      )}
      <Suspense>
        {people && <PeopleDrawer of={people} unit={answer.meta.unit} onClose={() => setPeople(null)} />}
      </Suspense>
    </div>
  );
}

interface ChartProps extends AnswerViewProps {
  map?: Declared;
  shown: readonly string[];
  onPeople?: OnPeople;
}

/** The map by whose names rows are called. */
function useMapOf({ analysis }: Answer, { of, map, declared }: JsonObject): Declared | undefined {
  const needed = analysis === "kpis" || of === "touchpoints";
  const named = needed && typeof map === "string" ? map : undefined;
  const file = useMapFile(named);
  return (declared as Declared | undefined) ?? file.data?.declared;
}

function Chart({ answer, question, map, shown, onPeople, compact, onList }: ChartProps) {
  const { unit } = answer.meta;
  // A table is of one at a time, so that everybody's can stay beside those of the groups.
  const tables = layersOf(answer, "table", shown);
  const everybody = layersOf({ ...answer, groups: [] }, "table", []);
  if (answer.groups?.length) tables.unshift(...everybody);
  switch (answer.view.shape) {
    case "table":
      return (
        <TablesChart
          layers={tables}
          label={answer.caption}
          placeOf={(layer, row, column) => cellPlace(layer.view, row, column)}
          insteadOf={insteadOf(answer.analysis, onPeople !== undefined)}
          onPeople={onPeople}
        />
      );
    case "steps":
      return <StepsChart all={answer.view} layers={layersOf(answer, "steps", shown)} unit={unit} onPeople={onPeople} />;
    case "series": {
      return (
        <SeriesChart
          layers={layersOf(answer, "series", shown)}
          height={compact ? 180 : 280}
          onPoint={
            onPeople && seriesHasPlaces(answer, map)
              ? (layer, line, point) => {
                  const found = seriesPlace(answer, layer.view, line, point, map);
                  if (found) ofLayer(layer, onPeople)?.(found.place, found.title);
                }
              : undefined
          }
        />
      );
    }
    case "cohorts":
      return (
        <CohortsChart
          layers={layersOf(answer, "cohorts", shown)}
          unit={unit}
          onPeople={onPeople}
          startOf={inUtc(answer) ? cohortStart : () => null}
        />
      );
    case "sequences":
      return <SequencesChart layers={layersOf(answer, "sequences", shown)} unit={unit} onPeople={onPeople} />;
    case "paths":
      return <PathsChart layers={layersOf(answer, "paths", shown)} unit={unit} onPeople={onPeople} />;
    case "graph":
      return (
        <Suspense fallback={<Skeleton className="h-72" />}>
          <GraphChart layers={layersOf(answer, "graph", shown)} unit={unit} onPeople={onPeople} />
        </Suspense>
      );
    case "findings":
      return (
        <Suspense fallback={<Skeleton className="h-72" />}>
          <FindingsChart
            layers={layersOf(answer, "findings", shown)}
            question={question}
            onPeople={onPeople}
            compact={compact}
          />
        </Suspense>
      );
    case "kpis":
      return (
        <Suspense fallback={<Skeleton className="h-72" />}>
          <KpisChart layers={layersOf(answer, "kpis", shown)} onPeople={onPeople} />
        </Suspense>
      );
    case "comments":
      return (
        <Suspense fallback={<Skeleton className="h-72" />}>
          <CommentsChart
            layers={layersOf(answer, "comments", shown)}
            interval={(answer.meta.question as { interval: Interval }).interval}
            onPeople={onPeople}
            onList={onList}
          />
        </Suspense>
      );
    case "map":
      return null;
  }
}

/** What the reader needs to trust it: how it counts, of how many, as of when, and what to know before. */
function HowCounted({ answer: { meta } }: { answer: Answer }) {
  const facts = [
    `${count(meta.customers)} customers, ${count(meta.events)} events read`,
    meta.watermark && `data up to ${time(meta.watermark)} UTC`,
    meta.immature > 0 &&
      `${plural(meta.immature, meta.unit.replace(/s$/, ""), meta.unit)} too young to have had the full time`,
    meta.sample != null && `a sample of ${share(meta.sample)}`,
    `version ${meta.snapshot} of the data`,
    `${meta.wall_ms < 10 ? meta.wall_ms.toFixed(1) : count(meta.wall_ms)} ms`,
  ].filter(Boolean);
  return (
    <footer className="border-line border-t pt-4 text-muted text-sm">
      {meta.notes?.map((note) => (
        <p key={note} className="mb-2 text-ink">
          <span aria-hidden className="mr-1.5">
            ⚑
          </span>
          {note}
        </p>
      ))}
      <p>{meta.semantics}</p>
      <p className="figures mt-1">{facts.join(" · ")}</p>
    </footer>
  );
}
