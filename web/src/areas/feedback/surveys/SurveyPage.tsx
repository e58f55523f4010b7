import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useWorkspace } from "@/api/queries";
import type { OneSurvey } from "@/api/surveys";
import { Figures } from "@/areas/data/Figures";
import { ReadOnlyNote } from "@/areas/data/ReadOnlyNote";
import { TextEditor } from "@/areas/maps/edit/TextEditor";
import { Button, buttonClasses } from "@/ui/Button";
import { Page, Section } from "@/ui/Page";
import { ProblemNote, Skeleton } from "@/ui/States";
import { toast, toastProblem } from "@/ui/Toast";
import { ago, count } from "@/words/format";
import { HowToAsk } from "./HowToAsk";
import { useCheck, useDeleteSurvey, useSurvey, useWriteSurvey } from "./queries";
import { rateOf, scoresOf } from "./words";

/** One survey: what came of it, how people come to it, and its file. */
export default function SurveyPage() {
  const { id } = useParams({ from: "/feedback/surveys/$id" });
  const survey = useSurvey(id);
  const one = survey.data;
  const mayChange = useWorkspace().data?.may_change !== false;
  return (
    <Page
      title={one?.title ?? id}
      about={
        <Link to="/feedback/surveys" className="underline decoration-line-strong underline-offset-4">
          All surveys
        </Link>
      }
      actions={
        <>
          {one?.page && one.is_open && (
            <a href={one.page} target="_blank" rel="noreferrer" className={buttonClasses()}>
              See its page
            </a>
          )}
          {one && mayChange && <Remove one={one} />}
        </>
      }
    >
      <ReadOnlyNote />
      {survey.isPending && <Skeleton className="h-24" lines={3} />}
      {survey.isError && <ProblemNote error={survey.error} again={() => survey.refetch()} />}
      {one && (
        <>
          <CameOf one={one} />
          <HowToAsk one={one} />
          <TheFile key={id} one={one} mayChange={mayChange} />
        </>
      )}
    </Page>
  );
}

function Remove({ one: { id, title, version, toml } }: { one: OneSurvey }) {
  const navigate = useNavigate();
  const remove = useDeleteSurvey(id);
  const write = useWriteSurvey(id);
  return (
    <Button
      disabled={remove.isPending}
      onClick={() =>
        remove.mutateAsync(version).then(() => {
          navigate({ to: "/feedback/surveys" });
          toast(`Survey “${title ?? id}” is removed; its answers stay`, () =>
            write.mutateAsync({ toml, base: null }).catch(toastProblem),
          );
        }, toastProblem)
      }
    >
      Remove
    </Button>
  );
}

function CameOf({ one: { came, is_open } }: { one: OneSurvey }) {
  const rate = rateOf(came);
  return (
    <Figures
      figures={[
        {
          name: "It is",
          value: is_open ? "open" : "closed",
          about: came.last ? `last answer ${ago(came.last)}` : "no answer yet",
        },
        { name: "Asked", value: count(came.asked) },
        { name: "Answered", value: count(came.responses), about: `${count(came.comments)} with words` },
        {
          name: "Response rate",
          value: rate?.value ?? "–",
          about: (rate?.about ?? came.responses > 0) ? "It is not known who saw it" : undefined,
        },
        ...scoresOf(came).map(({ name, value, about, variant }) => ({ name, value, about: `${about}; ${variant}` })),
      ]}
    />
  );
}

const SETTLED_MS = 400;

function TheFile({ one: { id, toml, version }, mayChange }: { one: OneSurvey; mayChange: boolean }) {
  // What somebody writes stays over the version that they saw.
  const [draft, setDraft] = useState<{ text: string; base: string } | null>(null);
  const text = draft?.text ?? toml;
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const problems = useCheck(settled).data ?? [];
  const write = useWriteSurvey(id);
  const changed = draft !== null && draft.text !== toml;
  const save = () =>
    write.mutateAsync({ toml: text, base: draft?.base ?? version }).then(
      ({ version: now }) => {
        setDraft(null);
        toast("The survey is saved", () => write.mutateAsync({ toml, base: now }).catch(toastProblem));
      },
      // What is wrong is told below.
      () => {},
    );
  return (
    <Section
      title="The file"
      about={`surveys/${id}.toml`}
      actions={
        mayChange &&
        changed && (
          <>
            <Button
              look="quiet"
              onClick={() => {
                setDraft(null);
                write.reset();
              }}
            >
              Discard
            </Button>
            <Button look="solid" disabled={write.isPending || problems.length > 0 || settled !== text} onClick={save}>
              Save
            </Button>
          </>
        )
      }
    >
      {write.isError && <ProblemNote error={write.error} />}
      <div className="flex max-h-[70vh] flex-col overflow-hidden rounded-md border border-line-strong border-t-0 bg-surface">
        <TextEditor
          label="The survey’s file"
          text={text}
          line={0}
          readOnly={!mayChange}
          onChange={(next) => setDraft({ text: next, base: draft?.base ?? version })}
          problems={problems.map((problem) => ({ ...problem, severity: "error", help: "" }))}
        />
      </div>
    </Section>
  );
}
