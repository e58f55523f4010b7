import { Link } from "@tanstack/react-router";
import { Users } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import type { JsonObject } from "@/api/contract";
import type { Finding, Findings, Sign } from "@/api/model";
import { useMapFile } from "@/api/queries";
import type { OnPeople } from "@/charts/layers";
import { Button } from "@/ui/Button";
import { classes } from "@/ui/classes";
import { count, figure, number, plural, share } from "@/words/format";
import { DismissButton } from "./Dismiss";
import { costsOf, falseAlarms, followUps, rankOf, type Told, when } from "./finding";
import { Journeys } from "./Journeys";
import { evidenceLink } from "./link";
import { FeelingSign, StatusWord } from "./StatusWord";
import { Weeks } from "./Weeks";

interface FindingViewProps {
  told: Told;
  of: Omit<Findings, "findings">;
  /** The question that it is an answer to, with its map. */
  question: JsonObject;
  onPeople?: OnPeople;
  /** Of its heading. */
  level?: "h2" | "h3";
  /** In a narrow place, beside the map where it is. */
  narrow?: boolean;
}

/** Everything that is known about a finding: what, who, when, how sure, what it costs, what they said, and what to ask next. */
export function FindingView({ told, of, question, onPeople, level: Heading = "h3", narrow }: FindingViewProps) {
  const { finding, change, dismissed } = told;
  const pain = finding.feeling === "pain";
  return (
    <article
      className={classes("flex flex-col gap-4", !narrow && "lg:grid lg:grid-cols-[minmax(0,1fr)_360px] lg:gap-x-16")}
    >
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <Heading dir="auto" className="min-w-0 break-words font-semibold">
            <FeelingSign pain={pain} />
            {finding.title}
          </Heading>
          <StatusWord status={finding.status} stale={finding.is_stale} />
        </div>
        {change && dismissed && (
          <p className={classes("mt-1 text-sm", pain ? "text-pain" : "text-delight")}>
            {change === "worse" ? "Worse" : "Better"} than when it was dismissed, at {share(dismissed.rate.value)}: “
            <bdi>{dismissed.reason}</bdi>”
          </p>
        )}
        {dismissed && !change && (
          <p className="mt-1 text-sm">
            Dismissed: “<bdi>{dismissed.reason}</bdi>”
          </p>
        )}
        <p dir="auto" className="mt-1.5 max-w-[72ch] break-words text-muted">
          {finding.sentence}
        </p>
        {narrow && <Measures finding={finding} />}
        <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
          {onPeople && (
            <Button
              size="small"
              look={narrow ? "solid" : "outline"}
              onClick={() => onPeople(finding.place as JsonObject, finding.title)}
            >
              <Users size={14} aria-hidden /> See {plural(finding.customers, "person", "people")}
            </Button>
          )}
          <Onward finding={finding} of={of} question={question} narrow={narrow} />
          <DismissButton told={told} />
        </div>
        <More finding={finding} money={of.money} onPeople={onPeople} />
      </div>
      {!narrow && <Measures finding={finding} />}
    </article>
  );
}

/** Over time, and in figures. */
function Measures({ finding }: { finding: Finding }) {
  return (
    <div className="mt-3 lg:mt-0.5">
      <Weeks finding={finding} />
      <Facts finding={finding} />
    </div>
  );
}

function Facts({ finding }: { finding: Finding }) {
  const rows: [name: string, value: ReactNode][] = [
    ["Who", <bdi key="who">{finding.who ?? "everybody"}</bdi>],
    ["When", when(finding)],
    ...costsOf(finding).map(({ what, figure: cost, interval }): [string, ReactNode] => [
      what,
      <span key={what}>
        <span className="font-medium">{cost}</span> <span className="whitespace-nowrap text-muted">({interval})</span>
      </span>,
    ]),
    ["How sure", `${falseAlarms(finding.q)} among all that are this sure`],
  ];
  return (
    <dl className="mt-3 grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="figures min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const LINK = "underline decoration-line-strong underline-offset-4 hover:decoration-ink";

/** To the place on the map, and to the questions that one asks next. */
function Onward({
  finding,
  of,
  question,
  narrow,
}: Pick<FindingViewProps, "of" | "question" | "narrow"> & { finding: Finding }) {
  const map = typeof question.map === "string" ? question.map : undefined;
  const file = useMapFile(map);
  const declared = question.declared ?? file.data?.declared;
  const next = useMemo(
    () => followUps(finding, of, (declared ?? {}) as Parameters<typeof followUps>[2]),
    [finding, of, declared],
  );
  // Without a map its touchpoints have no names that a question could use.
  if (!map) return null;
  return (
    <>
      {!narrow && (
        <Link {...evidenceLink(map, finding)} className={LINK}>
          On the map
        </Link>
      )}
      {next.map((one) => (
        <Link
          key={one.title}
          to="/explore/$analysis"
          params={{ analysis: one.analysis }}
          search={(now) =>
            ({ ...now, map, q: one.question, saved: undefined, ...(one.period ? { period: one.period } : {}) }) as never
          }
          className={`${LINK} max-w-full truncate`}
        >
          <bdi>{one.title}</bdi>
        </Link>
      ))}
    </>
  );
}

const NUMBERS = ["One", "Two", "Three", "Four", "Five"];

/** Why it stands where it stands, whom it struck on which way, what they said, and what else shows it: for who wants to know. */
function More({ finding, money, onPeople }: { finding: Finding; money: boolean; onPeople?: OnPeople }) {
  const { quotes = [], also = [], examples = [] } = finding;
  const holds = [
    "how it ranks",
    examples.length > 0 && plural(examples.length, "journey"),
    quotes.length > 0 && plural(quotes.length, "quote"),
    also.length > 0 && plural(also.length, "other sign"),
  ].filter(Boolean);
  return (
    <details className="mt-3">
      <summary className="w-max max-w-full text-muted text-sm hover:text-ink">
        More: <span className="figures">{holds.join(", ")}</span>
      </summary>
      <div className="mt-3 flex flex-col gap-5">
        <Part title="How it ranks">
          <RankParts finding={finding} money={money} />
        </Part>
        {examples.length > 0 && (
          <Part
            title={`${NUMBERS[examples.length - 1] ?? count(examples.length)} ${examples.length === 1 ? "journey" : "journeys"}`}
          >
            <Journeys examples={examples} pain={finding.feeling === "pain"} />
          </Part>
        )}
        {quotes.length > 0 && (
          <Part title="What they said at the time">
            <ul className="flex max-w-[76ch] flex-col gap-2">
              {quotes.map((quote) => (
                <li key={quote.text} dir="auto" className="break-words border-line-strong border-l-2 pl-3">
                  “{quote.text}”
                </li>
              ))}
            </ul>
          </Part>
        )}
        {also.length > 0 && (
          <Part title="What else shows it">
            <Signs also={also} onPeople={onPeople} />
          </Part>
        )}
      </div>
    </details>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <p className="mb-1 font-medium text-sm">{title}</p>
      {children}
    </div>
  );
}

const SIGNS_AT_FIRST = 8;

function Signs({ also, onPeople }: { also: readonly Sign[]; onPeople?: OnPeople }) {
  const [all, setAll] = useState(false);
  const shown = all ? also : also.slice(0, SIGNS_AT_FIRST);
  return (
    <>
      <ul className="flex flex-col gap-1">
        {shown.map((sign) => (
          <li key={JSON.stringify(sign.place)}>
            <SignLine sign={sign} onPeople={onPeople} />
          </li>
        ))}
      </ul>
      {shown.length < also.length && (
        <Button size="small" className="mt-2" onClick={() => setAll(true)}>
          Show all {also.length}
        </Button>
      )}
    </>
  );
}

function SignLine({ sign, onPeople }: { sign: Sign; onPeople?: OnPeople }) {
  if (!onPeople) return <span dir="auto">{sign.title}</span>;
  return (
    <button
      type="button"
      onClick={() => onPeople(sign.place as JsonObject, sign.title)}
      className={`${LINK} max-w-full break-words text-left text-sm`}
    >
      <bdi>{sign.title}</bdi>: see people
    </button>
  );
}

function RankParts({ finding, money }: { finding: Finding; money: boolean }) {
  const { excess, each, sure, least } = rankOf(finding, money);
  const more = finding.rate.value >= finding.expected;
  return (
    <>
      <p className="figures text-sm">
        {count(excess)} times too {more ? "many" : "few"} × {money ? figure(each, "money") : number(each)}
        {money ? "" : " customers"} each × {share(sure)} sure ={" "}
        <span className="font-medium">{count(finding.weight)}</span>
      </p>
      <p className="mt-0.5 max-w-[76ch] text-muted text-sm">
        {share(finding.rate.value)} of {count(finding.rate.n)}, where {share(finding.expected)} were to be expected from{" "}
        {finding.expected_from}.
        {least && " What it costs or brings cannot be told, so it is ranked as if it were a little of what is usual."}
      </p>
    </>
  );
}
