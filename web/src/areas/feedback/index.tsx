import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { JsonObject } from "@/api/contract";
import { useShownSnapshot } from "@/api/live";
import type { MeasuredMap } from "@/api/model";
import { useAnswer, useVocabulary } from "@/api/queries";
import { MoreMaps } from "@/areas/home/MoreMaps";
import { useMeasuredMaps } from "@/areas/home/queries";
import { AnswerView } from "@/charts/Answer";
import { LISTED } from "@/charts/comments";
import { AsOf } from "@/shell/AsOf";
import { inContext, useContextQuestion, useContextSearch, useMapFileInContext } from "@/shell/context";
import { buttonClasses } from "@/ui/Button";
import { Page, Section } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { count, list } from "@/words/format";
import { FeedbackNavigation } from "./FeedbackNavigation";
import { StageFeeling } from "./StageFeeling";
import { looksLikeScore, type Score, scoreQuestion } from "./scores";

/** How customers feel, as they said it: scores and their words, stage by stage, and over time. */
export default function FeedbackPage() {
  const context = useContextQuestion();
  const { map: chosen } = useContextSearch();
  const { snapshot, hold } = useShownSnapshot();
  const { maps, more, measured, pending, error } = useMeasuredMaps(context, snapshot);
  const told = measured.filter(
    (map) => (!chosen || map.id === chosen) && map.groups[0]?.stages.some((stage) => stage.emotion !== null),
  );
  const shown = told[0];
  const [listed, setListed] = useState(LISTED);
  return (
    <Page
      title="Feedback"
      about="What customers answered when they were asked, and wrote by themselves, as it arrived among their events."
    >
      <FeedbackNavigation />
      <div {...hold}>
        {error && <ProblemNote error={error} />}
        {context.missing !== null && (
          <EmptyState title={`There is no ${context.missing}`}>
            It was removed. Choose another in the bar above.
          </EmptyState>
        )}
        {pending && !shown && context.missing === null && <Skeleton className="h-24" lines={4} />}
        {told.map((map) => (
          <Section key={map.id} title="Stage by stage" about={map.title}>
            <AsOf map={map.id} />
            <Stages map={map} />
          </Section>
        ))}
        <MoreMaps more={more} />
        {!pending && !error && !shown && !more && <NoScores hasMaps={(maps.data?.length ?? 0) > 0} />}
        {shown && (
          <Asked
            analysis="comments"
            own={{ list: listed }}
            map={shown.id}
            title="What customers say"
            about={SAID}
            onList={setListed}
          />
        )}
        {shown && <Asked analysis="kpis" own={{}} map={shown.id} title="Key figures" about={FIGURES} />}
        {shown && <OverTime map={shown.id} />}
      </div>
    </Page>
  );
}

const SAID =
  "The comments that came with scores, read by a model of service language; texts in other languages are counted and not scored.";
const FIGURES = "Each with its interval and the number it rests on; those of too few are not told.";

interface AskedProps {
  analysis: string;
  own: JsonObject;
  map: string;
  title: string;
  about: string;
  onList?: (n: number) => void;
}

/** An analysis of what was said, about the map that is shown. */
function Asked({ analysis, own, map, title, about, onList }: AskedProps) {
  const context = useContextQuestion();
  const { compare: _compare, ...rest } = context.question;
  const question = inContext(rest, { map, ...own });
  const { snapshot } = useShownSnapshot();
  const answer = useAnswer({ analysis, question, snapshot }, context.ready);
  return (
    <Section
      title={title}
      about={about}
      actions={
        <Link
          to="/explore/$analysis"
          params={{ analysis }}
          search={(now) => ({ ...now, map, q: own }) as never}
          className="text-muted text-sm underline underline-offset-2 hover:text-ink"
        >
          Explore
        </Link>
      }
    >
      {answer.isError && <ProblemNote error={answer.error} again={() => answer.refetch()} compact />}
      {answer.isPending && <Skeleton className="h-48" />}
      {answer.data && <AnswerView answer={answer.data} question={question} compact onList={onList} />}
    </Section>
  );
}

function Stages({ map }: { map: MeasuredMap }) {
  const group = map.groups[0];
  return (
    <ol>
      {map.stages.map((info, index) => {
        const stage = group?.stages[index];
        return (
          stage && (
            <li key={info.id} className="border-line border-b py-5 first:pt-1 last:border-b-0">
              <StageFeeling map={map.id} info={info} stage={stage} />
            </li>
          )
        );
      })}
    </ol>
  );
}

/** The scores that a map declares, each over time. */
function OverTime({ map }: { map: string }) {
  const file = useMapFileInContext(map);
  const scores = useMemo(() => (file.data?.declared.scores as Score[] | undefined) ?? [], [file.data]);
  if (scores.length === 0) return null;
  return (
    <Section title="Over time" about="The mean of each score that the map declares.">
      <div className="grid grid-cols-1 gap-x-12 gap-y-10 lg:grid-cols-2">
        {scores.map((score) => {
          const question = scoreQuestion(score);
          return (
            <section key={score.name} className="min-w-0">
              <h3 className="mb-2 flex items-baseline gap-3">
                <span dir="auto" className="font-medium">
                  {score.name}
                </span>
                <span className="figures text-muted text-sm">
                  from {count(score.scale[0])} to {count(score.scale[1])}
                </span>
                <Link
                  to="/explore/$analysis"
                  params={{ analysis: "trends" }}
                  search={(now) => ({ ...now, q: question }) as never}
                  className="ml-auto text-muted text-sm underline underline-offset-2 hover:text-ink"
                >
                  Explore
                </Link>
              </h3>
              <Trend question={question} />
            </section>
          );
        })}
      </div>
    </Section>
  );
}

function Trend({ question: own }: { question: JsonObject }) {
  const context = useContextQuestion();
  const { compare: _compare, ...rest } = context.question;
  const question = inContext(rest, own);
  const { snapshot } = useShownSnapshot();
  const answer = useAnswer({ analysis: "trends", question, snapshot }, context.ready);
  if (answer.isError) return <ProblemNote error={answer.error} again={() => answer.refetch()} compact />;
  if (!answer.data) return <Skeleton className="h-48" />;
  return <AnswerView answer={answer.data} question={question} compact />;
}

/** No map measures a score: what there is in the data, and how a map would read it. */
function NoScores({ hasMaps }: { hasMaps: boolean }) {
  const vocabulary = useVocabulary();
  const alike = (vocabulary.data?.properties ?? []).filter(looksLikeScore);
  const [first] = alike;
  return (
    <>
      <EmptyState
        title="No map measures feedback yet"
        action={
          <Link to="/maps" className={buttonClasses("solid")}>
            {hasMaps ? "Open the maps" : "Make a map"}
          </Link>
        }
      >
        Answers to surveys, stars and tickets are events with a number in them. A map that declares which of them are
        scores shows here how customers feel in each stage, and what they wrote.
      </EmptyState>
      {first && (
        <Section
          title="These look like scores"
          about="Numbers that came with events. To measure them, name them among the scores of a map."
        >
          <ul>
            {alike.map((property) => {
              const question: JsonObject = {
                measures: [{ of: { event: property.events }, show: "mean", property: property.name }],
                interval: "month",
              };
              return (
                <li key={property.name} className="border-line border-b last:border-b-0">
                  <Link
                    to="/explore/$analysis"
                    params={{ analysis: "trends" }}
                    search={(now) => ({ ...now, q: question }) as never}
                    className="-mx-2 flex items-baseline gap-4 rounded-md px-2 py-2.5 transition-colors hover:bg-hover"
                  >
                    <span dir="auto" className="font-medium">
                      {property.name}
                    </span>
                    <span dir="auto" className="min-w-0 flex-1 truncate text-muted">
                      of {list(property.events)}
                    </span>
                    <span className="text-muted text-sm">over time</span>
                  </Link>
                </li>
              );
            })}
          </ul>
        </Section>
      )}
    </>
  );
}
