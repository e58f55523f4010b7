import { describe, expect, it } from "vitest";
import type { Comments, CommentTheme, Estimate, Mood, MoodThen, ReadComment } from "@/api/model";
import { negativeOverTime, toneOf, trendWords } from "./comments";

const mood = (negative: Estimate | null): Mood => ({
  comments: 40,
  customers: 30,
  scored: 40,
  labels: [4, 6, 30],
  customers_by_label: [4, 6, 20],
  mean: null,
  negative,
});
const month = (name: string, value: number | null, unfinished?: boolean): MoodThen => ({
  start: `${name}-01T00:00:00Z`,
  name,
  unfinished,
  mood: mood(value === null ? null : { value, low: value - 0.05, high: value + 0.05, n: 40 }),
  place: {},
});
const over = (...over_time: MoodThen[]) => ({ over_time }) as Comments;

describe("negative comments over time", () => {
  it("are a line with intervals, with gaps where too few wrote, and an end that is not over", () => {
    const series = negativeOverTime(
      over(month("2025-01", 0.1), month("2025-02", null), month("2025-03", 0.3, true)),
      "month",
    );
    expect(series?.axis).toMatchObject({ calendar: { labels: ["2025-01", "2025-02", "2025-03"] } });
    expect(series?.lines[0]?.values).toEqual([0.1, null, 0.3]);
    expect(series?.lines[0]?.intervals?.[1]).toBeNull();
    expect(series?.lines[0]?.intervals?.[0]?.[1]).toBeCloseTo(0.15);
    expect(series?.unfinished_from).toBe(2);
    expect(negativeOverTime(over(month("2025-01", 0.1), month("2025-02", 0.2)), "month")?.unfinished_from).toBeNull();
  });
  it("are none where there is one point at most", () => {
    expect(negativeOverTime(over(), "month")).toBeNull();
    expect(negativeOverTime(over(month("2025-01", 0.1), month("2025-02", null)), "month")).toBeNull();
  });
});

describe("a theme over time", () => {
  it("is told in words", () => {
    const theme = { name: "queue", trend: [3, 0] } as Partial<CommentTheme> as CommentTheme;
    expect(trendWords(theme, [month("2025-01", 0.1), month("2025-02", 0.1)])).toBe(
      "“queue” from 2025-01 to 2025-02: 3, 0 comments",
    );
  });
});

describe("how a comment is meant", () => {
  const comment: ReadComment = { hash: "a", text: "", time: "", score: 0.5, label: "positive", because: [] };
  it("is as people say, before the answer knows it", () => {
    expect(toneOf(comment, new Map())).toBe("positive");
    expect(toneOf(comment, new Map([["a", "negative"]]))).toBe("negative");
    expect(toneOf({ ...comment, label: null }, new Map())).toBeNull();
  });
});
