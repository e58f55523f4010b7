import { describe, expect, it } from "vitest";
import type { JourneyMap } from "../declared";
import { keepText } from "./keepText";

const text = `# A map.
version: 1
id: shop
title: Shop   # as people call it

# In order.
stages:
  # The first.
  - id: look
    name: Look
    believed: 0.4  # asked in May
    kpis:
      - {name: Reach, kind: reach}
  - {id: buy, name: Buy, goal: Pay}

touchpoints:
  - {id: home, name: Home, stage: look, when: Home}

  # Paid.
  - {id: order, name: Order, stage: buy, when: Order}
`;
const before: JourneyMap = {
  version: 1,
  id: "shop",
  title: "Shop",
  stages: [
    { id: "look", name: "Look", believed: 0.4, kpis: [{ name: "Reach", kind: "reach" }] },
    { id: "buy", name: "Buy", goal: "Pay" },
  ],
  touchpoints: [
    { id: "home", name: "Home", stage: "look", when: "Home" },
    { id: "order", name: "Order", stage: "buy", when: "Order" },
  ],
};
const written = (stages: string, touchpoints: string) =>
  `version: 1\nid: shop\ntitle: Shop\n\nstages:\n${stages}\n\ntouchpoints:\n${touchpoints}\n`;
const [home, order] = [
  "- {id: home, name: Home, stage: look, when: Home}",
  "- {id: order, name: Order, stage: buy, when: Order}",
];

describe("what is edited on the map", () => {
  it("changes nothing when nothing changed", () => {
    expect(keepText(text, before, before, written("  - id: look", `  ${home}`))).toBe(text);
  });
  it("changes one line for one value, and keeps the remark behind it", () => {
    const after = { ...before, stages: before.stages.with(0, { ...before.stages[0], believed: 0.2 } as never) };
    const next = keepText(text, before, after, written("  - {id: look}\n  - {id: buy}", `  ${home}`));
    expect(next).toBe(text.replace("believed: 0.4  # asked", "believed: 0.2  # asked"));
  });
  it("adds a value that was not there", () => {
    const after = { ...before, stages: before.stages.with(0, { ...before.stages[0], owner: "Ana: CX" } as never) };
    const next = keepText(text, before, after, written("  - {id: look}\n  - {id: buy}", `  ${home}`));
    expect(next).toContain('    name: Look\n    owner: "Ana: CX"\n    believed: 0.4  # asked in May\n');
  });
  it("writes an entry anew that cannot be changed line by line, and leaves the others", () => {
    const touchpoints = before.touchpoints?.with(1, { id: "order", name: "Paid", stage: "buy", when: "Order" });
    const fresh = "- {id: order, name: Paid, stage: buy, when: Order}";
    const next = keepText(text, before, { ...before, touchpoints }, written("  - id: look", `  ${home}\n  ${fresh}`));
    expect(next).toBe(text.replace(order as string, fresh));
  });
  it("moves entries with their comments, and drops what is gone", () => {
    const turned = { ...before, touchpoints: before.touchpoints?.toReversed() };
    const next = keepText(text, before, turned, written("  - id: look", `  ${order}\n  ${home}`));
    expect(next.indexOf("# Paid.")).toBeLessThan(next.indexOf("id: order"));
    expect(next.indexOf("id: order")).toBeLessThan(next.indexOf("id: home"));
    const fewer = { ...before, touchpoints: before.touchpoints?.slice(1) };
    expect(keepText(text, before, fewer, written("  - id: look", `  ${order}`))).not.toContain("id: home");
  });
});
