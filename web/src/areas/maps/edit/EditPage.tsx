import { useQuery } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { Redo2, Settings2, Undo2 } from "lucide-react";
import { useEffect, useMemo, useReducer, useRef, useState } from "react";
import type { MapFile } from "@/api/contract";
import type { MeasuredMap } from "@/api/model";
import { AskProgress, wasStopped } from "@/charts/AskProgress";
import { Button, IconButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Choice } from "@/ui/Field";
import { toastProblem } from "@/ui/Toast";
import { plural } from "@/words/format";
import { evidenceOf, type JourneyMap } from "../declared";
import { type Subject, subjectName, subjectOf } from "../evidence";
import { checkMap, draftAsText, type Written } from "../keep/files";
import { useMeasured } from "../measure";
import { groupOf, withMeasures } from "../measured";
import { EvidenceFacts, subjectTitle } from "../read/EvidencePanel";
import { type Editing, MapGrid, type Target } from "../read/MapGrid";
import { Side } from "../Side";
import type { MapSearch } from "../search";
import {
  addStage,
  addTouchpoint,
  moveStage,
  moveTouchpoint,
  removeStage,
  removeTouchpoint,
  setStage,
  setTouchpoint,
  shiftTouchpoint,
} from "./document";
import { begin, draftStep } from "./draft";
import { type FileView, type FormProps, HypothesesForm, KpisForm, StageForm, TouchpointForm } from "./Forms";
import { MapForm } from "./MapForm";
import { ProblemList } from "./Problems";
import { lineOf, type Place } from "./place";
import { SaveDialog } from "./SaveDialog";
import { TextEditor } from "./TextEditor";

interface EditPageProps {
  file: MapFile;
  /** The newest measurements of the map as it is saved. */
  saved: MeasuredMap | undefined;
  search: MapSearch;
  onChange: (search: Partial<MapSearch>, replace?: boolean) => void;
}

const SETTLE_MS = 600;

/** What is being edited, by id: places change while one edits. */
type Edited = { sort: "stage" | "touchpoint" | "kpis" | "hypotheses"; id: string } | { sort: "map" };

/** Edits a map: on the map itself, or as the text of its file. Nothing is saved before it is said. */
export default function EditPage({ file, saved, search, onChange }: EditPageProps) {
  const [base, setBase] = useState(file);
  const first = base.declared as unknown as JourneyMap;
  const [draft, step] = useReducer(draftStep, first, begin);
  const [text, setText] = useState<string | null>(null);
  const [edited, setEdited] = useState<Edited | null>(null);
  const [saving, setSaving] = useState(false);
  const asText = search.mode === "text";
  const written: Written = asText && text !== null ? { yaml: text } : { declared: draft.now };
  const dirty = asText && text !== null ? text !== base.yaml : draft.past.length > 0;
  const checked = useChecked(written, base.id, dirty);
  const problems = checked.data?.problems ?? [];
  const wrong = problems.some(({ severity }) => severity === "error");
  const done = useRef(false);
  const leave = useBlocker({
    shouldBlockFn: ({ current, next }) => {
      const stays =
        next.pathname === current.pathname && ["edit", "text"].includes((next.search as MapSearch).mode ?? "");
      return dirty && !done.current && !stays;
    },
    enableBeforeUnload: () => dirty && !done.current,
    withResolver: true,
  });
  const change = (map: JourneyMap, tag?: string) => step({ do: "change", map, tag });

  // What was written as text is what the map shows, as soon as it can be read.
  const toMap = async () => {
    if (text !== null && text !== base.yaml) {
      try {
        const { declared, problems } = await checkMap({ yaml: text }, base.id);
        if (!declared) throw new Error(problems[0]?.message ?? "The text is no map.");
        if (JSON.stringify(declared) !== JSON.stringify(draft.now)) change(declared);
      } catch (error) {
        toastProblem(error);
        return;
      }
    }
    setText(null);
    onChange({ mode: "edit" });
  };
  const [line, setLine] = useState(0);
  const toText = async (place?: Place) => {
    try {
      const yaml = draft.past.length === 0 ? base.yaml : (await draftAsText(draft.now, base)).yaml;
      setText(yaml);
      setLine(place ? lineOf(yaml, place) : 0);
      setEdited(null);
      onChange({ mode: "text" });
    } catch (error) {
      toastProblem(error);
    }
  };
  // Opened by its address, the text is there at once.
  useEffect(() => {
    if (asText) setText((now) => now ?? base.yaml);
  }, [asText, base.yaml]);

  const onKeyDown = (event: React.KeyboardEvent) => {
    if (!(event.metaKey || event.ctrlKey)) return;
    const key = event.key.toLowerCase();
    const inField = event.target instanceof Element && event.target.closest("input,textarea") !== null;
    if (key === "s") {
      event.preventDefault();
      if (dirty && !wrong) setSaving(true);
    } else if ((key === "z" || key === "y") && !inField) {
      event.preventDefault();
      step({ do: key === "y" || event.shiftKey ? "redo" : "undo" });
    }
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: undo, redo and save work wherever the focus is in here
    <div className="relative flex h-[calc(100dvh-48px)] flex-col" onKeyDown={onKeyDown}>
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3 md:px-7">
        <div className="flex min-w-0 flex-1 basis-56 items-baseline gap-3">
          <h1 tabIndex={-1} dir="auto" className="truncate font-semibold text-lg tracking-[-0.01em]">
            {draft.now.title || "No title"}
          </h1>
          <span className="whitespace-nowrap text-muted text-sm" role="status">
            {dirty ? (checked.data ? plural(checked.data.changes.length, "change") : "changed") : "no changes"}
          </span>
        </div>
        {problems.length > 0 && <ProblemList problems={problems} />}
        {!asText && (
          <>
            <div className="flex">
              <IconButton name="Undo (Ctrl Z)" disabled={draft.past.length === 0} onClick={() => step({ do: "undo" })}>
                <Undo2 size={16} />
              </IconButton>
              <IconButton
                name="Redo (Ctrl Y)"
                disabled={draft.future.length === 0}
                onClick={() => step({ do: "redo" })}
              >
                <Redo2 size={16} />
              </IconButton>
            </div>
            <Button look="quiet" onClick={() => setEdited({ sort: "map" })}>
              <Settings2 size={14} aria-hidden /> Map, personas, scores
            </Button>
          </>
        )}
        <Choice
          label="Edit as"
          value={asText ? "text" : "map"}
          onChange={(as) => (as === "text" ? toText() : toMap())}
          options={[
            { value: "map", label: "Map" },
            { value: "text", label: "YAML" },
          ]}
        />
        <Button look="quiet" onClick={() => onChange({ mode: undefined, open: undefined }, false)}>
          Close
        </Button>
        <Button look="solid" disabled={!dirty || wrong} onClick={() => setSaving(true)}>
          Save …
        </Button>
      </header>
      {asText ? (
        text !== null && <TextEditor text={text} line={line} onChange={setText} problems={problems} />
      ) : (
        <Canvas
          map={draft.now}
          id={base.id}
          saved={saved}
          dirty={dirty}
          valid={!wrong}
          search={search}
          onSearch={onChange}
          edited={edited}
          onEdited={setEdited}
          onChange={change}
          file={{ line: (place) => lineOf(base.yaml, place), show: toText }}
        />
      )}
      {saving && (
        <SaveDialog
          id={base.id}
          written={written}
          base={base}
          onClose={() => setSaving(false)}
          onSaved={() => {
            done.current = true;
            setSaving(false);
            onChange({ mode: undefined, open: undefined }, false);
          }}
          onTheirs={(theirs) => {
            setBase(theirs);
            step({ do: "begin", map: theirs.declared as unknown as JourneyMap });
            setText(asText ? theirs.yaml : null);
            setSaving(false);
          }}
        />
      )}
      {leave.status === "blocked" && (
        <Dialog
          open
          onClose={leave.reset}
          title="Leave without saving?"
          about="What was changed on this map is not saved yet."
          actions={
            <>
              <Button look="quiet" onClick={leave.proceed}>
                Leave, discard changes
              </Button>
              <Button look="solid" onClick={leave.reset}>
                Keep editing
              </Button>
            </>
          }
        >
          {null}
        </Dialog>
      )}
    </div>
  );
}

/** What the server says of a draft, once nothing has been written for a moment. */
function useChecked(written: Written, id: string, enabled: boolean) {
  const settled = useSettled(written);
  return useQuery({
    queryKey: ["check", id, settled],
    queryFn: ({ signal }) => checkMap(settled, id, signal),
    enabled,
    placeholderData: (before) => (enabled ? before : undefined),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  const text = JSON.stringify(value);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the value
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

interface CanvasProps {
  map: JourneyMap;
  id: string;
  saved: MeasuredMap | undefined;
  dirty: boolean;
  valid: boolean;
  search: MapSearch;
  onSearch: EditPageProps["onChange"];
  edited: Edited | null;
  onEdited: (edited: Edited | null) => void;
  onChange: (map: JourneyMap, tag?: string) => void;
  file: FileView;
}

/** The map with handles: the draft is seen at once, and measured as soon as it stands still. */
function Canvas(props: CanvasProps) {
  const { map: declared, id, saved, dirty, valid, search, onSearch, edited, onEdited, onChange, file } = props;
  const preview = useSettled(dirty ? declared : undefined);
  const { question, asked, answer, measured } = useMeasured(id, preview, preview !== undefined && valid);
  const shown = useMemo(
    // What hurts is looked for when the map is saved.
    () => withMeasures(declared, dirty && measured ? { ...measured, findings: saved?.findings ?? [] } : saved),
    [declared, dirty, measured, saved],
  );
  const group = groupOf(shown, search.group);
  const evidence = useMemo(() => declared.stages.map((stage) => (stage.hypotheses ?? []).map(evidenceOf)), [declared]);
  const stageId = (stage: number) => declared.stages[stage]?.id ?? "";
  const touchpointId = (touchpoint: number) => declared.touchpoints?.[touchpoint]?.id ?? "";
  const idOf = (target: Target): Edited =>
    target.sort === "touchpoint"
      ? { sort: "touchpoint", id: touchpointId(target.touchpoint) }
      : { sort: target.sort, id: stageId(target.stage) };
  const targetOf = (one: Edited | null): Target | null => {
    if (!one || one.sort === "map") return null;
    if (one.sort === "touchpoint") {
      const touchpoint = declared.touchpoints?.findIndex((each) => each.id === one.id) ?? -1;
      return touchpoint < 0 ? null : { sort: "touchpoint", touchpoint };
    }
    const stage = declared.stages.findIndex((each) => each.id === one.id);
    return stage < 0 ? null : { sort: one.sort, stage };
  };
  const edit = (one: Edited | null) => {
    onEdited(one);
    if (search.open) onSearch({ open: undefined });
  };
  const editing: Editing = {
    target: targetOf(edited),
    onTarget: (target) => edit(idOf(target)),
    onAddStage: () => {
      const { map, id: added } = addStage(declared, "New stage");
      onChange(map);
      edit({ sort: "stage", id: added });
    },
    onAddTouchpoint: (stage) => {
      const { map, id: added } = addTouchpoint(declared, stageId(stage), "New touchpoint");
      onChange(map);
      edit({ sort: "touchpoint", id: added });
    },
    onBelieve: (stage, believed) =>
      onChange(setStage(declared, stageId(stage), { believed }), `${stageId(stage)} believed`),
    onMove: (target, key) => {
      const by = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
      const across = key === "ArrowLeft" || key === "ArrowRight";
      const next =
        target.sort === "touchpoint"
          ? across
            ? shiftTouchpoint(declared, touchpointId(target.touchpoint), by)
            : moveTouchpoint(declared, touchpointId(target.touchpoint), by)
          : across && target.sort === "stage"
            ? moveStage(declared, stageId(target.stage), by)
            : declared;
      if (JSON.stringify(next) !== JSON.stringify(declared)) onChange(next);
      return true;
    },
    onRemove: (target) => {
      if (target.sort === "touchpoint") onChange(removeTouchpoint(declared, touchpointId(target.touchpoint)));
      else if (target.sort === "stage" && declared.stages.length > 1)
        onChange(removeStage(declared, stageId(target.stage)));
      edit(null);
    },
    onDropTouchpoint: (touchpoint, stage) =>
      onChange(setTouchpoint(declared, touchpointId(touchpoint), { stage: stageId(stage) })),
  };
  const subject = subjectOf(shown, group, search.open);
  const open = (one: Subject) => {
    onEdited(null);
    onSearch({ open: subjectName(shown, group, one) });
  };
  const form = edited && formOf(edited, { map: declared, onChange, file, onClose: () => edit(null) });
  return (
    <>
      {(answer.isFetching || wasStopped(answer)) && (
        <div className="absolute right-7 bottom-4 z-20 rounded-md border border-line bg-surface px-3 shadow-pop">
          <AskProgress asked={asked} answer={answer} inline />
        </div>
      )}
      <div className="flex min-h-0 flex-1 border-line border-t">
        <MapGrid
          map={shown}
          group={group}
          evidence={evidence}
          folded={search.folded ?? []}
          onFold={(lane) => {
            const folded = search.folded ?? [];
            const next = folded.includes(lane) ? folded.filter((one) => one !== lane) : [...folded, lane];
            onSearch({ folded: next.length > 0 ? next : undefined });
          }}
          open={search.open}
          onOpen={open}
          onZoom={() => {}}
          editing={editing}
        />
        {form && (
          <Side kind={form.kind} title={form.title} onClose={() => edit(null)}>
            {form.form}
          </Side>
        )}
        {!form && subject && (
          <Side {...subjectTitle(shown, group, subject)} onClose={() => onSearch({ open: undefined })}>
            <EvidenceFacts map={shown} group={group} subject={subject} meta={answer.data?.meta} question={question} />
          </Side>
        )}
      </div>
    </>
  );
}

function formOf(edited: Edited, shared: FormProps) {
  const { map } = shared;
  if (edited.sort === "map") return { kind: "The whole map", title: map.title, form: <MapForm {...shared} /> };
  const { id } = edited;
  if (edited.sort === "touchpoint") {
    const touchpoint = map.touchpoints?.find((one) => one.id === id);
    return (
      touchpoint && {
        kind: "Touchpoint",
        title: touchpoint.name,
        form: <TouchpointForm key={id} {...shared} id={id} />,
      }
    );
  }
  const stage = map.stages.find((one) => one.id === id);
  if (!stage) return undefined;
  switch (edited.sort) {
    case "kpis":
      return { kind: "Key figures", title: stage.name, form: <KpisForm key={id} {...shared} id={id} /> };
    case "hypotheses":
      return { kind: "Hypotheses", title: stage.name, form: <HypothesesForm key={id} {...shared} id={id} /> };
    default:
      return { kind: "Stage", title: stage.name, form: <StageForm key={id} {...shared} id={id} /> };
  }
}
