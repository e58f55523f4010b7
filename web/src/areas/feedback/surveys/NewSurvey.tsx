import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { ProblemNote, Skeleton } from "@/ui/States";
import { toastProblem } from "@/ui/Toast";
import { useTemplates, useWriteSurvey } from "./queries";

/** A survey from a template, under an id of its own. */
export function NewSurvey({ taken, onClose }: { taken: readonly string[]; onClose: () => void }) {
  const navigate = useNavigate();
  const templates = useTemplates();
  const [chosen, setChosen] = useState("nps");
  const [written, setWritten] = useState<string | null>(null);
  const id = written ?? (taken.includes(chosen) ? `${chosen}-2` : chosen);
  const write = useWriteSurvey(id);
  const template = templates.data?.find((one) => one.id === chosen) ?? templates.data?.[0];
  const problem = taken.includes(id)
    ? "There is a survey of this name already."
    : /^[a-z0-9_-]{1,64}$/.test(id)
      ? undefined
      : "Lower-case letters, digits, - and _.";
  return (
    <Dialog
      open
      onClose={onClose}
      title="New survey"
      about="It begins as a template. Read it over before anybody is asked."
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="solid" type="submit" form="new-survey" disabled={!template || !!problem || write.isPending}>
            Make it
          </Button>
        </>
      }
    >
      {templates.isPending && <Skeleton className="h-8" lines={3} />}
      {templates.isError && <ProblemNote error={templates.error} again={() => templates.refetch()} compact />}
      <form
        id="new-survey"
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (!template) return;
          write
            .mutateAsync({ toml: template.toml, base: null })
            .then(() => navigate({ to: "/feedback/surveys/$id", params: { id } }), toastProblem);
        }}
      >
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 font-medium text-sm">What is asked</legend>
          {templates.data?.map((one) => (
            <label key={one.id} className="flex items-start gap-2">
              <input
                type="radio"
                name="template"
                checked={one === template}
                onChange={() => setChosen(one.id)}
                className="mt-1 accent-ink"
              />
              <span>{one.about}</span>
            </label>
          ))}
        </fieldset>
        <Field label="Name of its file" about="It stands in addresses, and beside every answer." problem={problem}>
          <Input value={id} onChange={(event) => setWritten(event.target.value)} required maxLength={64} />
        </Field>
      </form>
    </Dialog>
  );
}
