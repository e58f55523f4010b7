// Pictures of the screens, light and dark, wide and narrow, full and empty: kept to be looked at.

import { emptyTest, expect, test } from "./server";

const SCREENS = [
  "/",
  "/customers",
  "/customers/segments",
  "/customers/new-segment?condition=%7B%22did%22%3A%22Order%20Completed%22%7D",
  "/data/sources",
  "/data/live",
  "/data/imports",
  "/data/quarantine",
  "/data/events",
  "/data/identity",
  "/data/storage",
  "/data/import",
  "/data/connect",
  "/feedback",
  "/feedback/surveys",
  "/act",
  "/act/alerts",
  "/act/watches",
  "/act/cases",
  "/settings",
];

for (const [name, run] of [
  ["full", test],
  ["empty", emptyTest],
] as const) {
  run(`pictures of the ${name} workspace`, async ({ page }) => {
    run.setTimeout(600_000);
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        for (const path of SCREENS) {
          await page.goto(path);
          await page.getByRole("heading", { level: 1 }).waitFor();
          // Answers that take longer are waited for, up to a point.
          await page.waitForLoadState("networkidle", { timeout: 15_000 }).catch(() => {});
          const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          expect.soft(beyond, `${path} at ${width}`).toBeLessThanOrEqual(0);
          const file = path.replace(/\?.*/, "").replaceAll("/", "-").slice(1) || "home";
          await page.screenshot({
            path: `test-results/screens/${name}-${file}-${colorScheme}-${width}.png`,
            fullPage: true,
          });
        }
      }
    }
  });
}
