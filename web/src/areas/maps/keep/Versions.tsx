import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { MapFile, MapVersion } from "@/api/contract";
import { keys, useMapVersions } from "@/api/queries";
import { Button } from "@/ui/Button";
import { classes } from "@/ui/classes";
import { Dialog } from "@/ui/Dialog";
import { ProblemNote, Skeleton } from "@/ui/States";
import { toast, toastProblem } from "@/ui/Toast";
import { plural, time } from "@/words/format";
import { Diff } from "../edit/Diff";
import { putMap, readMap } from "./files";

interface VersionsProps {
  id: string;
  /** The version that is shown; the current one when absent. */
  shown?: string;
  onShow: (version: string | undefined) => void;
  mayChange: boolean;
}

/** The versions of a map, newest first: look at one, see what is different now, bring it back. */
export function Versions({ id, shown, onShow, mayChange }: VersionsProps) {
  const versions = useMapVersions(id);
  const client = useQueryClient();
  const [diff, setDiff] = useState<{ old: MapFile; now: MapFile; at: string } | null>(null);
  const [working, setWorking] = useState(false);
  const current = versions.data?.find((one) => one.current);
  const restore = async (one: MapVersion) => {
    setWorking(true);
    try {
      const old = await readMap(id, String(one.version));
      const before = await readMap(id);
      await putMap(id, { yaml: old.yaml, base: before.version, note: `Back to the version of ${time(one.at)} UTC` });
      await client.invalidateQueries({ queryKey: keys.maps });
      onShow(undefined);
      toast("The version is restored", async () => {
        try {
          const now = await readMap(id);
          await putMap(id, { yaml: before.yaml, base: now.version, note: "Undone" });
          await client.invalidateQueries({ queryKey: keys.maps });
        } catch (error) {
          toastProblem(error);
        }
      });
    } catch (error) {
      toastProblem(error);
    } finally {
      setWorking(false);
    }
  };
  const compare = async (one: MapVersion) => {
    try {
      setDiff({ old: await readMap(id, String(one.version)), now: await readMap(id), at: one.at });
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <>
      {versions.isError && <ProblemNote error={versions.error} again={() => versions.refetch()} />}
      {versions.isPending && <Skeleton className="h-12" lines={4} />}
      <ol className="-mx-2 flex flex-col">
        {versions.data?.map((one) => {
          const isShown = shown === undefined ? one.current : String(one.version) === shown;
          return (
            <li key={`${one.version} ${one.at}`} className={classes("rounded-md px-2 py-3", isShown && "bg-hover")}>
              <button
                type="button"
                disabled={one.deleted}
                aria-current={isShown || undefined}
                className="block w-full text-left"
                onClick={() => onShow(one.current ? undefined : String(one.version))}
              >
                <span className="figures flex items-baseline gap-2">
                  <span className="font-medium">{time(one.at)}</span>
                  {one.current && <span className="text-muted text-sm">current</span>}
                </span>
                {one.note && (
                  <span dir="auto" className="block break-words">
                    {one.note}
                  </span>
                )}
              </button>
              {one.changes.length > 0 && (
                <ul className="mt-1 text-muted text-sm">
                  {one.changes.slice(0, 4).map((sentence) => (
                    <li key={sentence} dir="auto" className="break-words">
                      {sentence}
                    </li>
                  ))}
                  {one.changes.length > 4 && <li>and {plural(one.changes.length - 4, "more change")}</li>}
                </ul>
              )}
              {!one.current && !one.deleted && current && (
                <div className="mt-2 flex gap-2">
                  <Button size="small" onClick={() => compare(one)}>
                    Compare the files
                  </Button>
                  {mayChange && (
                    <Button size="small" disabled={working} onClick={() => restore(one)}>
                      Restore
                    </Button>
                  )}
                </div>
              )}
            </li>
          );
        })}
      </ol>
      {diff && (
        <Dialog
          open
          onClose={() => setDiff(null)}
          wide
          title="What is different now"
          about={`From the version of ${time(diff.at)} UTC to the current one.`}
        >
          <Diff before={diff.old.yaml} after={diff.now.yaml} />
        </Dialog>
      )}
    </>
  );
}
