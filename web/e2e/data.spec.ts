import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { emptyTest, expect, test } from "./server";

const SCREENS = ["Sources", "Live", "Imports", "Quarantine", "Events", "Identity", "Storage"];

async function walk(page: Page) {
  await page.goto("/data");
  await expect(page).toHaveURL(/\/data\/sources/);
  for (const screen of SCREENS) {
    await page.getByRole("navigation", { name: "Data" }).getByRole("link", { name: screen }).click();
    await expect(page.getByRole("heading", { level: 1, name: screen })).toBeVisible();
    await expect(page.getByRole("alert")).toHaveCount(0);
    await expectAccessible(page);
  }
}

test("every data screen is there and accessible", async ({ page }) => {
  test.setTimeout(120_000);
  await walk(page);
});

emptyTest("every data screen says what is missing in an empty workspace", async ({ page }) => {
  emptyTest.setTimeout(120_000);
  await walk(page);
});

test("an event of the catalogue tells its properties and channels", async ({ page }) => {
  await page.goto("/data/events");
  await page.getByRole("searchbox", { name: "Find an event" }).fill("order comp");
  await page.getByRole("button", { name: /^Order Completed/ }).click();
  const drawer = page.getByRole("dialog", { name: "Order Completed" });
  await expect(drawer.getByRole("heading", { name: "Properties" })).toBeVisible();
  await expect(page).toHaveURL(/event=/);
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/event=/);
});

/** Makes a source, and a way to send for it. A running server learns of a key within a second or two. */
async function source(page: Page, name: string) {
  const made = await page.request.post("/api/sources", { data: { do: "add", name, origins: [] } });
  const { key } = (await made.json()) as { key: string };
  const post = (message: object) =>
    page.request.post("/v1/track", { headers: { authorization: `Basic ${btoa(`${key}:`)}` }, data: message });
  return async (message: object, status = 200) => {
    await expect.poll(async () => (await post(message)).status(), { timeout: 15_000 }).toBe(status);
  };
}

emptyTest("what arrives shows live as text, whatever it is called", async ({ page }) => {
  page.on("dialog", () => {
    throw new Error("A script in a name was run.");
  });
  const send = await source(page, "shop");
  await page.goto("/data/live");
  await expect(page.getByText("Waiting for something to arrive")).toBeVisible();
  const name = `<script>alert(1)</script> \u202Eetteb ${"x".repeat(120)} 🛒 =1+1`;
  await send({
    userId: "u1",
    event: name,
    messageId: "m1",
    properties: { "<b>p</b>": "<img src=x onerror=alert(2)>" },
  });
  await expect(page.getByRole("button", { name: /accepted/ }).first()).toBeVisible();
  await send({ event: "No One", messageId: "m2" });
  await expect(page.getByRole("button", { name: /quarantined/ }).first()).toBeVisible();
  await page.getByRole("button", { name: "Refused", exact: true }).click();
  await expect(page.getByRole("button", { name: /accepted/ })).toHaveCount(0);
  await page.goto("/data/events");
  await expect(page.getByText(/<script>alert\(1\)<\/script>/)).toBeVisible({ timeout: 20_000 });
  await page.getByRole("button", { name: /script/ }).click();
  await expect(page.getByText("<b>p</b>")).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  await page.goto("/customers/user_id:u1");
  await expect(page.getByRole("region", { name: "Journey" })).toContainText("<script>alert(1)</script>");
});

emptyTest("a refused message is mended and let in", async ({ page }) => {
  const send = await source(page, "shop");
  await send({ event: "Order Completed", messageId: "m1" });
  await send({ event: "Order Completed", messageId: "m2" });
  await expect
    .poll(async () => (await (await page.request.get("/api/quarantine")).json()).messages.length, { timeout: 20_000 })
    .toBe(2);
  await page.goto("/data/quarantine");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await expectAccessible(page);
  await page
    .getByRole("listitem")
    .getByRole("button", { name: /Order Completed/ })
    .first()
    .click();
  const drawer = page.getByRole("dialog");
  const text = drawer.getByRole("textbox", { name: "The message, JSON" });
  await expect(text).toHaveValue(/Order Completed/);
  await expectAccessible(page);
  await text.fill("{ this is no JSON");
  await expect(drawer.getByRole("alert")).toContainText("no JSON");
  await text.fill(JSON.stringify({ type: "track", userId: "ana", event: "Order Completed", messageId: "m1" }));
  await drawer.getByRole("button", { name: "Let it in as mended" }).click();
  await expect(drawer.getByRole("alert")).toContainText("there is no timestamp");
  await drawer.getByRole("button", { name: "As it was" }).click();
  await text.fill(JSON.stringify({ ...JSON.parse(await text.inputValue()), userId: "ana" }));
  await drawer.getByRole("button", { name: "Let it in as mended" }).click();
  await expect(page.getByText("The message is in")).toBeVisible();
  await expect(page.getByText("1 message", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Replay all 1" }).click();
  await expect(page.getByText(/1 refused again/)).toBeVisible();
});

emptyTest("rules are edited, and what is wrong is told at its line", async ({ page }) => {
  const send = await source(page, "shop");
  await send({ userId: "u1", event: "Order Completed", messageId: "m1", properties: { revenue: 5 } });
  await page.goto("/data/sources/shop?tab=rules");
  const rules = page.getByRole("textbox", { name: "Rules of shop, TOML" });
  await rules.fill('[rules]\nbots = "mark"\nwrong = 1\n');
  await page.getByRole("button", { name: "Save rules" }).click();
  await expect(page.getByRole("alert")).toContainText("wrong");
  await rules.fill('[rules]\nbots = "quarantine"\n');
  await page.getByRole("button", { name: "Save rules" }).click();
  await expect(page.getByText("The rules are in force")).toBeVisible();
  await page.reload();
  await expect(rules).toHaveValue(/quarantine/);
  await expectAccessible(page);
});

emptyTest("a key is ended after one has said so", async ({ page }) => {
  const send = await source(page, "shop");
  await page.goto("/data/sources/shop");
  await page.getByRole("button", { name: "End", exact: true }).click();
  await page.getByRole("dialog", { name: "End this key" }).getByRole("button", { name: "End the key" }).click();
  await expect(page.getByText(/^ended /)).toBeVisible();
  await send({ userId: "u1", event: "x" }, 401);
});
