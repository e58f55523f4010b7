import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { FileUp, PlugZap, Store } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { fetchJson } from "@/api/client";
import { keys, useMaps } from "@/api/queries";
import { JobProgress } from "@/areas/data/JobProgress";
import { useJob } from "@/areas/data/queries";
import { ReadOnlyNote } from "@/areas/data/ReadOnlyNote";
import { Button, buttonClasses } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { ProblemNote } from "@/ui/States";
import { toastProblem } from "@/ui/Toast";

/** An empty workspace: three ways to begin. */
export function Doors({ mayChange }: { mayChange: boolean }) {
  const { job } = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  const demo = useMutation({
    mutationFn: () => fetchJson<{ job: string }>("/api/demo", { body: {} }),
    onSuccess: (started) => navigate({ search: (now) => ({ ...now, job: started.job }) }),
    onError: toastProblem,
  });
  return (
    <Page
      title="See how your customers come, stay and leave"
      windowTitle="Welcome"
      about="Periplus measures journeys from what really happened. Three ways to begin; each takes a few minutes, and nothing leaves this machine."
    >
      <ReadOnlyNote />
      {job ? (
        <DemoJob job={job} />
      ) : (
        mayChange && (
          <div className="grid grid-cols-1 gap-4 md:grid-cols-3">
            <Door
              icon={<Store size={22} strokeWidth={1.5} aria-hidden />}
              title="Demo company"
              action={
                <Button look="solid" disabled={demo.isPending} onClick={() => demo.mutate()}>
                  {demo.isPending ? "Beginning …" : "Open the demo company"}
                </Button>
              }
            >
              A clothing retailer with web shop, app, stores and a call centre, and a year of its customers, all made
              up. Something in its journey is broken: see whether you find the step.
            </Door>
            <Door
              icon={<FileUp size={22} strokeWidth={1.5} aria-hidden />}
              title="Import a file"
              action={
                <Link to="/data/import" className={buttonClasses("solid")}>
                  Choose a file
                </Link>
              }
            >
              An export of your shop, help desk or surveys. Its columns are guessed, you correct them, and a map is
              drafted from what is in it.
            </Door>
            <Door
              icon={<PlugZap size={22} strokeWidth={1.5} aria-hidden />}
              title="Connect"
              action={
                <Link to="/data/connect" className={buttonClasses("solid")}>
                  Get a key
                </Link>
              }
            >
              Paste a line into your page, or point the Segment, RudderStack, PostHog, GA4 or Snowplow that you have to
              this server. The first event shows within a second.
            </Door>
          </div>
        )
      )}
    </Page>
  );
}

interface DoorProps {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  action: ReactNode;
}

function Door({ icon, title, children, action }: DoorProps) {
  return (
    <section className="flex flex-col rounded-lg border border-line bg-surface p-6">
      <span className="mb-4 text-muted">{icon}</span>
      <h2 className="font-semibold text-md">{title}</h2>
      <p className="mt-1.5 mb-6 flex-1 text-muted">{children}</p>
      <div>{action}</div>
    </section>
  );
}

/** The demo company is being made; then its map is where to begin. */
function DemoJob({ job }: { job: string }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const running = useJob(job);
  const finished = running.data?.finished === true && running.data.problem === null;
  const maps = useMaps();
  const [map] = maps.data ?? [];
  useEffect(() => {
    if (!finished) return;
    client.invalidateQueries({ queryKey: keys.maps });
  }, [finished, client]);
  useEffect(() => {
    if (!finished || !map) return;
    client.invalidateQueries({ queryKey: keys.workspace });
    client.invalidateQueries({ queryKey: ["data"] });
    navigate({
      to: "/maps/$id",
      params: { id: map.id },
      search: (now) => ({ ...now, map: map.id, job: undefined }) as never,
      replace: true,
    });
  }, [finished, map, client, navigate]);
  if (running.isError) return <ProblemNote error={running.error} again={() => running.refetch()} />;
  if (running.data?.problem) {
    return (
      <>
        <ProblemNote error={new Error(running.data.problem)} />
        <Link to="/" search={(now) => ({ ...now, job: undefined }) as never} className={buttonClasses()}>
          Back to the three doors
        </Link>
      </>
    );
  }
  return (
    <div className="flex flex-col gap-5">
      <p className="max-w-[60ch]">
        A year of made-up customers is being simulated, imported and measured. Then its map opens: somewhere on it,
        people turn back or give up. Look for the amber cards, open one, and see who they are.
      </p>
      <JobProgress job={running.data} />
    </div>
  );
}
