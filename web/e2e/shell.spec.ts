import { expectAccessible } from "./axe";
import { expect, test } from "./server";

test("the command menu finds areas and maps, and goes there", async ({ page }) => {
  await page.goto("/explore");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("Control+k");
  const find = page.getByRole("combobox", { name: "Find" });
  await find.fill("custom");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Customers" })).toBeFocused();
  await expect(page).toHaveURL(/\/customers/);
});

test("keys change the period, and the address keeps it from area to area", async ({ page }) => {
  await page.goto("/explore");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("t");
  await expect(page).toHaveURL(/period=30d/);
  await page.keyboard.press("x");
  await expect(page).toHaveURL(/compare=previous/);
  await page.keyboard.press("ArrowLeft");
  await expect(page).toHaveURL(/period=\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2}/);
  await page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: "Maps" }).click();
  await expect(page).toHaveURL(/\/maps\?.*compare=previous/);
  await page.keyboard.press("0");
  await expect(page).toHaveURL(/\/maps$/);
});

test("the keyboard map opens with ? and G goes places", async ({ page }) => {
  await page.goto("/explore");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await expect(page).toHaveURL(/\/data/);
});

test("a period is chosen from the bar, and the first Tab skips to the content", async ({ page }) => {
  await page.goto("/explore");
  await page.getByRole("button", { name: "Period: All time" }).click();
  await page.getByRole("dialog", { name: "Period" }).getByRole("button", { name: "90 days" }).click();
  await expect(page).toHaveURL(/period=90d/);
  await page.goto("/explore");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

test("what an address has wrong is left out", async ({ page }) => {
  await page.goto("/explore?period=yesterday..never&who=nobody&compare=7&q=1");
  await expect(page.getByRole("button", { name: "Period: All time" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Who: All customers" })).toBeVisible();
  await page.goto("/nowhere");
  await expect(page.getByRole("heading", { level: 1, name: "No such page" })).toBeVisible();
});

test("on a phone the areas are at the bottom", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto("/explore");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Feedback" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Feedback" })).toBeVisible();
  await expectAccessible(page);
});
