import { Button } from "@/ui/Button";
import { time } from "@/words/format";
import { useContextSearch, useMapFileInContext, useSetContext } from "./context";

/** Says that a map is seen in the version of the context, and leads back to the current one. */
export function AsOf({ map }: { map: string }) {
  const context = useContextSearch();
  const set = useSetContext();
  const file = useMapFileInContext(map);
  if (!context.version || context.map !== map) return null;
  return (
    <p className="figures mb-3 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted text-sm">
      As of {file.data?.at ? `${time(file.data.at)} UTC` : context.version}
      <Button size="small" onClick={() => set({ version: undefined })}>
        Show the current version
      </Button>
    </p>
  );
}
