// What Explore has beside the questions themselves: sentences for every analysis, SQL, comparisons, people of groups.

import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { address, FUNNEL, MONTH, QUESTIONS } from "./questions";
import { expect as base, test } from "./server";

// Here much is counted that nobody has asked before.
const expect = base.configure({ timeout: 40_000 });
test.beforeEach(() => test.slow());

const count = (n: number) => n.toLocaleString("en-GB");
const IN_MONTH = { from: "2025-12-01", to: "2026-01-01" };

interface Table {
  caption: string;
  view: { columns: { name: string }[]; rows: (string | number | null)[][] };
}

const OTHERS = [
  "sequence",
  "correlation",
  "stickiness",
  "sessions",
  "bottlenecks",
  "loops",
  "stages",
  "reach",
  "segments",
];
for (const analysis of OTHERS) {
  test(`${analysis} has a sentence that is answered as it stands`, async ({ page }) => {
    expect(QUESTIONS[analysis]).toBeUndefined();
    await page.goto(`/explore/${analysis}?${MONTH}`);
    await expect(page.getByRole("region", { name: "Question" })).toBeVisible();
    await expect(page.getByRole("region", { name: "Answer" }).getByText(/customers, .* events read/)).toBeVisible();
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await expectAccessible(page);
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
}

test("a sequence is asked as its sentence says", async ({ page, periplus }) => {
  const steps = [{ event: "Product Viewed" }, { event: "Order Completed" }];
  await page.goto(address("sequence", { steps }, `&${MONTH}`));
  await page.getByRole("combobox", { name: "How step 2 follows" }).click();
  await page.getByRole("option", { name: "within" }).click();
  await page.getByRole("combobox", { name: "Time before step 2" }).click();
  await page.getByRole("option", { name: "1 hour" }).click();
  const question = { steps, gaps: [{ within: "1h" }], ...IN_MONTH };
  const { caption } = (await periplus.json("ask", "sequence", JSON.stringify(question))) as Table;
  await expect(page.getByText(caption, { exact: true })).toBeVisible();
});

test("segments are named, changed and removed", async ({ page, periplus }) => {
  const segments = { often: { did: { and: [] }, at_least: 10 } };
  await page.goto(address("segments", { segments }, `&${MONTH}`));
  await page.getByRole("textbox", { name: "Name of the segment" }).fill("regulars");
  await page.keyboard.press("Enter");
  const question = { segments: { regulars: segments.often }, ...IN_MONTH };
  const { caption, view } = (await periplus.json("ask", "segments", JSON.stringify(question))) as Table;
  await expect(page.getByText(caption, { exact: true })).toBeVisible();
  await page
    .getByRole("button", { name: count(Number(view.rows[0]?.[1])), exact: true })
    .first()
    .click();
  await expect(page.getByRole("dialog").getByText(`${count(Number(view.rows[0]?.[1]))} customers`)).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Remove regulars" }).click();
  await expect(page.getByText("Add a segment, or choose a map: its personas are segments too.")).toBeVisible();
});

test("numbers of people in tables open just as many", async ({ page, periplus }) => {
  const of = async (analysis: string, question: object) =>
    ((await periplus.json("ask", analysis, JSON.stringify({ ...question, ...IN_MONTH }))) as Table).view.rows[0] ?? [];
  const loops = await of("loops", {});
  await page.goto(address("loops", {}, `&${MONTH}`));
  await expectPeople(page, `${loops[0]}: return to it`, Number(loops[2]));
  const waits = await of("bottlenecks", { longest: "30d" });
  await page.goto(address("bottlenecks", { longest: "30d" }, `&${MONTH}`));
  await expectPeople(page, `${waits[0]} → ${waits[1]}: customers`, Number(waits[2]));
  await page.goto(`/explore/stages?${MONTH}`);
  const cell = page
    .getByRole("row", { name: /^Everybody/ })
    .nth(1)
    .getByRole("button")
    .first();
  const shown = Number(((await cell.textContent()) ?? "").replaceAll(",", ""));
  await expectPeople(page, (await cell.getAttribute("title"))?.replace(": see the people", "") ?? "", shown);
});

/** Opens the mark of this title, and finds as many people behind it. */
async function expectPeople(page: Page, title: string, people: number) {
  await page.getByTitle(`${title}: see the people`, { exact: true }).click();
  const drawer = page.getByRole("dialog", { name: title, exact: true });
  await expect(drawer.getByText(`${count(people)} customers`)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(drawer).toHaveCount(0);
}

interface Side {
  name: string[];
  units: number;
  view: { steps: { reached: number }[] };
}

test("a group's marks, and those of the other side, open the people who are counted there", async ({
  page,
  periplus,
}) => {
  const question = { ...FUNNEL, breakdown: [{ channel: "first" }] };
  const { groups } = (await periplus.json("ask", "funnel", JSON.stringify({ ...question, ...IN_MONTH }))) as {
    groups: Side[];
  };
  const [first] = groups as [Side];
  await page.goto(address("funnel", question, `&${MONTH}`));
  const [viewed, , ordered] = first.view.steps.map(({ reached }) => count(reached));
  await page.getByRole("button", { name: new RegExp(`^Order Completed, ${first.name}: ${ordered} customers`) }).click();
  const drawer = page.getByRole("dialog", { name: `Reached Order Completed, ${first.name}` });
  await expect(drawer.getByText(`${ordered} customers`, { exact: true })).toBeVisible();
  await expect(drawer.getByText(/Cannot be kept as a segment/)).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("region", { name: "Groups" }).getByRole("button", { name: viewed, exact: true }).click();
  await expect(page.getByRole("dialog", { name: String(first.name) }).getByText(`${viewed} customers`)).toBeVisible();

  const compare = { period: { from: "2025-04-01", to: "2025-05-01" } };
  const { compared } = (await periplus.json("ask", "funnel", JSON.stringify({ ...FUNNEL, ...IN_MONTH, compare }))) as {
    compared: Side;
  };
  await page.goto(address("funnel", FUNNEL, `&${MONTH}&compare=2025-04-01..2025-04-30`));
  const there = count(compared.view.steps.at(-1)?.reached ?? 0);
  await page.getByRole("button", { name: new RegExp(`^Order Completed, .*2025-04-01.*: ${there} customers`) }).click();
  await expect(page.getByRole("dialog").getByText(`${there} customers`, { exact: true })).toBeVisible();
});

test("any days, and any segment, can be compared with", async ({ page, request, periplus }) => {
  const condition = { did: { channel: "app" } };
  await request.put(`${periplus.url}/api/saved/segments/app-people`, {
    data: { name: "People with the app", about: "", condition },
  });
  await page.goto(address("funnel", FUNNEL, `&${MONTH}`));
  await page.getByRole("button", { name: "Comparison: Compare" }).click();
  const popup = page.getByRole("dialog", { name: "Comparison" });
  await popup.getByLabel("First day").fill("2025-04-01");
  await popup.getByLabel("Last day").fill("2025-04-30");
  await expectAccessible(page);
  await popup.getByRole("button", { name: "Compare with these days" }).click();
  await expect(page).toHaveURL(/compare=2025-04-01\.\.2025-04-30/);
  const other = async (compare: object) => {
    const answer = await periplus.json("ask", "funnel", JSON.stringify({ ...FUNNEL, ...IN_MONTH, compare }));
    return (answer as { compared: { caption: string } }).compared.caption;
  };
  const days = await other({ period: { from: "2025-04-01", to: "2025-05-01" } });
  await expect(page.getByText(days, { exact: true })).toBeVisible();

  await page.getByRole("button", { name: /^Comparison: vs/ }).click();
  await popup.getByRole("button", { name: "People with the app" }).click();
  await expect(page).toHaveURL(/compare=segment%3Aapp-people/);
  await expect(page.getByText(await other({ segment: condition }), { exact: true })).toBeVisible();
});

test("a version of the map is what is asked by", async ({ page, request, periplus }) => {
  const { maps } = await (await request.get(`${periplus.url}/api/maps`)).json();
  const id: string = maps[0].id;
  const file = await (await request.get(`${periplus.url}/api/maps/${id}/file`)).json();
  const [stage] = file.declared.stages;
  const renamed = { ...file.declared, stages: file.declared.stages.with(0, { ...stage, name: "Renamed by a test" }) };
  await request.put(`${periplus.url}/api/maps/${id}/file`, {
    data: { declared: renamed, base: file.version, note: "renamed" },
  });
  await page.goto(`/explore/stages?${MONTH}&map=${id}`);
  await expect(page.getByRole("cell", { name: "Renamed by a test" }).first()).toBeVisible();
  await page.goto(`/explore/stages?${MONTH}&map=${id}&version=${file.version}`);
  await expect(page.getByRole("cell", { name: stage.name, exact: true }).first()).toBeVisible();
  await expect(page.getByRole("cell", { name: "Renamed by a test" })).toHaveCount(0);
  await page.goto(`/explore/stages?${MONTH}&map=${id}&version=nothing`);
  await expect(page.getByText(/There is no version “nothing”/)).toBeVisible();
  // The next tests look at the same map.
  const { version } = await (await request.get(`${periplus.url}/api/maps/${id}/file`)).json();
  const back = await request.put(`${periplus.url}/api/maps/${id}/file`, {
    data: { yaml: file.yaml, base: version, note: "renamed back" },
  });
  expect(back.ok()).toBe(true);
});

const STATEMENT = "SELECT event, count(*) AS n FROM events GROUP BY event ORDER BY n DESC, event";
const sql = (statement: string) => `/explore/sql?statement=${encodeURIComponent(statement)}`;

test("SQL is written, run, and kept in the address", async ({ page, periplus }) => {
  await page.goto("/explore");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find" }).fill("sql");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "SQL" })).toBeFocused();
  await expectAccessible(page);
  await page.getByRole("textbox", { name: "Statement" }).fill(STATEMENT);
  await page.keyboard.press("Control+Enter");
  await expect(page).toHaveURL(/statement=SELECT/);
  const { view } = (await periplus.json("sql", STATEMENT)) as Table;
  const rows = page.getByRole("region", { name: "Rows" });
  await expect(
    rows.getByRole("row", { name: `${view.rows[0]?.[0]} ${count(Number(view.rows[0]?.[1]))}` }),
  ).toBeVisible();
  await expect(page.getByText(`${view.rows.length} rows`)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Share" }).click();
  await expect(page.getByText(`periplus sql '${STATEMENT}'`)).toBeVisible();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: ".csv" }).click(),
  ]);
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\r\n");
  expect(lines).toEqual(["event,n", ...view.rows.map((row) => row.join(","))]);
});

test("SQL begins with examples that all are answered", async ({ page }) => {
  await page.goto("/explore/sql");
  const examples = page.getByRole("region", { name: "Result" }).getByRole("button");
  await expect(examples.first()).toBeVisible();
  for (let index = 0; index < (await examples.count()); index++) {
    await examples.nth(index).click();
    await expect(page.getByRole("region", { name: "Rows" })).toBeVisible();
    await page.goto("/explore/sql");
    await expect(examples.first()).toBeVisible();
  }
});

test("tables and columns are put into the statement", async ({ page }) => {
  await page.goto("/explore/sql");
  const tables = page.getByRole("complementary", { name: "What one can ask of" });
  await tables
    .locator("summary")
    .filter({ hasText: /^›sessions$/ })
    .click();
  await tables.getByRole("button", { name: "Use sessions" }).click();
  const statement = page.getByRole("textbox", { name: "Statement" });
  await expect(statement).toHaveValue("SELECT *\nFROM sessions\nLIMIT 100");
  await statement.fill("SELECT ");
  await tables.getByRole("button", { name: /^first_event/ }).click();
  await expect(statement).toHaveValue("SELECT first_event");
  await expect(statement).toBeFocused();
});

test("SQL says what is wrong and where, and when there is more", async ({ page }) => {
  await page.goto(sql("SELECT event,\n  nothing\nFROM events"));
  const problem = page.getByRole("alert");
  await expect(problem).toContainText("line 2, column 3");
  await expectAccessible(page);
  await problem.getByRole("button", { name: "Go there" }).click();
  const statement = page.getByRole("textbox", { name: "Statement" });
  await expect(statement).toBeFocused();
  expect(await statement.evaluate((area) => (area as HTMLTextAreaElement).selectionStart)).toBe(16);

  await page.goto(sql("SELECT event FROM events LIMIT 3000"));
  await expect(page.getByText("The first 1,000 rows are here; there may be more.")).toBeVisible();
  await page.getByRole("button", { name: "Up to 100,000" }).click();
  await expect(page.getByText("3,000 rows")).toBeVisible();
  await expect(page).toHaveURL(/rows=100000/);
  const rows = page.getByRole("region", { name: "Rows" });
  expect(await rows.getByRole("row").count()).toBeLessThan(100);
  await rows.evaluate((box) => box.scrollTo(0, box.scrollHeight));
  await expect(rows.locator('[aria-rowindex="3001"]')).toBeVisible();
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test("a statement that takes long can be left", async ({ page }) => {
  const slow = "SELECT count(*) FROM events a JOIN events b ON a.event = b.event AND a.time < b.time";
  await page.goto(sql(slow));
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Cancelled", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Run it again" })).toBeVisible();
});
