import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { Problem } from "@/api/client";
import type { Source, WriteKey } from "@/api/contract";
import { useWorkspace } from "@/api/queries";
import { Button, buttonClasses } from "@/ui/Button";
import { Chip } from "@/ui/Chip";
import { Code, CopyButton } from "@/ui/Copy";
import { Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { Page } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { Tabs } from "@/ui/Tabs";
import { toast, toastProblem } from "@/ui/Toast";
import { ago, count, date } from "@/words/format";
import { Figures } from "./Figures";
import { useChangeSource, usePlan, useRules, useSaveRules, useSources } from "./queries";
import { ReadOnlyNote } from "./ReadOnlyNote";
import { TextEditor } from "./TextEditor";

/** One source: its keys, and the rules that are applied to what it sends. */
export default function SourcePage() {
  const { name } = useParams({ from: "/data/sources/$name" });
  const { tab } = useSearch({ from: "/data/sources/$name" });
  const navigate = useNavigate({ from: "/data/sources/$name" });
  const sources = useSources();
  const source = sources.data?.sources.find((one) => one.name === name);
  const workspace = useWorkspace();
  const mayChange = workspace.data?.may_change === true;
  return (
    <Page
      title={name}
      about={
        <Link to="/data/sources" className="underline decoration-line-strong underline-offset-4">
          All sources
        </Link>
      }
      actions={
        source && (
          <Link
            to="/data/connect"
            search={(now) => ({ ...now, source: name })}
            className={buttonClasses(source.last ? "outline" : "solid")}
          >
            How to send
          </Link>
        )
      }
    >
      <ReadOnlyNote />
      {sources.isPending && <Skeleton className="h-9" lines={4} />}
      {sources.isError && <ProblemNote error={sources.error} again={() => sources.refetch()} />}
      {sources.data && !source && (
        <EmptyState title="There is no such source">It may have another name by now.</EmptyState>
      )}
      {source && (
        <>
          <Figures
            figures={[
              { name: "Last message", value: source.last ? ago(source.last) : "none yet" },
              { name: "Received, 24 hours", value: count(source.received) },
              { name: "Stored", value: count(source.stored) },
              { name: "Duplicates", value: count(source.duplicates) },
              { name: "Quarantined", value: count(source.quarantined) },
              ...(source.marked === undefined ? [] : [{ name: "Marked", value: count(source.marked) }]),
            ]}
          />
          <Tabs
            label="Source"
            value={tab === "rules" ? "rules" : "keys"}
            onChange={(next) =>
              navigate({ search: (now) => ({ ...now, tab: next === "keys" ? undefined : next }), replace: true })
            }
            tabs={[
              { value: "keys", label: "Keys", count: count(source.keys.filter((key) => !key.ended).length) },
              { value: "rules", label: "Rules" },
            ]}
          >
            {tab === "rules" ? (
              <Rules source={name} mayChange={mayChange} />
            ) : (
              <Keys source={source} mayChange={mayChange} />
            )}
          </Tabs>
        </>
      )}
    </Page>
  );
}

function Keys({ source, mayChange }: { source: Source; mayChange: boolean }) {
  const [ending, setEnding] = useState<WriteKey | null>(null);
  const [adding, setAdding] = useState(false);
  const change = useChangeSource();
  return (
    <>
      <p className="mb-4 max-w-[68ch] text-muted">
        A write key allows to send for this source, and nothing else. It is no secret: whoever looks at your page finds
        it.
      </p>
      <ul>
        {source.keys.map((key) => (
          <li key={key.key} className="flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-b py-3">
            <code className={`min-w-0 break-all font-mono text-sm ${key.ended ? "text-muted line-through" : ""}`}>
              {key.key}
            </code>
            <span dir="auto" className="min-w-0 flex-1 basis-48 truncate text-muted text-sm">
              {key.origins.length > 0 ? `browsers of ${key.origins.join(", ")}` : "browsers of any page, and servers"} ·
              since {date(key.created)}
            </span>
            {key.ended ? (
              <Chip>ended {date(key.ended)}</Chip>
            ) : (
              <>
                <CopyButton text={key.key} name="Copy the key" />
                {mayChange && (
                  <Button size="small" onClick={() => setEnding(key)}>
                    End
                  </Button>
                )}
              </>
            )}
          </li>
        ))}
      </ul>
      {mayChange && (
        <Button className="mt-4" onClick={() => setAdding(true)}>
          Add a key
        </Button>
      )}
      <Dialog
        open={ending !== null}
        onClose={() => setEnding(null)}
        title="End this key"
        about="Whatever sends with it is refused from now on, and told so. What it has sent stays. This cannot be undone; another key can be added."
        actions={
          <>
            <Button look="quiet" onClick={() => setEnding(null)}>
              Cancel
            </Button>
            <Button
              look="danger"
              disabled={change.isPending}
              onClick={() =>
                ending &&
                change.mutate(
                  { do: "end", key: ending.key },
                  {
                    onSuccess: () => {
                      toast("The key is ended");
                      setEnding(null);
                    },
                    onError: toastProblem,
                  },
                )
              }
            >
              End the key
            </Button>
          </>
        }
      >
        <code className="break-all font-mono text-sm">{ending?.key}</code>
      </Dialog>
      {adding && <AddKey source={source.name} onClose={() => setAdding(false)} />}
    </>
  );
}

function AddKey({ source, onClose }: { source: string; onClose: () => void }) {
  const change = useChangeSource();
  const [origins, setOrigins] = useState("");
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add a key"
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="solid" type="submit" form="add-key" disabled={change.isPending}>
            Add
          </Button>
        </>
      }
    >
      <form
        id="add-key"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(
            { do: "add", name: source, origins: origins.split(/[\s,]+/).filter(Boolean) },
            {
              onSuccess: () => {
                toast("The key is there");
                onClose();
              },
              onError: toastProblem,
            },
          );
        }}
      >
        <Field
          label="Pages from which browsers may use it"
          about="Such as https://shop.example; several with spaces between them. Any, when left empty."
        >
          <Input value={origins} onChange={(event) => setOrigins(event.target.value)} autoFocus />
        </Field>
      </form>
    </Dialog>
  );
}

function Rules({ source, mayChange }: { source: string; mayChange: boolean }) {
  const rules = useRules(source);
  const save = useSaveRules(source);
  const [text, setText] = useState<string | null>(null);
  const [proposing, setProposing] = useState(false);
  const wrong = useMemo(() => placesOf(save.error), [save.error]);
  if (rules.isPending) return <Skeleton className="h-64" />;
  if (rules.isError) return <ProblemNote error={rules.error} again={() => rules.refetch()} />;
  const shown = text ?? rules.data.toml;
  return (
    <div>
      <p className="mb-4 max-w-[68ch] text-muted">
        They are applied to everything of this source before it is stored: what is left out or hashed, which consent it
        needs, which events and properties are planned, what becomes of bots. A running server knows of them within a
        second or two.
      </p>
      <TextEditor
        label={`Rules of ${source}, TOML`}
        value={shown}
        readOnly={!mayChange}
        problems={wrong}
        onChange={(next) => {
          setText(next);
          if (save.isError) save.reset();
        }}
      />
      {save.isError && <ProblemNote error={save.error} />}
      <div className="mt-4 flex flex-wrap gap-2">
        {mayChange && (
          <>
            <Button
              look="solid"
              disabled={text === null || text === rules.data.toml || save.isPending}
              onClick={() => {
                const before = rules.data.toml;
                save.mutate(shown, {
                  onSuccess: () => {
                    setText(null);
                    toast("The rules are in force", () => save.mutate(before, { onError: toastProblem }));
                  },
                });
              }}
            >
              Save rules
            </Button>
            {text !== null && text !== rules.data.toml && (
              <Button look="quiet" onClick={() => setText(null)}>
                Discard
              </Button>
            )}
            <Button onClick={() => setProposing(true)}>Propose a tracking plan</Button>
          </>
        )}
      </div>
      {proposing && (
        <Plan
          source={source}
          onTake={(plan) => {
            setText(shown.trim() === "" ? plan : `${shown.trimEnd()}\n\n${plan}`);
            setProposing(false);
          }}
          onClose={() => setProposing(false)}
        />
      )}
    </div>
  );
}

/** Where a file is wrong: as members of the problem, or in its sentence. */
function placesOf(error: unknown): { line: number; column: number }[] {
  if (!(error instanceof Problem)) return [];
  const { more, message } = error;
  if (typeof more.line === "number") return [{ line: more.line, column: Number(more.column) || 1 }];
  const [, line, column] = /line (\d+),? column (\d+)/.exec(message) ?? [];
  return line ? [{ line: Number(line), column: Number(column) }] : [];
}

interface PlanProps {
  source: string;
  onTake: (toml: string) => void;
  onClose: () => void;
}

function Plan({ source, onTake, onClose }: PlanProps) {
  const plan = usePlan(source, true);
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="A tracking plan from what was sent until now"
      about="The events and properties that this source has sent, with their types. Put it into the rules and edit it there; nothing is in force before you save."
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="solid" disabled={!plan.data} onClick={() => plan.data && onTake(plan.data.toml)}>
            Put into the rules
          </Button>
        </>
      }
    >
      {plan.isPending && <Skeleton className="h-40" />}
      {plan.isError && <ProblemNote error={plan.error} again={() => plan.refetch()} compact />}
      {plan.data && <Code label="Tracking plan" text={plan.data.toml} />}
    </Dialog>
  );
}
