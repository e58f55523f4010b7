import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { fetchJson } from "@/api/client";
import { keys, useWorkspace } from "@/api/queries";
import { Button } from "@/ui/Button";
import { classes } from "@/ui/classes";
import { Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { ProblemNote, Skeleton } from "@/ui/States";
import { slug } from "@/words/format";
import { proposeMap, putMap, type Template } from "./files";

/** A new map: the stages of a template, and touchpoints drafted from the events that there are. */
export function NewMap({ taken, onClose }: { taken: readonly string[]; onClose: () => void }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const workspace = useWorkspace();
  const templates = useQuery({
    queryKey: ["templates"],
    queryFn: async ({ signal }) => (await fetchJson<{ templates: Template[] }>("/api/templates", { signal })).templates,
  });
  const [template, setTemplate] = useState<string | null>(null);
  const [title, setTitle] = useState("");
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const chosen = template ?? templates.data?.[0]?.id;
  const id = slug(title);
  const exists = taken.includes(id);
  const create = async () => {
    setWorking(true);
    setProblem(null);
    try {
      const { declared } = await proposeMap({ template: chosen, title });
      const note = workspace.data?.events ? "A first draft, from the events that there are" : "A first draft";
      await putMap(id, { declared: { ...declared, id, title }, base: null, note });
      await client.invalidateQueries({ queryKey: keys.maps });
      onClose();
      navigate({ to: "/maps/$id", params: { id }, search: (now) => ({ ...now, map: id, mode: "edit" }) as never });
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="New map"
      about="The stages come from a template; frequent events become touchpoints of the stages that they fit. Everything can be changed afterwards."
      wide
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="solid" type="submit" form="new-map" disabled={!chosen || id === "" || exists || working}>
            {working ? "Drafting …" : "Draft the map"}
          </Button>
        </>
      }
    >
      <form
        id="new-map"
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          create();
        }}
      >
        <Field
          label="Title"
          about={id && !exists ? `Its file will be maps/${id}.yaml` : undefined}
          problem={exists ? "There is a map of this name already." : undefined}
        >
          <Input
            value={title}
            onChange={(event) => setTitle(event.target.value)}
            placeholder="First purchase and after"
            required
            maxLength={100}
            autoFocus
          />
        </Field>
        <fieldset>
          <legend className="mb-2 font-medium text-sm">Stages</legend>
          {templates.isPending && <Skeleton className="h-14" lines={4} />}
          {templates.isError && <ProblemNote error={templates.error} again={() => templates.refetch()} />}
          <div className="grid gap-2 sm:grid-cols-2">
            {templates.data?.map((one) => (
              <label
                key={one.id}
                className={classes(
                  "block rounded-lg border p-3 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-delight",
                  chosen === one.id ? "border-ink" : "border-line hover:border-line-strong",
                )}
              >
                <input
                  type="radio"
                  name="template"
                  value={one.id}
                  checked={chosen === one.id}
                  onChange={() => setTemplate(one.id)}
                  className="sr-only"
                />
                <span className="block font-medium">{one.title}</span>
                <span className="block text-muted text-sm">{one.about}</span>
                <span className="mt-1.5 block text-sm">{one.stages.join(" → ")}</span>
              </label>
            ))}
          </div>
        </fieldset>
        {problem !== null && <ProblemNote error={problem} compact />}
      </form>
    </Dialog>
  );
}
