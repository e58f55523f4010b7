// Cases, alerts and watches: what follows from what was seen.

import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { address, TREND } from "./questions";
import { emptyTest, expect, test } from "./server";

const HOSTILE = `<img src=x onerror="alert(1)"> \u202Eetteb ${"x".repeat(150)}`;
/** A running server looks for cases once a minute. */
const OPENED_MS = 150_000;

/** Sends an event as a shop does. */
async function send(page: Page, message: object) {
  const made = await page.request.post("/api/sources", { data: { do: "add", name: "shop", origins: [] } });
  const { key } = (await made.json()) as { key: string };
  const headers = { authorization: `Basic ${btoa(`${key}:`)}` };
  await expect
    .poll(async () => (await page.request.post("/v1/track", { headers, data: message })).status(), { timeout: 15_000 })
    .toBe(200);
}

/** Both themes, and a narrow window. */
async function expectFine(page: Page) {
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1440, height: 900 });
}

test("a detractor becomes a case that is taken, closed and opened again, under the reader's name", async ({ page }) => {
  test.setTimeout(300_000);
  page.on("dialog", () => {
    throw new Error("A script in somebody's words was run.");
  });
  await page.goto("/act/cases");
  await page.getByRole("link", { name: "Open a case for every detractor" }).click();
  const form = page.getByRole("dialog", { name: "New rule" });
  await expect(form.getByRole("textbox", { name: "Name" })).toHaveValue("Detractors");
  await expect(form.getByRole("spinbutton", { name: "Marks up to" })).toHaveValue("6");
  await form.getByRole("textbox", { name: "Tell" }).fill("nobody");
  await expectFine(page);
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByRole("alert")).toContainText("no e-mail address");
  await form.getByRole("textbox", { name: "Tell" }).fill("");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toHaveCount(0);
  await expect(page.getByRole("link", { name: /^Detractors NPS up to 6/ })).toBeVisible();

  await send(page, {
    userId: "act-1",
    event: "NPS Answered",
    timestamp: new Date(Date.now() - 3_600_000).toISOString(),
    properties: { score: 2, comment: HOSTILE },
  });
  const cases = page.getByRole("region", { name: "Cases" });
  await expect(async () => {
    const { total } = await (await page.request.get("/api/cases")).json();
    expect(total).toBe(1);
  }).toPass({ timeout: OPENED_MS });
  await page.goto("/act/cases?status=open");
  const row = cases.getByRole("listitem").filter({ hasText: "onerror" });
  await expect(row).toContainText("due in");
  await expect(page.getByRole("button", { name: /^Open 1/ })).toHaveAttribute("aria-pressed", "true");
  await expectFine(page);

  await row.getByRole("link", { name: /onerror/ }).click();
  await expect(page).toHaveURL(/case=/);
  const panel = page.getByRole("dialog", { name: "NPS 2" });
  await expect(panel.getByText(HOSTILE)).toBeVisible();
  await expectFine(page);
  await panel.getByRole("button", { name: "I see to it" }).click();
  const name = page.getByRole("dialog", { name: "Your name" });
  await expectAccessible(page);
  await name.getByRole("textbox", { name: "Your name" }).fill("Ana <b>");
  await page.keyboard.press("Enter");
  await expect(panel).toContainText("in hand");
  await expect(panel.getByRole("listitem").filter({ hasText: "sees to it from now on" })).toContainText("Ana <b>");
  await panel.getByRole("textbox", { name: "Note" }).fill("Called; a new parcel is on its way");
  await panel.getByRole("button", { name: "Add the note" }).click();
  await expect(panel.getByRole("listitem").filter({ hasText: "a new parcel" })).toContainText("Ana <b> wrote");

  await panel.getByRole("button", { name: "Close …" }).click();
  await panel.getByRole("combobox", { name: "What came of it" }).click();
  await page.getByRole("option", { name: "compensated" }).click();
  await panel.getByRole("button", { name: "Close the case" }).click();
  await expect(panel).toContainText("closed, compensated");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(panel).toContainText("in hand, due");
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/case=/);
  // It is in hand now, and the address says that open ones are shown.
  await expect(cases).toContainText("No case is so.");
  await cases.getByRole("button", { name: "Show all" }).click();
  await expect(row).toContainText("in hand");
  await row.getByRole("link", { name: "user_id:act-1" }).click();
  await expect(page).toHaveURL(/customers\//);
});

test("a rule is removed, and undone", async ({ page }) => {
  const rule = { name: "All with words", score: "NPS", with_words: true };
  await page.request.put("/api/saved/case-rules/words", { data: rule });
  await page.goto("/act/cases?rule=words");
  await page.getByRole("dialog", { name: rule.name }).getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("link", { name: rule.name })).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("link", { name: rule.name })).toBeVisible();
  await page.goto("/act/cases?rule=gone");
  await expect(page.getByText("There is no such rule.")).toBeVisible();
  await page.goto("/act/cases?case=00000000000000000000");
  await expect(page.getByText("There is no such case")).toBeVisible();
});

test("a key figure is watched, tried before it is kept, tested, and removed with undo", async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto("/act/watches");
  await page.getByRole("link", { name: "New watch" }).first().click();
  const form = page.getByRole("dialog", { name: "New watch" });
  const says = form.getByRole("region", { name: "What it would say now" });
  await form.getByRole("combobox", { name: "Watch", exact: true }).click();
  await page.getByRole("option", { name: "NPS", exact: true }).click({ timeout: 60_000 });
  await expect(form.getByRole("textbox", { name: "Name" })).toHaveValue("NPS");
  await form.getByRole("combobox", { name: "By the" }).click();
  await page.getByRole("option", { name: "month" }).click();
  await form.getByRole("combobox", { name: "Tell when" }).click();
  await page.getByRole("option", { name: "It is surely below" }).click();
  await expect(says).toContainText("Write the bound first.");
  await form.getByRole("textbox", { name: "Bound" }).fill("99");
  await expect(says).toContainText(/NPS(:| was) /, { timeout: 60_000 });
  await expectFine(page);
  await form.getByRole("textbox", { name: "Tell" }).fill("http://127.0.0.1:9/hook");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toHaveCount(0);
  const row = page.getByRole("link", { name: /^NPS NPS, each month, when it is surely below 99; tells 1 address/ });
  await expect(row).toContainText("not looked at yet");
  await expectFine(page);
  await row.click();
  const kept = page.getByRole("dialog", { name: "NPS" });
  await kept.getByRole("button", { name: "Send a test" }).click();
  await expect(kept.getByText(/127\.0\.0\.1.*not sent/)).toBeVisible({ timeout: 30_000 });
  await kept.getByRole("button", { name: "Remove" }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row).toBeVisible();
});

test("an answer in Explore is watched as it is seen", async ({ page }) => {
  const nobody = JSON.stringify({ trait: "gender", is: "female" });
  await page.goto(address("trends", TREND, `&map=retailer&where=${encodeURIComponent(nobody)}`));
  await page.getByRole("link", { name: "Watch this" }).click();
  const form = page.getByRole("dialog", { name: "New watch" });
  await expect(form.getByRole("combobox", { name: "By the" })).toContainText("month");
  await expect(form.getByRole("region", { name: "What it would say now" })).toContainText(/expect|too/i, {
    timeout: 60_000,
  });
  await form.getByRole("textbox", { name: "Name" }).fill("Women");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toHaveCount(0);
  const { watches } = await (await page.request.get("/api/watches")).json();
  const { watch } = watches.find(({ id }: { id: string }) => id === "women");
  expect(watch).toMatchObject({ map: "retailer", question: { interval: "month", segment: JSON.parse(nobody) } });
  await page.goto(address("funnel", { steps: [] }));
  await expect(page.getByRole("button", { name: "Share" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Watch this" })).toHaveCount(0);
});

test("an alert opens by its link, leads to its question, and is seen by somebody", async ({ page, periplus }) => {
  test.setTimeout(180_000);
  const watch = {
    name: HOSTILE,
    analysis: "trends",
    question: { interval: "month", measures: [{ of: { event: "Order Completed" }, show: "events" }] },
    // However many there were in the last month that is over, there were fewer.
    when: { below: 1_000_000 },
  };
  await page.request.put("/api/saved/watches/orders", { data: watch });
  await periplus.json("watch", "check");
  const { alerts } = await (await page.request.get("/api/alerts")).json();
  const alert = alerts.find((one: { watch: string }) => one.watch === "orders");
  expect(alert).toBeTruthy();
  await page.goto("/act/alerts");
  await expect(page.getByRole("heading", { level: 2, name: "Going on" })).toBeVisible();
  await expectFine(page);
  await page.goto(`/act/alerts?alert=${alert.id}`);
  const panel = page.getByRole("dialog", { name: /onerror/ });
  await expect(panel).toContainText("surely below 1000000");
  await expect(panel).toContainText("Nobody was told.");
  await expectFine(page);
  await panel.getByRole("button", { name: "I have seen it" }).click();
  await page.getByRole("textbox", { name: "Your name" }).fill("Bo");
  await page.keyboard.press("Enter");
  await expect(panel).toContainText("seen by Bo");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(panel.getByRole("button", { name: "I have seen it" })).toBeVisible();
  await panel.getByRole("link", { name: "See it in Explore" }).click();
  await expect(page).toHaveURL(/explore\/trends.*period=/);
  await page.goto("/act/alerts?alert=987654");
  await expect(page.getByText("There is no such alert.")).toBeVisible();
});

emptyTest("an empty workspace says what cases, alerts and watches are, and what to do", async ({ page }) => {
  await page.goto("/act/cases");
  await expect(page.getByRole("link", { name: "Make a map" })).toBeVisible();
  await expectFine(page);
  await page.getByRole("navigation", { name: "Act" }).getByRole("link", { name: "Alerts" }).click();
  await page.getByRole("link", { name: "Watch something" }).click();
  await expect(page).toHaveURL(/act\/watches/);
  await expectFine(page);
  await page.getByRole("link", { name: "New watch" }).click();
  await expect(page.getByRole("dialog", { name: "New watch" })).toBeVisible();
});
