// A journey as sessions: what happened with less than half an hour between belongs together.

import type { CustomerEvent } from "@/api/contract";

/** As the analyses cut sessions: a gap of more than 30 minutes, or 24 hours since its start, begins a new one. */
const GAP_MS = 30 * 60_000;
const LONGEST_MS = 24 * 3_600_000;

export interface Session {
  /** Stays the same when filters change: the place of its first event in the whole journey. */
  key: number;
  first: string;
  last: string;
  events: CustomerEvent[];
  /** Names with how often, in the order in which they first happened. */
  names: [name: string, n: number][];
  channels: string[];
  /** Money that changed hands, by currency. */
  money: [currency: string, amount: number][];
}

/**
 * Cuts a journey (in the order of time) into sessions, and keeps of each what meets the filter: a session is the same
 * whatever of it is looked at.
 */
export function sessionsOf(events: readonly CustomerEvent[], filter?: Filter): Session[] {
  const starts: number[] = [];
  let [from, last] = [0, 0];
  events.forEach((event, index) => {
    const at = Date.parse(event.time);
    if (index === 0 || at - last > GAP_MS || at - from > LONGEST_MS) {
      starts.push(index);
      from = at;
    }
    last = at;
  });
  return starts.flatMap((start, index) => {
    const all = events.slice(start, starts[index + 1]);
    const kept = filter ? filtered(all, filter) : all;
    return kept.length > 0 ? session(kept, start) : [];
  });
}

function session(events: CustomerEvent[], key: number): Session {
  return {
    key,
    first: events[0]?.time ?? "",
    last: events.at(-1)?.time ?? "",
    events,
    names: tally(events.map((event) => event.event)),
    channels: tally(events.flatMap((event) => event.channel ?? [])).map(([name]) => name),
    money: sums(events),
  };
}

/** How often each, in the order of first appearance. */
export function tally(names: readonly string[]): [name: string, n: number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts];
}

function sums(events: readonly CustomerEvent[]): [currency: string, amount: number][] {
  const sums = new Map<string, number>();
  for (const { amount, currency } of events) {
    if (amount !== undefined) sums.set(currency ?? "", (sums.get(currency ?? "") ?? 0) + amount);
  }
  return [...sums];
}

export interface Filter {
  channels: readonly string[];
  events: readonly string[];
  /** Times between which; the end does not belong any more. */
  from?: string;
  to?: string;
}

/** What of a journey is looked at. */
export function filtered(events: readonly CustomerEvent[], { channels, events: names, from, to }: Filter) {
  const [start, end] = [from ? Date.parse(from) : -Infinity, to ? Date.parse(to) : Infinity];
  return events.filter((event) => {
    const at = Date.parse(event.time);
    return (
      at >= start &&
      at < end &&
      (channels.length === 0 || channels.includes(event.channel ?? "")) &&
      (names.length === 0 || names.includes(event.event))
    );
  });
}

export interface Bin {
  from: string;
  to: string;
  events: number;
}

const DAY_MS = 86_400_000;
/** Days at least: a stretch that is looked at closer becomes the period of the context, which is made of days. */
const LENGTHS_MS = [DAY_MS, 7 * DAY_MS, 28 * DAY_MS, 364 * DAY_MS];

/** How much happened when, in at most so many stretches of the same length. */
export function activity(events: readonly CustomerEvent[], most: number): Bin[] {
  const [head, tail] = [events[0]?.time, events.at(-1)?.time];
  if (!head || !tail) return [];
  const [start, end] = [Date.parse(head), Date.parse(tail)];
  const length =
    LENGTHS_MS.find((length) => (end - start) / length < most - 1) ?? Math.ceil((end - start) / most / DAY_MS) * DAY_MS;
  const first = Math.floor(start / length);
  const bins: Bin[] = Array.from({ length: Math.max(1, Math.floor(end / length) - first + 1) }, (_, index) => ({
    from: new Date((first + index) * length).toISOString(),
    to: new Date((first + index + 1) * length).toISOString(),
    events: 0,
  }));
  for (const event of events) {
    const bin = bins[Math.floor(Date.parse(event.time) / length) - first];
    if (bin) bin.events += 1;
  }
  return bins;
}
