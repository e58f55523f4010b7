import { describe, expect, it } from "vitest";
import type { CustomerEvent } from "@/api/contract";
import { activity, filtered, sessionsOf } from "./sessions";

const at = (time: string, event = "page", more: Partial<CustomerEvent> = {}): CustomerEvent => ({
  time: `2025-06-01T${time}Z`,
  event,
  distinct_id: "user_id:a",
  ...more,
});

describe("sessions", () => {
  it("belong together with up to half an hour between, and not with more", () => {
    const sessions = sessionsOf([at("10:00:00"), at("10:30:00"), at("11:00:00.001"), at("11:10:00", "buy")]);
    expect(sessions.map(({ key, events }) => [key, events.length])).toEqual([
      [0, 2],
      [2, 2],
    ]);
    expect(sessions[1]?.names).toEqual([
      ["page", 1],
      ["buy", 1],
    ]);
  });

  it("end after a day, however busy", () => {
    const busy = Array.from({ length: 100 }, (_, n) =>
      at("00:00:00", "tick", { time: new Date(Date.UTC(2025, 0, 1) + n * 25 * 60_000).toISOString() }),
    );
    const sessions = sessionsOf(busy);
    expect(sessions.length).toBe(2);
    expect(sessions.reduce((sum, { events }) => sum + events.length, 0)).toBe(100);
  });

  it("add up money by currency", () => {
    const [session] = sessionsOf([
      at("10:00:00", "buy", { amount: 1_500_000, currency: "EUR" }),
      at("10:01:00", "buy", { amount: 2_000_000, currency: "EUR" }),
      at("10:02:00", "buy", { amount: 7, currency: "USD" }),
    ]);
    expect(session?.money).toEqual([
      ["EUR", 3_500_000],
      ["USD", 7],
    ]);
  });

  it("are cut by the whole journey, whatever of it is looked at", () => {
    const events = [at("10:00:00"), at("10:25:00", "buy"), at("10:50:00")];
    const [session, ...others] = sessionsOf(events, { channels: [], events: ["page"] });
    expect(session?.events).toEqual([events[0], events[2]]);
    expect(others).toEqual([]);
    expect(sessionsOf(events, { channels: ["store"], events: [] })).toEqual([]);
  });

  it("are none where nothing happened", () => expect(sessionsOf([])).toEqual([]));
});

describe("filtered", () => {
  const events = [
    at("10:00:00", "page", { channel: "web" }),
    at("11:00:00", "buy", { channel: "app" }),
    at("12:00:00"),
  ];
  it("keeps what is asked for, and everything when nothing is", () => {
    expect(filtered(events, { channels: [], events: [] })).toHaveLength(3);
    expect(filtered(events, { channels: ["app"], events: [] })).toEqual([events[1]]);
    expect(filtered(events, { channels: [], events: ["page"] })).toEqual([events[0], events[2]]);
    expect(filtered(events, { channels: [], events: [], from: events[1]?.time, to: events[2]?.time })).toEqual([
      events[1],
    ]);
  });
});

describe("activity", () => {
  it("counts every event once in stretches that join", () => {
    const events = [at("10:00:00"), at("10:20:00"), at("00:00:00", "page", { time: "2025-09-03T18:59:59Z" })];
    const bins = activity(events, 60);
    expect(bins.reduce((sum, bin) => sum + bin.events, 0)).toBe(3);
    expect(bins.length).toBeLessThanOrEqual(60);
    bins.slice(1).forEach((bin, index) => {
      expect(bin.from).toBe(bins[index]?.to);
    });
  });
  it("has one stretch for one event, and none for none", () => {
    expect(activity([at("10:00:00")], 60)).toHaveLength(1);
    expect(activity([], 60)).toEqual([]);
  });
});
