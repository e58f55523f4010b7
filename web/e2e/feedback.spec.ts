// What customers say: over time, comment by comment, and how people correct the model that reads it.

import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { address } from "./questions";
import { expect as base, test } from "./server";

// All that was ever written is read.
const expect = base.configure({ timeout: 90_000 });
test.beforeEach(() => test.setTimeout(300_000));

const newest = (page: Page) => page.getByRole("region", { name: "Newest comments" });
const labels = async (page: Page) => (await (await page.request.get("/api/saved")).json()).labels;

test("the newest comments are listed, of all feelings or of one", async ({ page }) => {
  await page.goto("/feedback?map=retailer");
  const comments = newest(page).getByRole("listitem");
  await expect(comments).toHaveCount(10);
  await expect(page.getByRole("heading", { name: "Share of negative ones, month by month" })).toBeVisible();
  await expect(page.getByRole("slider", { name: "negative: point" })).toBeVisible();
  await expect(
    page.getByRole("img", { name: /from 20\d\d-\d\d to 20\d\d-\d\d: [\d, ]+ comments/ }).first(),
  ).toBeVisible();
  await expectAccessible(page);
  await newest(page).getByRole("button", { name: "negative", exact: true }).click();
  const listed = await comments.count();
  expect(listed).toBeGreaterThan(0);
  await expect(comments.filter({ has: page.getByRole("button", { name: /negative/ }) })).toHaveCount(listed);
  await newest(page).getByRole("button", { name: "all", exact: true }).click();
  await newest(page).getByRole("button", { name: "Show more" }).click();
  await expect(comments).toHaveCount(50);
  await newest(page).getByRole("button", { name: "Show more" }).click();
  await expect(comments).toHaveCount(200);
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test("a label is corrected, which counts as what people say, and left to the model again", async ({ page }) => {
  await page.goto("/feedback?map=retailer");
  const first = newest(page).getByRole("listitem").first();
  const meant = first.getByRole("button", { name: /correct it/ });
  await expect(meant).toBeVisible();
  const before = /positive|neutral|negative/.exec((await meant.textContent()) ?? "")?.[0] ?? "";
  const other = before === "negative" ? "positive" : "negative";
  await meant.click();
  await expect(page.getByRole("menuitemcheckbox", { name: before })).toBeChecked();
  await page.getByRole("menuitemcheckbox", { name: other }).click();
  await expect(meant).toContainText(other);
  await expect(first).toContainText("as people say");
  await expect(page.getByText("People agree with the model in")).toBeVisible();
  expect(await labels(page)).toMatchObject([{ label: other }]);
  await expectAccessible(page);

  const told = page.getByRole("region", { name: "Notifications" });
  await expect(told).toContainText(`The comment counts as ${other}`);
  await told.getByRole("button", { name: "Undo" }).click();
  await expect(meant).toContainText(before);
  await expect(first).not.toContainText("as people say");
  expect(await labels(page)).toEqual([]);

  await meant.click();
  await page.getByRole("menuitemcheckbox", { name: "neutral" }).click();
  await expect(first).toContainText("as people say");
  await page.reload();
  await expect(meant).toContainText("neutral");
  await meant.click();
  await page.getByRole("menuitem", { name: "As the model says" }).click();
  await expect(first).not.toContainText("as people say");
  expect(await labels(page)).toEqual([]);
});

test("in Explore a month leads to the people who complained in it", async ({ page }) => {
  await page.goto(address("comments", { list: 50 }, "&map=retailer"));
  const line = page.getByRole("slider", { name: "negative: point" });
  await line.focus();
  await page.keyboard.press("Home");
  await expect(line).toHaveAttribute("aria-valuetext", /^20\d\d-\d\d: negative [\d.]+/);
  await page.keyboard.press("Enter");
  const people = page.getByRole("dialog", { name: /^Negative comments, 20/ });
  await expect(people.getByRole("listitem").first()).toBeVisible();
  await page.keyboard.press("Escape");
  await newest(page).getByRole("button", { name: "Show more" }).click();
  await newest(page).getByRole("button", { name: "Show more" }).click();
  await expect(page).toHaveURL(/list.*200/);
  await expect(page.getByRole("spinbutton", { name: "Newest" })).toHaveValue("200");
});
