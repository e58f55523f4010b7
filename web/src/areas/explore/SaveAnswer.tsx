import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { JsonObject } from "@/api/contract";
import { useRemoveSaved, useSave, useSaved, useWorkspace } from "@/api/queries";
import { useContextSearch } from "@/shell/context";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { toast, toastProblem } from "@/ui/Toast";
import { slug } from "@/words/format";
import { titleOf } from "./analyses";

interface SaveAnswerProps {
  analysis: string;
  /** The question without the context: a saved answer is seen in whatever context the reader has. */
  question: JsonObject;
  savedId?: string;
  disabled: boolean;
}

const NO_DASHBOARD = "";

/** Keeps a question under a name, where a dashboard can show it. */
export function SaveAnswer({ analysis, question, savedId, disabled }: SaveAnswerProps) {
  const workspace = useWorkspace();
  const saved = useSaved();
  const [open, setOpen] = useState(false);
  const kept = saved.data?.answers.find(({ id }) => id === savedId);
  if (workspace.data?.may_change === false || !saved.data) return null;
  return (
    <>
      <Button look="solid" disabled={disabled} onClick={() => setOpen(true)}>
        {kept ? "Save changes" : "Save"}
      </Button>
      {open && <SaveDialog analysis={analysis} question={question} kept={kept} onClose={() => setOpen(false)} />}
    </>
  );
}

interface SaveDialogProps extends Pick<SaveAnswerProps, "analysis" | "question"> {
  kept?: { id: string; name: string };
  onClose: () => void;
}

function SaveDialog({ analysis, question, kept, onClose }: SaveDialogProps) {
  const navigate = useNavigate();
  const { map } = useContextSearch();
  const { dashboards = [], answers = [] } = useSaved().data ?? {};
  const [name, setName] = useState(kept?.name ?? titleOf(analysis));
  const [dashboard, setDashboard] = useState(NO_DASHBOARD);
  const save = useSave("answers");
  const remove = useRemoveSaved("answers");
  const saveDashboard = useSave("dashboards");
  const id = kept && kept.name === name ? kept.id : slug(name);
  const taken = answers.find((one) => one.id === id && one.id !== kept?.id);
  const submit = () => {
    const before = answers.find((one) => one.id === id);
    save.mutate(
      { id, name, analysis, question, map: map ?? null },
      {
        onSuccess: () => {
          toast(`“${name}” is saved`, () => (before ? save.mutate(before) : remove.mutate(id)));
          const onto = dashboards.find((one) => one.id === dashboard);
          if (onto && !onto.tiles.some((tile) => tile.answer === id)) {
            saveDashboard.mutate(
              { ...onto, tiles: [...onto.tiles, { answer: id, wide: false }] },
              { onError: toastProblem },
            );
          }
          navigate({ to: ".", search: (now) => ({ ...now, q: question, saved: id }) as never, replace: true });
          onClose();
        },
        onError: toastProblem,
      },
    );
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Save this question"
      about="It is asked anew whenever it is opened, of whatever customers and period the bar above says then."
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="solid" type="submit" form="save-answer" disabled={id === "" || save.isPending}>
            {taken ? "Replace" : "Save"}
          </Button>
        </>
      }
    >
      <form
        id="save-answer"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field
          label="Name"
          problem={taken ? `“${taken.name}” has this name already and would be replaced.` : undefined}
        >
          <Input value={name} onChange={(event) => setName(event.target.value)} required maxLength={100} autoFocus />
        </Field>
        {dashboards.length > 0 && (
          <div className="flex flex-col gap-1">
            <span className="font-medium text-sm">Put on a dashboard</span>
            <Select
              label="Dashboard"
              value={dashboard}
              options={[
                { value: NO_DASHBOARD, label: "No dashboard" },
                ...dashboards.map((one) => ({ value: one.id, label: one.name })),
              ]}
              onChange={setDashboard}
            />
          </div>
        )}
      </form>
    </Dialog>
  );
}
