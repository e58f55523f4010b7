import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useWorkspace } from "@/api/queries";
import { Page } from "@/ui/Page";
import { ProblemNote, Skeleton } from "@/ui/States";
import { useJob, useUpload } from "../queries";
import { ReadOnlyNote } from "../ReadOnlyNote";
import { Done } from "./Done";
import { FileStep } from "./FileStep";
import { MeaningStep } from "./MeaningStep";
import { Steps } from "./Steps";

/** From a file to a live map: choose it, say what it means, read it, see the journey. */
export default function ImportPage() {
  const { upload, job } = useSearch({ from: "/data/import" });
  const navigate = useNavigate({ from: "/data/import" });
  const workspace = useWorkspace();
  const sent = useUpload(job ? undefined : upload);
  const running = useJob(job);
  const step = job ? (running.data?.finished && !running.data.problem ? 3 : 2) : upload ? 1 : 0;
  return (
    <Page
      title="Import a file"
      about={
        <Link to="/data/imports" className="underline decoration-line-strong underline-offset-4">
          All imports
        </Link>
      }
    >
      <Steps names={["File", "Meaning", "Import", "Map"]} now={step} />
      <ReadOnlyNote />
      {workspace.data?.may_change !== false && (
        <>
          {step === 0 && <FileStep onSent={(next) => navigate({ search: (now) => ({ ...now, upload: next }) })} />}
          {step === 1 && sent.isPending && <Skeleton className="h-10" lines={5} />}
          {step === 1 && sent.isError && (
            <>
              <ProblemNote error={sent.error} />
              <Link to="/data/import" className="underline underline-offset-4">
                Choose a file again
              </Link>
            </>
          )}
          {step === 1 && sent.data && (
            <MeaningStep
              upload={sent.data}
              onStarted={(next) => navigate({ search: (now) => ({ ...now, job: next, tab: undefined }) })}
              onDropped={() => navigate({ search: (now) => ({ ...now, upload: undefined, tab: undefined }) })}
            />
          )}
          {step >= 2 && <Done job={running} upload={upload} />}
        </>
      )}
    </Page>
  );
}
