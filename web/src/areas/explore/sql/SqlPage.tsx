import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { fetchJson, Problem } from "@/api/client";
import type { Answer } from "@/api/model";
import { useMaps, useWorkspace } from "@/api/queries";
import { useContextSearch, useMapFileInContext } from "@/shell/context";
import { Button } from "@/ui/Button";
import { Field, Textarea } from "@/ui/Field";
import { Keys } from "@/ui/Keys";
import { Page } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { Result, ROWS_AT_FIRST, ROWS_MOST, Wrong } from "./Result";
import { ShareRows } from "./ShareRows";
import { EXAMPLES, withName } from "./statement";
import { Tables } from "./Tables";

/** A statement and its rows. What was run is in the address. */
export default function SqlPage() {
  const { statement, rows = ROWS_AT_FIRST } = useSearch({ from: "/explore/sql" });
  const { map, version } = useContextSearch();
  const mapEntry = useMaps().data?.find(({ id }) => id === map);
  const navigate = useNavigate({ from: "/explore/sql" });
  const client = useQueryClient();
  const workspace = useWorkspace();
  const [draft, setDraft] = useState(statement ?? "");
  const editor = useRef<HTMLTextAreaElement>(null);
  // Going back brings back what was written.
  useEffect(() => setDraft(statement ?? ""), [statement]);

  const file = useMapFileInContext(map);
  const declared = version ? file.data?.declared : undefined;
  const queryKey = ["sql", statement, map, version, rows];
  const asked = useQuery({
    queryKey,
    queryFn: ({ signal }) => fetchJson<Answer>("/api/sql", { body: { statement, rows, map, declared }, signal }),
    enabled: statement !== undefined && (!version || declared !== undefined),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const run = (text: string, most = ROWS_AT_FIRST) => {
    if (text.trim() === "") return;
    if (text === statement && most === rows) asked.refetch();
    else navigate({ search: (now) => ({ ...now, statement: text, rows: most === ROWS_AT_FIRST ? undefined : most }) });
  };
  const put = (name: string) => {
    const { selectionStart = draft.length, selectionEnd = draft.length } = editor.current ?? {};
    const { text, cursor } = withName(draft, selectionStart, selectionEnd, name);
    setDraft(text);
    goTo(cursor);
  };
  const goTo = (at: number) =>
    requestAnimationFrame(() => {
      editor.current?.focus();
      editor.current?.setSelectionRange(at, at);
    });
  const stopped =
    statement !== undefined && !asked.isFetching && !asked.isError && (asked.isPending || asked.isPlaceholderData);
  const answer = stopped || asked.isError ? undefined : asked.data;
  return (
    <Page
      full
      title="SQL"
      about="Ask the data in SQL. It only reads: no statement changes, writes or opens anything."
      actions={
        <ShareRows
          statement={statement}
          mapFile={mapEntry && (mapEntry.file ?? `maps/${mapEntry.id}.yaml`)}
          table={answer?.view.shape === "table" ? answer.view : undefined}
        />
      }
    >
      <div className="grid gap-x-10 gap-y-8 lg:grid-cols-[minmax(0,1fr)_260px]">
        <div className="min-w-0">
          <form
            className="mb-6"
            onSubmit={(event) => {
              event.preventDefault();
              run(draft);
            }}
          >
            <Field label="Statement" hideLabel>
              <Textarea
                ref={editor}
                value={draft}
                onChange={(event) => setDraft(event.target.value)}
                onKeyDown={(event) => {
                  if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
                  event.preventDefault();
                  run(draft);
                }}
                rows={Math.min(20, Math.max(6, draft.split("\n").length + 1))}
                spellCheck={false}
                autoCapitalize="off"
                autoComplete="off"
                wrap="off"
                placeholder="SELECT event, count(*) FROM events GROUP BY event"
                className="resize-y overflow-x-auto whitespace-pre px-3 py-2.5 font-mono text-sm leading-5"
              />
            </Field>
            <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-2">
              <Button type="submit" look="solid" disabled={draft.trim() === ""}>
                <Play size={14} aria-hidden /> Run
              </Button>
              <span className="max-sm:hidden">
                <Keys keys="Ctrl ↵" />
              </span>
              {asked.isFetching && (
                <span role="status" className="late flex items-center gap-3 text-muted">
                  Running …
                  <Button size="small" onClick={() => client.cancelQueries({ queryKey })}>
                    Cancel
                  </Button>
                </span>
              )}
              <span className="ml-auto text-muted text-sm">
                {mapEntry ? (
                  <>
                    Touchpoints and stages as in <span dir="auto">{mapEntry.title}</span>
                    {version ? ", in the chosen version." : "."}
                  </>
                ) : (
                  "Choose a map above, and touchpoints and stages are known."
                )}{" "}
                Segment and period are written into the statement.
              </span>
            </div>
          </form>
          <section aria-label="Result" aria-busy={asked.isFetching}>
            {asked.isError &&
              (asked.error instanceof Problem && asked.error.code === "bad_statement" ? (
                <Wrong problem={asked.error} statement={statement ?? ""} onGoTo={goTo} />
              ) : (
                <ProblemNote error={asked.error} again={() => asked.refetch()} />
              ))}
            {stopped && (
              <EmptyState title="Cancelled" action={<Button onClick={() => asked.refetch()}>Run it again</Button>}>
                Nobody waits for its rows any more.
              </EmptyState>
            )}
            {asked.isLoading && <Skeleton className="h-8" lines={8} />}
            {answer && (
              <div className={asked.isFetching ? "opacity-60 transition-opacity delay-200" : ""}>
                <Result
                  answer={answer}
                  rows={rows}
                  onMore={() => statement && run(statement, ROWS_MOST)}
                  onAgain={() => asked.refetch()}
                />
              </div>
            )}
            {statement === undefined && (
              <Examples
                empty={workspace.data?.events === 0}
                onChoose={(text) => {
                  setDraft(text);
                  run(text);
                }}
              />
            )}
          </section>
        </div>
        <aside aria-label="What one can ask of">
          <Tables
            onName={put}
            onTable={(name) => {
              if (draft.trim() !== "") return put(name);
              const text = `SELECT *\nFROM ${name}\nLIMIT 100`;
              setDraft(text);
              goTo(text.length);
            }}
          />
        </aside>
      </div>
    </Page>
  );
}

/** To begin with. */
function Examples({ empty, onChoose }: { empty: boolean; onChoose: (statement: string) => void }) {
  return (
    <>
      <h2 className="mb-1 font-semibold">Begin with one of these</h2>
      {empty && <p className="mb-1 text-muted">There are no events yet: the answers are empty until data comes in.</p>}
      <ul>
        {EXAMPLES.map(({ name, statement }) => (
          <li key={name} className="border-line border-b last:border-b-0">
            <button
              type="button"
              onClick={() => onChoose(statement)}
              className="-mx-3 block w-[calc(100%+1.5rem)] rounded-md px-3 py-2.5 text-left transition-colors hover:bg-hover"
            >
              <span className="block font-medium">{name}</span>
              <span className="block truncate font-mono text-muted text-xs">{statement.replaceAll("\n", " ")}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
