import { expect, it } from "vitest";
import { meets } from "./meets";
import { identifierParts, money, otherOf, propertyRows, readable, responsesOf, saidApart } from "./words";

it("finds the other of a link, whatever values contain", () => {
  const own = ["user_id:a", "email:x and y@example.org"];
  expect(otherOf("phone:1 and user_id:a were seen together 3 times.", own)).toEqual({
    own: "user_id:a",
    other: "phone:1",
  });
  expect(otherOf("email:x and y@example.org and card:9 were seen together once.", own)?.other).toBe("card:9");
  expect(otherOf("something else", own)).toBeNull();
});

it("knows what a person said", () => {
  expect(saidApart("a and b were seen together once, but a person said that they are not the same customer.")).toBe(
    true,
  );
  expect(saidApart("a and b were seen together once, but one customer would then have more than 1 of user_id.")).toBe(
    false,
  );
});

it("writes times in sentences as everywhere", () => {
  expect(readable("since 2025-06-27T10:02:48.355Z: links")).toBe("since 27 Jun 2025, 10:02: links");
});

it("splits an identifier at its first colon", () => {
  expect(identifierParts("url:https://x")).toEqual({ kind: "url", value: "https://x" });
});

it("writes money, also in a currency that nobody knows", () => {
  expect(money(289_500_000, "EUR")).toBe("EUR\u202f289.50");
  expect(money(1_000_000, "nonsense")).toBe("nonsense\u202f1.00");
  expect(money(1_000_000, undefined)).toBe("1.00");
});

it("puts what the library adds last", () => {
  expect(propertyRows({ context_os: "x", name: "Home", list: [1] }).map(([name]) => name)).toEqual([
    "name",
    "list",
    "context_os",
  ]);
});

it("reads scores as the map declares them", () => {
  const event = {
    time: "2025-01-01T00:00:00Z",
    event: "NPS",
    distinct_id: "a:b",
    properties: { score: 10, text: "ok" },
  };
  const scores = [{ name: "NPS", when: "NPS", property: "score", scale: [0, 10] as [number, number], comment: "text" }];
  expect(responsesOf([event], scores)).toMatchObject([{ score: 10, feeling: 1, comment: "ok" }]);
  expect(responsesOf([{ ...event, properties: { score: "10" } }], scores)).toEqual([]);
  expect(responsesOf([event], [{ ...scores[0], when: { event: ["CSAT", "NPS"] } } as never])).toHaveLength(1);
});

it("tells whose score an event is by the whole condition", () => {
  const event = {
    time: "2025-01-01T00:00:00Z",
    event: "CSAT",
    distinct_id: "a:b",
    properties: { about: "delivery", n: 3 },
  };
  expect(meets(event, { event: "CSAT", where: { property: "about", in: ["delivery", "return"] } })).toBe(true);
  expect(meets(event, { event: "CSAT", where: { property: "about", in: ["cart"] } })).toBe(false);
  expect(meets(event, { and: [{ event: ["CS*"] }, { not: { property: "n", above: 3 } }] })).toBe(true);
  expect(meets(event, { touchpoint: "x" })).toBe(false);
});
