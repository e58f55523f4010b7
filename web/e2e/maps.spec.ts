import { writeFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { expect, test } from "./server";

// A map is measured over the whole year of the seed, more than once in most tests.
test.describe.configure({ timeout: 120_000 });

const MAP = "/maps/retailer";
const grid = (page: Page) => page.getByRole("grid");
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("data-spot"));

/** Opens the map and waits until it is measured. */
async function open(page: Page, search = "") {
  await page.goto(MAP + search);
  await expect(grid(page)).toBeVisible({ timeout: 60_000 });
  await expect(
    grid(page)
      .getByRole("gridcell")
      .filter({ hasText: /^\d[\d,]*/ })
      .first(),
  ).toBeVisible({ timeout: 60_000 });
}

interface Measured {
  view: { groups: { id: string; stages: { customers: number }[]; touchpoints: { customers: number }[] }[] };
}

test("the repository shows every map, and leads to it", async ({ page }) => {
  await page.goto("/maps");
  const row = page.getByRole("link", { name: /From first glance to friend/ });
  await expect(row).toContainText(/[\d,]+ customers/, { timeout: 60_000 });
  await expectAccessible(page);
  await row.click();
  await expect(page.getByRole("heading", { level: 1, name: "From first glance to friend" })).toBeVisible();
  await expect(page).toHaveURL(/\/maps\/retailer\?.*map=retailer/);
});

test("the map has one tab stop, and arrows walk through it", async ({ page }) => {
  await open(page);
  await page
    .getByRole("columnheader", { name: /^Awareness/ })
    .getByRole("button")
    .focus();
  expect(await focused(page)).toBe("0.1.0");
  await page.keyboard.press("ArrowRight");
  expect(await focused(page)).toBe("0.2.0");
  await page.keyboard.press("ArrowDown");
  expect(await focused(page)).toBe("1.2.0");
  await page.keyboard.press("PageDown");
  await page.keyboard.press("PageDown");
  await page.keyboard.press("ArrowDown");
  expect(await focused(page)).toBe("3.2.1");
  expect(await page.locator('[data-spot][tabindex="0"]').count()).toBe(1);
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/folded=/);
  await expect(page.getByRole("rowheader", { name: "Touchpoints, folded" })).toBeVisible();
  await page.keyboard.press("x");
  await expect(page).toHaveURL(/compare=previous/);
  await page.keyboard.press("p");
  await expect(page).toHaveURL(/group=bargain-hunter/);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys on the map" })).toBeVisible();
});

test("the evidence opens with Space, and its people are as many as the command line says", async ({
  page,
  periplus,
}, testInfo) => {
  await open(page);
  const { yaml } = await (await page.request.get("/api/maps/retailer/file")).json();
  const file = testInfo.outputPath("retailer.yaml");
  await writeFile(file, yaml);
  const measured = (await periplus.json("ask", "map", "{}", "--map", file)) as Measured;
  const all = measured.view.groups[0];
  await page
    .getByRole("columnheader", { name: /^Purchase/ })
    .getByRole("button")
    .focus();
  await page.keyboard.press(" ");
  const side = page.getByRole("complementary", { name: "Stage: Purchase" });
  const figure = (all?.stages[2]?.customers ?? 0).toLocaleString("en-GB");
  await expect(side).toContainText(figure);
  await expect(page).toHaveURL(/open=stage%3Apurchase/);
  await side.getByRole("button", { name: `See the ${figure} people` }).click();
  const people = page.getByRole("dialog", { name: "In Purchase" });
  await expect(people).toContainText(`${figure} customers`, { timeout: 60_000 });
  await expect(people.getByRole("link").first()).toHaveAttribute("href", /^\/customers\//);
  await expectAccessible(page);
});

test("a pain says how many, how sure and compared with what", async ({ page }) => {
  await open(page);
  await grid(page)
    .getByRole("button", { name: /Leaving at Payment \(Rolf/ })
    .first()
    .click();
  const side = page.getByRole("complementary", { name: /Pain in Purchase/ });
  for (const fact of ["How many", "Interval", "Baseline", "By chance"]) await expect(side).toContainText(fact);
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(side).toHaveCount(0);
});

test("personas stand side by side, and periods too", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "Beside …" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Rolf and Inge, over fifty" }).click();
  await expect(page).toHaveURL(/beside=over-50/);
  await expect(grid(page)).toContainText("◆");
  await expectAccessible(page);
});

test("the map is seen from afar and from near", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "Lifecycle" }).click();
  await expect(page.getByRole("heading", { level: 2, name: "Advocacy" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "From near: Purchase" }).click();
  await expect(page.getByRole("tab", { name: /^Purchase/ })).toHaveAttribute("aria-selected", "true");
  await expect(page.getByText(/paths of sessions/).first()).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "As a funnel" }).click();
  await expect(page.getByText("The touchpoints of the stage in the map's order")).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/zoom=lifecycle/);
});

test("a belief is drawn by keys, undone, saved with a note, and a version brings the old one back", async ({
  page,
}) => {
  await open(page);
  const before = await (await page.request.get("/api/maps/retailer/file")).json();
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page
    .getByRole("gridcell")
    .getByRole("button", { name: /^Emotion in Purchase/ })
    .focus();
  await page.keyboard.press("Enter");
  const handle = page.getByRole("slider", { name: "Believed emotion in Purchase" });
  await expect(handle).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(handle).toHaveAttribute("aria-valuetext", "+0.20");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(handle).toHaveAttribute("aria-valuetext", "+0.40");
  await page.getByRole("button", { name: "Redo" }).click();
  await expect(page.getByRole("status").filter({ hasText: "1 change" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save …" }).click();
  const dialog = page.getByRole("dialog", { name: "Save the map" });
  await dialog.getByLabel("Note").fill("We asked around");
  await dialog.getByRole("button", { name: "In the file" }).click();
  await expect(dialog.getByRole("listitem").filter({ hasText: "believed: 0.2" })).toBeVisible();
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await expect(dialog).toHaveCount(0);
  const after = await (await page.request.get("/api/maps/retailer/file")).json();
  expect(after.declared.stages[2].believed).toBe(0.2);
  // Whoever wrote comments into the file finds them again.
  expect(after.yaml.split("\n").filter((line: string) => line.startsWith("#"))).toEqual(
    before.yaml.split("\n").filter((line: string) => line.startsWith("#")),
  );

  await page.getByRole("button", { name: "Versions" }).click();
  const side = page.getByRole("complementary", { name: /Versions/ });
  await expect(side).toContainText("We asked around");
  await side.getByRole("button", { name: /written by hand/ }).click();
  await expect(page).toHaveURL(/version=/);
  await expect(grid(page)).toContainText("Belief is now +0.20");
  await expectAccessible(page);
  await side.getByRole("button", { name: "Restore" }).first().click();
  await expect
    .poll(async () => (await (await page.request.get("/api/maps/retailer/file")).json()).declared.stages[2].believed)
    .toBe(0.4);
});

test("touchpoints are added, moved by keys and removed, and nothing is lost by leaving", async ({ page }) => {
  await open(page, "?mode=edit");
  await page.getByRole("button", { name: "Add: touchpoint in Purchase" }).click();
  const side = page.getByRole("complementary", { name: "Touchpoint: New touchpoint" });
  await side.getByLabel("Name").fill("Gift wrapping");
  const chip = grid(page).getByRole("button", { name: /^Gift wrapping/ });
  await chip.focus();
  await page.keyboard.press("Alt+ArrowRight");
  await expect(
    page.getByRole("complementary", { name: "Touchpoint: Gift wrapping" }).getByLabel("Stage"),
  ).toContainText("Retention");
  await page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: "Explore" }).click();
  const leave = page.getByRole("dialog", { name: "Leave without saving?" });
  await leave.getByRole("button", { name: "Keep editing" }).click();
  await chip.focus();
  await page.keyboard.press("Delete");
  await expect(chip).toHaveCount(0);
});

test("the text has its problems at their lines", async ({ page }) => {
  await open(page, "?mode=edit");
  await page.getByRole("button", { name: "YAML" }).click();
  const text = page.getByRole("textbox", { name: "The map's file" });
  const yaml = await text.inputValue();
  await text.fill(yaml.replace("stage: awareness", "stage: nowhere"));
  await expect(page.getByRole("complementary", { name: "Problems" })).toContainText("nowhere");
  await expect(page.getByRole("button", { name: "Save …" })).toBeDisabled();
  await expectAccessible(page);
  await text.fill(yaml);
});

test("whoever saves second is told what the first one changed", async ({ page }) => {
  await open(page, "?mode=edit");
  const file = await (await page.request.get("/api/maps/retailer/file")).json();
  await page.getByRole("button", { name: "Map, lanes, personas" }).click();
  const title = page.getByRole("complementary", { name: /^The whole map/ }).getByLabel("Title");
  await title.fill("Mine");
  const theirs = await page.request.put("/api/maps/retailer/file", {
    data: { yaml: file.yaml.replace("From first glance to friend", "Theirs"), base: file.version, note: "" },
  });
  expect(theirs.ok()).toBe(true);
  await page.getByRole("button", { name: "Save …" }).click();
  await page.getByRole("dialog", { name: "Save the map" }).getByRole("button", { name: "Save", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "The map was changed meanwhile" });
  await expect(dialog).toContainText("title: Theirs");
  await dialog.getByRole("button", { name: "Take theirs, drop mine" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Theirs" })).toBeVisible();
  const now = await (await page.request.get("/api/maps/retailer/file")).json();
  await page.request.put("/api/maps/retailer/file", { data: { yaml: file.yaml, base: now.version, note: "" } });
});

test("a link is shared, read without the app, and revoked", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "Share to read" }).click();
  const dialog = page.getByRole("dialog", { name: "Share to read" });
  await dialog.getByRole("button", { name: "Make a link" }).click();
  const link = new URL(await dialog.getByRole("textbox", { name: "The new link" }).inputValue());
  const shared = await page.request.get(link.pathname, { timeout: 60_000 });
  expect(shared.ok()).toBe(true);
  expect(await shared.text()).toContain("From first glance to friend");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await expect(dialog).toContainText("None.");
  expect((await page.request.get(link.pathname)).status()).toBe(404);
});

test("it is presented with arrows", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "Present", exact: true }).click();
  const slides = page.getByRole("dialog", { name: /presented/ });
  await expect(slides.getByRole("heading", { level: 1 })).toHaveText("From first glance to friend");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(slides.getByRole("heading", { level: 1 })).toHaveText("Consideration");
  await expect(page).toHaveURL(/slide=2/);
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(slides).toHaveCount(0);
});

test("a new map is drafted from the data; hostile names are text", async ({ page }) => {
  await page.goto("/maps");
  await page.getByRole("button", { name: "New map" }).click();
  const dialog = page.getByRole("dialog", { name: "New map" });
  await dialog.getByLabel("Title").fill("Second look");
  await dialog.getByRole("radio").first().check({ force: true });
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Draft the map" }).click();
  await expect(page).toHaveURL(/\/maps\/second-look/, { timeout: 60_000 });
  await expect(grid(page)).toBeVisible({ timeout: 60_000 });

  const file = await (await page.request.get("/api/maps/second-look/file")).json();
  const hostile = `<img src=x onerror="window.hacked=1"> \u202eevil\u202c 😀 =1+1 ${"long ".repeat(40)}`;
  const declared = structuredClone(file.declared);
  declared.stages[0].name = hostile.slice(0, 190);
  declared.stages[0].goal = hostile;
  declared.stages[0].owner = hostile;
  declared.stages[0].hypotheses = [hostile];
  if (declared.touchpoints[0]) declared.touchpoints[0].name = hostile.slice(0, 190);
  const put = await page.request.put("/api/maps/second-look/file", {
    data: { declared, base: file.version, note: hostile },
  });
  expect(put.ok(), await put.text()).toBe(true);
  await page.goto("/maps/second-look?mode=versions");
  await expect(grid(page)).toContainText('<img src=x onerror="window.hacked=1">', { timeout: 60_000 });
  expect(await page.evaluate(() => (window as unknown as { hacked?: number }).hacked)).toBeUndefined();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
});

test("a phone shows a stage at a time, to read", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(MAP);
  await expect(page.getByRole("article", { name: "Awareness" })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("button", { name: "Edit", exact: true })).toBeHidden();
  await expectAccessible(page);
  await page
    .getByRole("region", { name: "Stages; swipe for the next" })
    .evaluate((element) => element.scrollBy(390, 0));
  await expect(page.getByRole("article", { name: "Consideration" })).toBeInViewport({ ratio: 0.5 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
});
