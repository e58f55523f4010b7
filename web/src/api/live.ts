// New data as it comes: the server says what changed, and what depends on it is asked for again.

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Changes } from "./contract";
import { keys, useSnapshot } from "./queries";

/** Listens as long as the app is open. */
export function useChanges() {
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource("/api/changes");
    source.onmessage = (message) => apply(client, JSON.parse(message.data) as Changes);
    return () => source.close();
  }, [client]);
}

export function apply(client: QueryClient, now: Changes) {
  const before = client.getQueryData<Changes>(keys.changes);
  client.setQueryData(keys.changes, now);
  if (!before) return;
  if (now.snapshot !== before.snapshot) {
    client.invalidateQueries({ queryKey: keys.workspace });
    client.invalidateQueries({ queryKey: ["people"] });
    client.invalidateQueries({ queryKey: ["customers"] });
    // Whatever another screen hangs on the data names itself so.
    client.invalidateQueries({ queryKey: ["data"] });
  }
  if (now.maps !== before.maps) client.invalidateQueries({ queryKey: keys.maps });
  if (now.saved !== before.saved) client.invalidateQueries({ queryKey: keys.saved });
}

/**
 * The snapshot to show. While the reader's pointer is on the figures they stay as they are, and `newer` offers what came
 * in the meantime; else new data is shown at once.
 */
export function useShownSnapshot() {
  const latest = useSnapshot();
  const [shown, setShown] = useState(latest);
  const [reading, setReading] = useState(false);
  useEffect(() => {
    if (!reading || shown === 0) setShown(latest);
  }, [latest, reading, shown]);
  return {
    snapshot: shown,
    newer: latest !== shown,
    showNewer: () => setShown(latest),
    hold: { onPointerEnter: () => setReading(true), onPointerLeave: () => setReading(false) },
  };
}
