import { Button } from "@/ui/Button";
import { plural } from "@/words/format";
import type { More } from "./queries";

/** Says how many maps are not looked at yet, and measures the next. */
export function MoreMaps({ more }: { more: More }) {
  if (!more) return null;
  return (
    <p className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted text-sm">
      {plural(more.left, "more map")} not looked at yet.
      <Button size="small" onClick={more.measure}>
        Measure more
      </Button>
    </p>
  );
}
