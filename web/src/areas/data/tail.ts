// The newest of what arrives, asked for as long as somebody looks.

import { useEffect, useRef, useState } from "react";
import { fetchJson, Problem } from "@/api/client";
import type { Arrival } from "@/api/contract";

export interface Arrived extends Arrival {
  /** Counted from when one began to look. */
  key: number;
}

const KEPT = 500;
const EVERY_MS = 1000;

/** Newest first. Paused, it stands still and goes on where it stopped. */
export function useTail(paused: boolean) {
  const [arrivals, setArrivals] = useState<Arrived[]>([]);
  const [missed, setMissed] = useState(0);
  const [problem, setProblem] = useState<Problem | null>(null);
  const after = useRef<number | null>(null);
  const numbered = useRef(0);
  useEffect(() => {
    if (paused) return;
    let timer = 0;
    const stop = new AbortController();
    const look = async () => {
      try {
        const query = after.current === null ? "" : `?after=${after.current}`;
        const seen = await fetchJson<Seen>(`/api/live${query}`, { signal: stop.signal });
        after.current = seen.next;
        setProblem(null);
        if (seen.missed > 0) setMissed((now) => now + seen.missed);
        if (seen.arrivals.length > 0) {
          const fresh = seen.arrivals.map((arrival): Arrived => ({ ...arrival, key: numbered.current++ })).reverse();
          setArrivals((now) => [...fresh, ...now].slice(0, KEPT));
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        setProblem(error instanceof Problem ? error : new Problem({}, 0));
        if (error instanceof Problem && error.code === "not_collecting") return;
      }
      timer = window.setTimeout(look, EVERY_MS);
    };
    look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [paused]);
  return { arrivals, missed, problem };
}

interface Seen {
  next: number;
  missed: number;
  arrivals: Arrival[];
}
