import { ReadOnlyNote } from "@/areas/data/ReadOnlyNote";
import { useWatches } from "./queries";

/** Why nothing can be changed, or nothing comes by itself, where that is so. */
export function Notes() {
  const watches = useWatches();
  return (
    <>
      <ReadOnlyNote />
      {watches.data?.is_followed === false && (
        <p className="mb-6 rounded-lg border border-line px-4 py-3 text-muted">
          <span className="font-medium text-ink">Nothing comes by itself here.</span> This server does not collect: it
          looks at no watch, opens no case and tells nobody. Start it without --no-collect to have that.
        </p>
      )}
    </>
  );
}
