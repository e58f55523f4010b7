import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys, useMapFile, useMapVersions, useSaved } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ProblemNote } from "@/ui/States";
import { toast, toastProblem } from "@/ui/Toast";
import { plural } from "@/words/format";
import { putMap, removeMap } from "./files";

interface DeleteMapProps {
  id: string;
  title: string;
  onClose: () => void;
  /** The map is gone by now. */
  onDeleted?: () => void;
}

/** Asks before a map is deleted, and says what stays. */
export function DeleteMap({ id, title, onClose, onDeleted }: DeleteMapProps) {
  const client = useQueryClient();
  const file = useMapFile(id);
  const versions = useMapVersions(id);
  const saved = useSaved();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const asking = (saved.data?.answers ?? []).filter((answer) => answer.map === id);
  const kept = (versions.data ?? []).filter((one) => !one.deleted).length;
  const refresh = () => client.invalidateQueries({ queryKey: keys.maps });
  const remove = async () => {
    if (!file.data) return;
    const { yaml, version } = file.data;
    setWorking(true);
    try {
      await removeMap(id, version);
      onClose();
      onDeleted?.();
      await refresh();
      toast("The map is deleted", () =>
        putMap(id, { yaml, base: null, note: "Brought back" }).then(refresh).catch(toastProblem),
      );
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Delete “${title}”?`}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Keep it
          </Button>
          <Button look="danger" disabled={working || !file.data} onClick={remove}>
            Delete the map
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <p>
          Its file <span className="break-all font-mono text-sm">{file.data?.file}</span> is removed. Links to read the
          map do not work without it.
        </p>
        <p>
          Events and customers stay as they are, and so {kept < 2 ? "does the version" : `do the ${kept} versions`} of
          the map: its page brings it back.
        </p>
        {asking.length > 0 && (
          <p dir="auto">
            {plural(asking.length, "saved answer")} can not be given without it:{" "}
            {asking.map(({ name }) => `“${name}”`).join(", ")}.
          </p>
        )}
        {problem !== null && <ProblemNote error={problem} compact />}
      </div>
    </Dialog>
  );
}
