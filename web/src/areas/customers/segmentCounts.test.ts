import { expect, it } from "vitest";
import type { Answer } from "@/api/model";
import { segmentCounts } from "./segmentCounts";

it("reads members and overlaps by name", () => {
  const columns = ["segment", "customers", "share", "only in it", "also in a", "also in b"];
  const answer = {
    view: {
      shape: "table",
      columns: columns.map((name) => ({ name, kind: "count" })),
      rows: [
        ["b", 7, 0.7, 4, 3, null],
        ["a", 5, 0.5, 2, null, 3],
      ],
    },
  } as unknown as Answer;
  const counts = segmentCounts(answer);
  expect(counts.get("a")).toMatchObject({ customers: 5, share: 0.5, only: 2 });
  expect([...(counts.get("a")?.both ?? [])]).toEqual([["b", 3]]);
  expect(counts.get("b")?.both.get("a")).toBe(3);
  expect(segmentCounts(undefined).size).toBe(0);
});
