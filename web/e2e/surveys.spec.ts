// Surveys: made from a template, edited as a file, asked by a page, removed with undo.

import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { emptyTest, expect } from "./server";

async function expectFine(page: Page) {
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1440, height: 900 });
}

emptyTest("a survey is made from a template, edited, answered on its page, and removed with undo", async ({ page }) => {
  emptyTest.setTimeout(180_000);
  await page.goto("/feedback");
  await page.getByRole("navigation", { name: "Feedback" }).getByRole("link", { name: "Surveys" }).click();
  await expectFine(page);
  await page.getByRole("button", { name: "New survey" }).click();
  const dialog = page.getByRole("dialog", { name: "New survey" });
  await dialog.getByRole("radio", { name: /satisf/i }).click();
  await expectFine(page);
  await dialog.getByRole("textbox", { name: "Name of its file" }).fill("After Delivery");
  await expect(dialog.getByRole("button", { name: "Make it" })).toBeDisabled();
  await dialog.getByRole("textbox", { name: "Name of its file" }).fill("after-delivery");
  await dialog.getByRole("button", { name: "Make it" }).click();
  await expect(page).toHaveURL(/surveys\/after-delivery/);
  await expect(page.getByRole("heading", { level: 1, name: "How was it?" })).toBeVisible();
  for (const way of ["A page", "In your own pages", "By links"]) {
    await expect(page.getByRole("heading", { level: 3, name: way })).toBeVisible();
  }
  await expectFine(page);

  const editor = page.getByRole("textbox", { name: "The survey’s file" });
  const toml = await editor.inputValue();
  await editor.fill(toml.replace('kind = "csat"', 'kind = "cast"'));
  const problems = page.getByRole("complementary", { name: "Problems" });
  await expect(problems).toContainText("cast");
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  await expectFine(page);
  const title = "<b>Was it good?</b> \u202Eetteb";
  await editor.fill(toml.replace('en = "How was it?"', `en = "${title}"`));
  await expect(problems).toHaveCount(0);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "How was it?" })).toBeVisible();

  const [shown] = await Promise.all([
    page.context().waitForEvent("page"),
    page.getByRole("link", { name: "See its page" }).click(),
  ]);
  await expect(shown.getByText("How satisfied are you with our help?")).toBeVisible();
  await shown.close();

  await page.getByRole("button", { name: "Remove" }).click();
  await expect(page).toHaveURL(/feedback\/surveys(\?|$)/);
  await expect(page.getByText("Nobody is asked yet")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  const row = page.getByRole("link", { name: /^How was it\?/ });
  await expect(row).toContainText("open · email, widget, page");
  await expectFine(page);
});
