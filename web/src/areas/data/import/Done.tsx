import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { fetchJson } from "@/api/client";
import type { ImportEntry, Job } from "@/api/contract";
import { keys, useMaps } from "@/api/queries";
import type { JourneyMap } from "@/areas/maps/declared";
import { proposeMap, putMap, type Template } from "@/areas/maps/keep/files";
import { Button, buttonClasses } from "@/ui/Button";
import { Field, Input } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { ProblemNote, Skeleton } from "@/ui/States";
import { toastProblem } from "@/ui/Toast";
import { count, list, plural, slug } from "@/words/format";
import { JobProgress } from "../JobProgress";
import type { useJob } from "../queries";

/** The file is read; then a first map is proposed from what is in it. */
export function Done({ job, upload }: { job: ReturnType<typeof useJob>; upload?: string }) {
  const client = useQueryClient();
  const finished = job.data?.finished === true;
  useEffect(() => {
    if (!finished) return;
    for (const queryKey of [keys.workspace, ["data"], ["vocabulary"], ["customers"]])
      client.invalidateQueries({ queryKey });
  }, [finished, client]);
  if (job.isError) {
    return (
      <>
        <ProblemNote error={job.error} />
        <p className="text-muted">
          What became of it stands among the{" "}
          <Link to="/data/imports" className="underline underline-offset-4">
            imports
          </Link>
          .
        </p>
      </>
    );
  }
  if (job.data?.problem) {
    return (
      <>
        <ProblemNote error={new Error(job.data.problem)} />
        <Link
          to="/data/import"
          search={(now) => ({ ...now, job: undefined, upload }) as never}
          className={buttonClasses()}
        >
          Back to what the rows mean
        </Link>
      </>
    );
  }
  if (!finished) return <JobProgress job={job.data} />;
  return (
    <div className="flex flex-col gap-10">
      <Outcome job={job.data as Job} />
      <FirstMap />
    </div>
  );
}

function Outcome({ job }: { job: Job }) {
  const row = (job.outcome?.row ?? {}) as Partial<ImportEntry>;
  const what = [
    row.events && plural(row.events, "event"),
    row.traits && plural(row.traits, "trait"),
    row.links && plural(row.links, "link"),
  ].filter((one) => typeof one === "string");
  const parts = [
    row.duplicates && `${count(row.duplicates)} of them were known already`,
    row.rejected && `${plural(row.rejected, "row")} ${row.rejected === 1 ? "was" : "were"} refused`,
  ].filter((one) => typeof one === "string");
  return (
    <div role="status">
      <p className="figures font-semibold text-md">
        {what.length > 0 ? `${list(what)}: all in` : "Nothing was in the file"}
      </p>
      {row.problem && (
        <p dir="auto" className="text-pain">
          ▼ The file breaks off: {row.problem}
        </p>
      )}
      {parts.length > 0 && <p className="figures text-muted">{parts.join("; ")}.</p>}
      <p className="mt-3 flex flex-wrap gap-2">
        <Link
          to="/data/import"
          search={(now) => ({ ...now, job: undefined, upload: undefined }) as never}
          className={buttonClasses()}
        >
          Import another file
        </Link>
        <Link to="/data/events" className={buttonClasses()}>
          See the events
        </Link>
      </p>
    </div>
  );
}

/** The stages that the events suggest; saved, they are a live map. */
export function FirstMap() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const maps = useMaps();
  const [title, setTitle] = useState("");
  const [template, setTemplate] = useState<string | null>(null);
  const templates = useQuery({
    queryKey: ["templates"],
    queryFn: async ({ signal }) => (await fetchJson<{ templates: Template[] }>("/api/templates", { signal })).templates,
  });
  const proposal = useQuery({
    queryKey: ["proposal", template],
    queryFn: () => proposeMap(template === null ? {} : { template }),
    gcTime: 0,
  });
  const declared = proposal.data?.declared;
  const name = title || declared?.title || "First journey";
  const id = freeId(slug(name) || "journey", maps.data?.map((map) => map.id) ?? []);
  const save = useMutation({
    mutationFn: () =>
      putMap(id, {
        declared: { ...(declared as JourneyMap), id, title: name },
        base: null,
        note: "A first draft, from the events that there are",
      }),
    onSuccess: () => {
      client.invalidateQueries({ queryKey: keys.maps });
      client.invalidateQueries({ queryKey: keys.workspace });
      navigate({ to: "/maps/$id", params: { id }, search: (now) => ({ ...now, map: id }) as never });
    },
    onError: toastProblem,
  });
  if (proposal.isPending) return <Skeleton className="h-16" lines={2} />;
  if (proposal.isError) return <ProblemNote error={proposal.error} again={() => proposal.refetch()} />;
  const touchpoints = (stage: string) =>
    (declared?.touchpoints ?? []).filter((one) => one.stage === stage).map((one) => one.name);
  return (
    <section>
      <h2 className="font-semibold text-md">
        {(maps.data?.length ?? 0) > 0 ? "Another map" : "Your first map"}, drafted from the events
      </h2>
      <p className="mt-1 mb-4 max-w-[68ch] text-muted">
        Stages and touchpoints are drafted from what happens most, and when in a journey. Everything can be changed on
        the map.
      </p>
      {(templates.data?.length ?? 0) > 0 && (
        <div className="mb-5 flex items-center gap-2">
          <span className="text-muted">Stages of</span>
          <Select
            label="Stages of"
            value={template ?? templates.data?.[0]?.id ?? ""}
            options={(templates.data ?? []).map((one) => ({ value: one.id, label: one.title, about: one.about }))}
            onChange={setTemplate}
          />
        </div>
      )}
      <ol className="grid grid-cols-1 gap-x-6 gap-y-4 sm:grid-cols-2 lg:auto-cols-fr lg:grid-flow-col lg:grid-cols-none">
        {declared?.stages?.map((stage) => (
          <li key={stage.id} className="min-w-0 border-ink border-t-2 pt-2">
            <p dir="auto" className="truncate font-medium">
              {stage.name}
            </p>
            <ul className="mt-1 text-muted text-sm">
              {touchpoints(stage.id)
                .slice(0, 6)
                .map((touchpoint) => (
                  <li key={touchpoint} dir="auto" className="truncate">
                    {touchpoint}
                  </li>
                ))}
              {touchpoints(stage.id).length > 6 && <li>and {count(touchpoints(stage.id).length - 6)} more</li>}
            </ul>
          </li>
        ))}
      </ol>
      {proposal.data.notes.length > 0 && (
        <ul className="mt-4 text-muted text-sm">
          {proposal.data.notes.map((note) => (
            <li key={note} dir="auto">
              ⚑ {note}
            </li>
          ))}
        </ul>
      )}
      <form
        className="mt-6 flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field label="Title of the map" className="w-full max-w-80">
          <Input
            value={title}
            placeholder={declared?.title ?? "First journey"}
            maxLength={120}
            onChange={(event) => setTitle(event.target.value)}
          />
        </Field>
        <Button look="solid" type="submit" disabled={save.isPending || !declared || maps.isPending}>
          {save.isPending ? "Saving …" : "Save and open the map"}
        </Button>
      </form>
    </section>
  );
}

/** An id that no map has yet. */
function freeId(wanted: string, taken: readonly string[]): string {
  if (!taken.includes(wanted)) return wanted;
  let n = 2;
  while (taken.includes(`${wanted}-${n}`)) n += 1;
  return `${wanted}-${n}`;
}
