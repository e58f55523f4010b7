import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import { expect } from "./server";

const source = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong on the page as it is; evaluated through the debugger, so that the policy of the page stays on. */
export async function expectAccessible(page: Page) {
  // Fading text has less contrast for a moment.
  await page.waitForFunction(() => document.getAnimations().every((one) => one.playState !== "running"));
  await page.evaluate(await source);
  const found = await page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof import("axe-core") }).axe.run();
    return violations.map(({ id, nodes }) => ({
      id,
      at: nodes.slice(0, 3).map((node) => `${node.target} ${node.html.slice(0, 160)}`),
    }));
  });
  expect(found).toEqual([]);
}
