import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { fetchJson } from "@/api/client";
import type { Upload } from "@/api/contract";
import { Button } from "@/ui/Button";
import { ProblemNote } from "@/ui/States";
import { Tabs } from "@/ui/Tabs";
import { toastProblem } from "@/ui/Toast";
import { bytes } from "../Figures";
import { type Meaning, usePreview } from "../queries";
import { TextEditor } from "../TextEditor";
import { ColumnList } from "./ColumnList";
import { MappingFields } from "./MappingFields";
import { type MappingForm, missing, readForm, writeForm } from "./mappingForm";
import { PreviewView } from "./PreviewView";
import { rolesOf } from "./roles";
import { mappingToml } from "./toml";

const DEBOUNCE_MS = 400;

interface MeaningStepProps {
  upload: Upload;
  onStarted: (job: string) => void;
  onDropped: () => void;
}

/** What the rows mean: guessed, shown with what would come of it, and changed as a form or as text. */
export function MeaningStep({ upload, onStarted, onDropped }: MeaningStepProps) {
  const { tab } = useSearch({ from: "/data/import" });
  const navigate = useNavigate({ from: "/data/import" });
  const [form, setForm] = useState<MappingForm>(() => readForm(upload.mapping));
  const [changed, setChanged] = useState(false);
  const [toml, setToml] = useState<string | null>(null);
  const mapping = useMemo(() => writeForm(form, upload.mapping, upload.name), [form, upload]);
  const lacks = upload.needs_mapping && toml === null ? missing(form) : null;
  const meaning: Meaning = !upload.needs_mapping ? {} : toml !== null ? { mapping_toml: toml } : { mapping };
  const preview = usePreview(upload.upload, useSettled(meaning));
  const start = useMutation({
    mutationFn: () =>
      fetchJson<{ job: string }>(`/api/uploads/${encodeURIComponent(upload.upload)}/import`, { body: meaning }),
    onSuccess: ({ job }) => onStarted(job),
    onError: toastProblem,
  });
  const drop = useMutation({
    mutationFn: () => fetchJson<void>(`/api/uploads/${encodeURIComponent(upload.upload)}`, { method: "DELETE" }),
    onSettled: onDropped,
  });
  const nothing = preview.data && preview.data.events + preview.data.traits + preview.data.links === 0;
  return (
    <div className="grid grid-cols-1 gap-x-12 gap-y-10 lg:grid-cols-[minmax(0,440px)_minmax(0,1fr)]">
      <div className="min-w-0">
        <p className="mb-5">
          <span dir="auto" className="break-all font-medium">
            {upload.name}
          </span>{" "}
          <span className="figures text-muted">
            {bytes(upload.bytes)}
            {upload.dialect && `, read as ${upload.dialect}`}
          </span>
        </p>
        {upload.problem && <ProblemNote error={new Error(upload.problem)} compact />}
        {!upload.needs_mapping && !upload.problem && (
          <p className="text-muted">Such files say themselves what their rows mean: there is nothing to set.</p>
        )}
        {upload.needs_mapping && (
          <Tabs
            label="How to say what the rows mean"
            value={tab === "text" ? "text" : "form"}
            onChange={(next) =>
              navigate({ search: (now) => ({ ...now, tab: next === "text" ? "text" : undefined }), replace: true })
            }
            tabs={[
              { value: "form", label: "Form" },
              { value: "text", label: "Text (TOML)" },
            ]}
          >
            {tab === "text" ? (
              <>
                <TextEditor
                  label="Mapping, TOML"
                  value={toml ?? (changed || !upload.mapping_toml ? mappingToml(mapping) : upload.mapping_toml)}
                  onChange={setToml}
                />
                <p className="mt-2 text-muted text-sm">
                  The same file works with “periplus import --mapping FILE”.
                  {toml !== null && " This text counts, and not the form."}
                </p>
              </>
            ) : toml !== null ? (
              <div className="rounded-lg border border-line px-4 py-3">
                <p>The mapping was edited as text, which can say more than this form.</p>
                <Button className="mt-3" onClick={() => setToml(null)}>
                  Drop the text and use the form
                </Button>
              </div>
            ) : (
              <MappingFields
                form={form}
                columns={upload.columns}
                mapping={upload.mapping}
                onChange={(next) => {
                  setChanged(true);
                  setForm(next);
                }}
              />
            )}
          </Tabs>
        )}
        {upload.columns.length > 0 && (
          <ColumnList
            columns={upload.columns}
            roles={
              upload.needs_mapping && toml === null
                ? rolesOf(
                    form,
                    upload.columns.map(({ name }) => name),
                  )
                : undefined
            }
          />
        )}
      </div>
      <div className="min-w-0">
        <div className="mb-6 flex flex-wrap items-center gap-2">
          <Button
            look="solid"
            disabled={lacks !== null || start.isPending || preview.isError || !preview.data || nothing}
            onClick={() => start.mutate()}
          >
            Import
          </Button>
          <Button look="quiet" disabled={drop.isPending} onClick={() => drop.mutate()}>
            Another file
          </Button>
          {lacks && <p className="text-pain">▼ {lacks}</p>}
        </div>
        {lacks === null && preview.isError && <ProblemNote error={preview.error} compact />}
        {lacks === null && preview.data && (
          <div className={preview.isPlaceholderData ? "opacity-60" : ""} aria-busy={preview.isFetching}>
            <PreviewView preview={preview.data} />
          </div>
        )}
      </div>
    </div>
  );
}

/** What is meant once nothing has changed for a moment. */
function useSettled(meaning: Meaning): Meaning {
  const [settled, setSettled] = useState(meaning);
  const text = JSON.stringify(meaning);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(text) as Meaning), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
