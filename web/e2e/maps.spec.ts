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

test("a pain on the map is a finding: since when, how sure, and exactly those whom it struck", async ({ page }) => {
  await open(page);
  const answer = await page.request.post("/api/ask/findings", {
    data: { at_most: 50, map: "retailer" },
    timeout: 60_000,
  });
  const findings = (await answer.json()).view.findings as { title: string; feeling: string; customers: number }[];
  const pain = findings.find(({ feeling }) => feeling === "pain");
  if (!pain) throw new Error("nothing hurts");
  await grid(page).getByRole("button", { name: pain.title }).first().click({ timeout: 60_000 });
  const side = page.getByRole("complementary", { name: /^Found at/ });
  await expect(side.getByRole("heading", { name: pain.title })).toBeVisible();
  for (const fact of ["Who", "When", "How sure"]) await expect(side.getByText(fact, { exact: true })).toBeVisible();
  await expect(side.getByRole("img", { name: /Week by week/ })).toBeVisible();
  await expectAccessible(page);
  const struck = pain.customers.toLocaleString("en-GB");
  await side.getByRole("button", { name: `See ${struck} people` }).click();
  const people = page.getByRole("dialog", { name: pain.title });
  await expect(people).toContainText(`${struck} customers`, { timeout: 60_000 });
  await page.keyboard.press("Escape");
  await expect(people).toHaveCount(0);
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
  await page.getByRole("button", { name: "Map, personas, scores" }).click();
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

interface File {
  version: string;
  yaml: string;
  declared: Declared;
}
interface Declared {
  stages: { id: string; hypotheses?: unknown[] }[];
  touchpoints: object[];
  personas: { name: string; goals?: string[]; segment: object }[];
  scores: { name: string; scale: number[] }[];
  review?: object;
  journey?: object;
  unit?: unknown;
}

const fileOf = async (page: Page, id: string): Promise<File> => (await page.request.get(`/api/maps/${id}/file`)).json();

async function put(page: Page, id: string, map: object, base: string | null) {
  const answer = await page.request.put(`/api/maps/${id}/file`, { data: { ...map, base, note: "" } });
  expect(answer.ok(), await answer.text()).toBe(true);
}

const small = (id: string) => ({
  declared: {
    version: 1,
    id,
    title: `Small map ${id}`,
    stages: [{ id: "buy", name: "Buy" }],
    touchpoints: [{ id: "order", name: "Order", stage: "buy", when: "Order Completed" }],
  },
});

const remove = async (page: Page, id: string) => {
  const { version } = await fileOf(page, id);
  await page.request.delete(`/api/maps/${id}/file?base=${version}`);
};

test("a map is deleted from the list, undone, deleted from its page, and brought back there", async ({ page }) => {
  await put(page, "brief", small("brief"), null);
  await page.goto("/maps");
  const row = page.getByRole("link", { name: /Small map brief/ });
  await expect(row).toBeVisible();
  await page.getByRole("button", { name: "More for Small map brief" }).click();
  await page.getByRole("menuitem", { name: "Delete …" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete “Small map brief”?" });
  await expect(dialog).toContainText("brief.yaml");
  await expect(dialog).toContainText("so does the version of the map");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Delete the map" }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row).toBeVisible();

  await row.click();
  await expect(grid(page)).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "More for this map" }).click();
  await page.getByRole("menuitem", { name: "Delete the map …" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete the map" }).click();
  await expect(page).toHaveURL(/\/maps(\?|$)/);
  expect(page.url()).not.toContain("map=");
  await expect(row).toHaveCount(0);
  await page.goto("/maps/brief");
  await expect(page.getByText("The map “brief” was deleted")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Bring it back" }).click();
  await expect(grid(page)).toBeVisible({ timeout: 60_000 });
  await remove(page, "brief");
});

test("personas, scores, journeys and the review are edited by forms; the rest is found in the file", async ({
  page,
}) => {
  await open(page, "?mode=edit");
  const before = await fileOf(page, "retailer");
  await page.getByRole("button", { name: "Map, personas, scores" }).click();
  const side = page.getByRole("complementary", { name: /^The whole map/ });
  await side.getByLabel("Every").fill("180d");
  await side.getByLabel("Who takes part").fill("Ana\nTom");
  await side.getByLabel("Inactivity").fill("soon");
  await expect(side).toContainText("A number and a unit");
  await side.getByLabel("Inactivity").fill("90d");
  await side.getByRole("combobox", { name: "What is counted" }).click();
  await page.getByRole("option", { name: "Sessions" }).click();
  await side.getByRole("combobox", { name: "What is counted" }).click();
  await page.getByRole("option", { name: "Customers" }).click();
  await expectAccessible(page);

  await side.getByRole("button", { name: "Personas" }).click();
  await side.getByText("Aylin, in Berlin").click();
  await side.getByLabel("Goals").last().fill("Wear it tomorrow\nSend it back today");
  await side.getByRole("button", { name: "Persona", exact: true }).click();
  await side.getByLabel("Name").last().fill("Kim, new in town");
  const kim = side.getByRole("group").filter({ has: page.getByText("Kim, new in town", { exact: true }) });
  await kim.getByRole("button", { name: "Condition" }).click();
  await page.getByRole("menuitem", { name: "A trait" }).click();
  await kim.getByRole("combobox", { name: "Trait" }).click();
  await page.getByRole("option", { name: /^region/ }).click();
  await kim.getByRole("combobox", { name: "Value" }).click();
  await page.getByRole("option", { name: /^Hamburg/ }).click();
  await expectAccessible(page);

  await side.getByRole("button", { name: "Scores" }).click();
  await side.getByText("Stars", { exact: true }).first().click();
  await side.getByLabel("Best").last().fill("6");
  await page.getByRole("button", { name: "Save …" }).click();
  const dialog = page.getByRole("dialog", { name: "Save the map" });
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await expect(dialog).toHaveCount(0, { timeout: 20_000 });
  const after = await fileOf(page, "retailer");
  expect(after.declared.review).toMatchObject({ every: "180d", owners: ["Ana", "Tom"] });
  expect(after.declared.journey).toMatchObject({ inactivity: "90d" });
  expect(after.declared.personas.at(-2)?.goals).toEqual(["Wear it tomorrow", "Send it back today"]);
  expect(after.declared.personas.at(-1)).toMatchObject({
    name: "Kim, new in town",
    segment: { trait: "region", is: "Hamburg" },
  });
  expect(after.declared.scores.at(-1)?.scale).toEqual([1, 6]);
  await put(page, "retailer", { yaml: before.yaml }, after.version);
});

test("what has no form leads to its line in the file", async ({ page }) => {
  await open(page, "?mode=edit");
  await page.getByRole("button", { name: "Map, personas, scores" }).click();
  const side = page.getByRole("complementary", { name: /^The whole map/ });
  await side.getByRole("button", { name: "Personas" }).click();
  await side.getByText("Bea, bargain hunter").click();
  const link = side.getByRole("button", { name: /in the file, line \d+/ }).first();
  const line = Number(/\d+/.exec((await link.textContent()) ?? "")?.[0]);
  await link.click();
  const text = page.getByRole("textbox", { name: "The map's file" });
  await expect(text).toBeFocused();
  const [here, all] = await text.evaluate((area: HTMLTextAreaElement) => [
    area.value.slice(0, area.selectionStart).split("\n").length,
    area.value,
  ]);
  expect(here).toBe(line);
  expect(String(all).split("\n")[line - 1]).toContain("id: bargain-hunter");
});

test("five stages and the evidence beside them need no scrolling", async ({ page }) => {
  for (const width of [1280, 1440, 1920]) {
    await page.setViewportSize({ width, height: 900 });
    await open(page, "?open=stage%3Apurchase");
    await expect(page.getByRole("complementary", { name: "Stage: Purchase" })).toBeVisible();
    const box = grid(page).locator("..");
    expect(await box.evaluate((element) => element.scrollWidth - element.clientWidth), `at ${width}`).toBe(0);
  }
});

test("from afar one sees who gets to each stage, and what is most telling", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "Lifecycle" }).click();
  const purchase = page
    .getByRole("listitem")
    .filter({ has: page.getByRole("heading", { level: 2, name: "Purchase" }) });
  await expect(purchase.getByRole("listitem").filter({ hasText: "Aylin, in Berlin" })).toContainText("%");
  await purchase.getByRole("button", { name: /^Pain/ }).first().click({ timeout: 60_000 });
  await expect(page.getByRole("complementary", { name: /^Found at/ })).toBeVisible();
});

test("an old version shows what came since and what went, and says what follows it", async ({ page }) => {
  await open(page);
  const old = await fileOf(page, "retailer");
  const declared = structuredClone(old.declared);
  declared.stages[1]?.hypotheses?.splice(0, 1, "They read reviews first");
  declared.touchpoints.push({ id: "wishes", name: "Wish list", stage: "consideration", when: "Wish" });
  await put(page, "retailer", { declared }, old.version);
  await open(page, `?version=${old.version}`);
  await expect(page.getByText("2 added since, 1 gone now")).toBeVisible();
  const cell = (text: string) => grid(page).getByRole("gridcell").filter({ hasText: text });
  await expect(cell("Wish list")).toContainText("+ added since");
  await expect(cell("They read reviews first")).toContainText("+ added since");
  await expect(cell("Who checks in at a store buys more")).toContainText("− gone now");
  await expectAccessible(page);
  // Exports and links are of the current version, and say so.
  await page.getByRole("button", { name: "Export" }).click();
  await expect(page.getByText("The current version, not the one shown here")).toBeVisible();
  const href = await page.getByRole("menuitem", { name: /Everything/ }).getAttribute("href");
  const exported = await page.request.get(href ?? "", { timeout: 60_000 });
  expect(await exported.text()).toContain("Wish list");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Share to read" }).click();
  const dialog = page.getByRole("dialog", { name: "Share to read" });
  await expect(dialog).toContainText("always shows the current version");
  await dialog.getByRole("button", { name: "Make a link" }).click();
  await expect(dialog.getByRole("textbox", { name: "The new link" })).toBeVisible();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await page.keyboard.press("Escape");
  // So are its people: a touchpoint that is not of this version has none.
  await page
    .getByRole("columnheader", { name: /^Purchase/ })
    .getByRole("button")
    .click();
  await page.getByRole("button", { name: /^See the [\d,]+ people/ }).click();
  await expect(page.getByRole("dialog", { name: "In Purchase" })).toContainText(/[\d,]+ customers/, {
    timeout: 60_000,
  });
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Show the current version" }).click();
  await expect(page).not.toHaveURL(/version=/);
  await put(page, "retailer", { yaml: old.yaml }, (await fileOf(page, "retailer")).version);
});

test("of many maps a few are measured, and the others when one wants them", async ({ page }) => {
  const ids = Array.from({ length: 7 }, (_, at) => `many-${at}`);
  for (const id of ids) await put(page, id, small(id), null);
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/api/ask/map")) asked += 1;
  });
  await page.goto("/");
  await expect(page.getByText(/more maps? not looked at yet/)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("link", { name: /^Small map/ }).first()).toContainText(/\d/, { timeout: 60_000 });
  expect(asked).toBe(5);
  await page.getByRole("button", { name: "Measure more" }).click();
  await expect(page.getByText(/more maps? not looked at yet/)).toHaveCount(0);

  await page.setViewportSize({ width: 1440, height: 300 });
  asked = 0;
  await page.goto("/maps");
  await expect(page.getByRole("link", { name: /^Small map/ }).first()).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(asked).toBeLessThan(5);
  await page.getByRole("link", { name: /^Small map many-6/ }).scrollIntoViewIfNeeded();
  await expect(page.getByRole("link", { name: /^Small map many-6/ })).toContainText(/[\d,]+ customers/, {
    timeout: 60_000,
  });
  for (const id of ids) await remove(page, id);
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
