import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys, useMapVersions, useWorkspace } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { EmptyState } from "@/ui/States";
import { toastProblem } from "@/ui/Toast";
import { time } from "@/words/format";
import { putMap, readMap } from "./files";

/** There is no map of this name; when there was one, it can be brought back. */
export function Gone({ id }: { id: string }) {
  const client = useQueryClient();
  const versions = useMapVersions(id);
  const mayChange = useWorkspace().data?.may_change === true;
  const [working, setWorking] = useState(false);
  const last = versions.data?.find((one) => !one.deleted);
  const deleted = versions.data?.find((one) => one.deleted);
  const bringBack = async () => {
    if (!last) return;
    setWorking(true);
    try {
      const { yaml } = await readMap(id, String(last.version));
      await putMap(id, { yaml, base: null, note: "Brought back" });
      await client.invalidateQueries({ queryKey: keys.maps });
    } catch (error) {
      toastProblem(error);
      setWorking(false);
    }
  };
  return (
    <Page title="No such map">
      <EmptyState
        title={deleted ? `The map “${id}” was deleted` : `There is no map “${id}”`}
        action={
          last &&
          mayChange && (
            <Button look="solid" disabled={working} onClick={bringBack}>
              Bring it back
            </Button>
          )
        }
      >
        {deleted
          ? `On ${time(deleted.at)} UTC. What it said before that is kept.`
          : "It may have been renamed or removed."}
      </EmptyState>
    </Page>
  );
}
