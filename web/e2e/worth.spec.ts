import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { address, MONTH } from "./questions";
import { expect, test } from "./server";

const CONVERSION = { conversion: { event: "Order Completed" } };

test("what was spent is pasted, counted as costs, and opens who was touched", async ({ page, periplus }) => {
  test.slow();
  await page.goto(address("attribution", CONVERSION));
  const table = page.getByRole("table").first();
  await expect(table).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("columnheader", { name: "return on spend (Markov)" })).toHaveCount(0);
  await page.getByRole("button", { name: "no costs" }).click();
  const panel = page.getByRole("dialog", { name: "What was spent" });
  await panel
    .getByRole("textbox", { name: /Paste a table/ })
    .fill(
      '# Traffic acquisition\nSession default channel group,Sessions,Ads cost\nPaid Search,10,"1,000.50"\nDisplay,5,99.5\nGrand total,15,1100\n',
    );
  await panel.getByRole("button", { name: "Read it" }).click();
  await expect(panel.getByRole("status")).toContainText("Read 2 rows");
  await expect(panel.getByRole("spinbutton", { name: "Spent on search" })).toHaveValue("1000.5");
  // What was asked before fades until the new answer is there.
  await expect(page.getByRole("columnheader", { name: "return on spend (Markov)" })).toBeVisible({ timeout: 30_000 });
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "what was spent on 2" })).toBeVisible();
  const { view } = (await periplus.json("ask", "attribution", JSON.stringify(CONVERSION))) as {
    view: { rows: [string, number][] };
  };
  const [channel, customers] = view.rows[0] ?? ["", 0];
  const count = customers.toLocaleString("en-GB");
  await page
    .getByRole("row", { name: new RegExp(`^${channel} `) })
    .getByRole("button", { name: count })
    .click();
  const drawer = page.getByRole("dialog", { name: `${channel}: customers` });
  await expect(drawer.getByText(`${count} customers`)).toBeVisible({ timeout: 30_000 });
});

const PURCHASE = { event: "Order Completed" };
// Other tests send events of today, and who was seen last in the demo company's year is not under way today.
const SOME = { sample: 0.05, to: "2026-01-01" };

/** What it is worth, and what would happen; those with people in their tables. */
const TABLES: Record<string, { question: object; people: boolean }> = {
  lifetime: { question: { purchase: PURCHASE }, people: true },
  rfm: { question: { purchase: PURCHASE }, people: true },
  survival: {
    question: { start: PURCHASE, event: PURCHASE, show: "hazards", covariates: [{ property: "channel" }] },
    people: true,
  },
  conformance: { question: { model: "discovered", unit: "session" }, people: true },
  what_if: {
    question: {
      ...CONVERSION,
      draws: 20,
      scenarios: [{ name: "mended", edits: [{ drop_off: { state: "Product Viewed", share: 0.5 } }] }],
    },
    people: true,
  },
  next_action: { question: { ...CONVERSION }, people: true },
  personas: { question: { k: 3 }, people: true },
};

for (const [analysis, { question, people }] of Object.entries(TABLES)) {
  test(`${analysis} answers in a sentence${people ? ", and its table opens the people" : ""}`, async ({
    page,
    periplus,
  }) => {
    test.slow();
    const asked = { ...question, ...SOME };
    const told = (await periplus.json("ask", analysis, JSON.stringify(asked))) as { caption: string };
    await page.goto(address(analysis, asked));
    const answer = page.getByRole("region", { name: "Answer" });
    await expect(answer.getByText(told.caption, { exact: true })).toBeVisible({ timeout: 60_000 });
    await expectAccessible(page);
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.screenshot({ path: `test-results/explore-${analysis}-${scheme}.png`, fullPage: true });
    }
    await expectAccessible(page);
    if (people) {
      const cell = answer
        .getByRole("table")
        .getByRole("button", { name: /see the people|^[\d,]+$/ })
        .last();
      const n = await cell.textContent();
      await cell.click();
      await expect(
        page
          .getByRole("dialog")
          .getByText(new RegExp(`^${n} `))
          .first(),
      ).toBeVisible({ timeout: 60_000 });
      await page.keyboard.press("Escape");
    }
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.screenshot({ path: `test-results/explore-${analysis}-phone.png` });
  });
}

test("a group becomes a persona of the map, and is taken back", async ({ page, request }) => {
  test.slow();
  const personas = async () => {
    const { declared } = await (await request.get("/api/maps/retailer/file")).json();
    return (declared.personas as { name: string }[]).map(({ name }) => name);
  };
  const before = await personas();
  await page.goto(address("personas", { k: 3, ...SOME }, "&map=retailer"));
  const make = page.getByRole("button", { name: "Make it a persona" }).first();
  await expect(make).toBeVisible({ timeout: 60_000 });
  await make.click();
  const dialog = page.getByRole("dialog", { name: "Make it a persona" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Found <b>by</b> looking");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Add to the map" }).click();
  const message = page.getByRole("group", { name: /is a persona of/ });
  await expect(message).toBeVisible();
  expect(await personas()).toEqual([...before, "Found <b>by</b> looking"]);
  await message.getByRole("button", { name: "Undo" }).click();
  await expect.poll(personas).toEqual(before);
});

const GROUPED: Record<string, object> = {
  trends: { measures: [{ of: { event: "Product Viewed" } }, { of: { event: "Order Completed" } }], interval: "month" },
  lifecycle: { interval: "month" },
  paths: { steps: 3 },
  variants: { top: 3 },
  follows: {},
  time_to_convert: { goal: { event: "Order Completed" } },
};

for (const [analysis, question] of Object.entries(GROUPED)) {
  test(`all of a group of ${analysis} open`, async ({ page }) => {
    test.slow();
    await page.goto(address(analysis, { ...question, breakdown: [{ channel: "first" }], sample: 0.05 }));
    const groups = page.getByRole("region", { name: "Groups" });
    const total = groups.getByRole("row", { name: /^web/ }).getByRole("button");
    await expect(total).toBeVisible({ timeout: 60_000 });
    const n = await total.textContent();
    await total.click();
    const drawer = page.getByRole("dialog", { name: "web" });
    await expect(drawer.getByText(`${n} customers`)).toBeVisible({ timeout: 60_000 });
    await expectAccessible(page);
  });
}

test("a version of the map is the one that is seen on Home, in Act and in Feedback", async ({ page, request }) => {
  test.setTimeout(180_000);
  const file = await (await request.get("/api/maps/retailer/file")).json();
  const put = await request.put("/api/maps/retailer/file", {
    data: {
      yaml: file.yaml.replace("name: Advocacy", "name: Friendship").replaceAll("owner: Mei", "owner: Zoe"),
      base: file.version,
      note: "Renamed",
    },
  });
  expect(put.ok()).toBe(true);
  const old = `?map=retailer&version=${file.version}&${MONTH}`;
  await page.goto(`/${old}`);
  const row = page.getByRole("link", { name: /^From first glance to friend Awareness/ });
  await expect(row).toContainText("Advocacy");
  await expect(row).not.toContainText("Friendship");
  await page.goto(`/feedback${old}`);
  await expect(page.getByRole("heading", { name: "Advocacy" })).toBeVisible({ timeout: 60_000 });
  await page.goto(`/act${old}`);
  await expect(page.getByRole("heading", { name: /Mei/ }).first()).toBeVisible({ timeout: 120_000 });
  await expectAccessible(page);
  await page.getByRole("button", { name: "Show the current version" }).click();
  await expect(page.getByRole("heading", { name: /Zoe/ }).first()).toBeVisible({ timeout: 120_000 });
  expect(page.url()).not.toContain("version=");
});

test("a place is put in, and the ways on from it have to be all", async ({ page }) => {
  test.slow();
  const way = { from: "Product Viewed", to: "(lost)", share: 0.2 };
  const add = { name: "Fitting room", takes: [way], onward: [{ to: "(converted)", share: 0.5 }] };
  const scenarios = [{ name: "A room", edits: [{ add }] }];
  await page.goto(address("what_if", { ...CONVERSION, ...SOME, draws: 20, scenarios }));
  await expect(page.getByText("The ways on from a place that is put in are to be 100 % together.")).toBeVisible();
  await page.getByRole("button", { name: "Way on" }).click();
  await expect(page.getByRole("spinbutton", { name: /onward 2 share/ })).toHaveValue("50");
  await expect(page.getByText("Choose where each change is, and what is put in.")).toBeVisible();
  await page.getByLabel(/onward 2 to/).click();
  await page.getByRole("option", { name: "(lost)" }).click();
  await expect(page.getByRole("region", { name: "Answer" }).getByRole("row", { name: /A room/ })).toBeVisible({
    timeout: 60_000,
  });
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test("how many an experiment needs is asked, and planned", async ({ page }) => {
  const question = {
    exposure: { event: "Product Viewed" },
    arm: "device",
    control: "desktop",
    metrics: [{ event: { event: "Order Completed" } }, { event: { event: "Product Added" } }],
    ...SOME,
  };
  await page.goto(address("experiment", question));
  await page.getByText("What decides, and how many are needed").click();
  await page.getByRole("combobox", { name: "Decided by" }).click();
  await page.getByRole("option", { name: "Product Added" }).click();
  await expect(page).toHaveURL(/primary.*Product(\+|%20)Added/);
  await page.getByRole("button", { name: "equal shares" }).click();
  const shares = page.getByRole("dialog", { name: "Planned shares of the arms" });
  await shares.getByRole("textbox", { name: "Another arm" }).fill("phone");
  await shares.getByRole("button", { name: "Add" }).click();
  await expect(shares.getByRole("spinbutton", { name: "Planned share of desktop" })).toHaveValue("1");
  // What was asked before fades until the new answer is there.
  const answer = page.getByRole("region", { name: "Answer" });
  await expect(answer).toHaveAttribute("aria-busy", "false", { timeout: 30_000 });
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "How many do I need?" }).click();
  const planner = page.getByRole("dialog", { name: "How many do I need?" });
  await planner.getByRole("spinbutton", { name: /Effect to notice/ }).fill("1");
  await planner.getByRole("spinbutton", { name: "New customers each day" }).fill("1000");
  const plan = await page.request.get("/api/experiments/plan?base=0.05&effect=0.01&each_day=1000");
  const { units } = await plan.json();
  await expect(planner.getByRole("status")).toContainText(`${units.toLocaleString("en-GB")} customers`);
  await expectAccessible(page);
  await planner.getByRole("button", { name: "Plan so many" }).click();
  await expect(page.getByRole("spinbutton", { name: "Planned", exact: true })).toHaveValue(String(units));
});

/** Four hundred who were assigned to one of two arms; of every ten, one bought in the control and four in the other. */
async function runExperiment(page: Page) {
  const made = await page.request.post("/api/sources", { data: { do: "add", name: "trial", origins: [] } });
  const { key } = await made.json();
  const headers = { authorization: `Basic ${btoa(`${key}:`)}` };
  const message = (who: number, event: string, minute: number, properties: object) => ({
    type: "track",
    userId: `trial-${who}`,
    messageId: `${event}-${who}`,
    event,
    timestamp: new Date(Date.UTC(2025, 10, 1 + (who % 20), 9, minute)).toISOString(),
    properties,
  });
  const messages = Array.from({ length: 400 }, (_, who) => {
    const arm = who % 2 === 0 ? "control" : "short <b>form</b>";
    const buys = Math.floor(who / 2) % 10 < (who % 2 === 0 ? 1 : 4);
    const seen = message(who, "Experiment Viewed", 0, { variation: arm });
    return buys ? [seen, message(who, "Trial Order", 5, { total: 20 + (who % 7) })] : [seen];
  }).flat();
  for (let at = 0; at < messages.length; at += 50) {
    const batch = { batch: messages.slice(at, at + 50) };
    await expect
      .poll(async () => (await page.request.post("/v1/batch", { headers, data: batch })).status(), { timeout: 15_000 })
      .toBe(200);
  }
}

test("an experiment is judged, and its arms open their people", async ({ page }) => {
  test.slow();
  await runExperiment(page);
  const question = {
    exposure: { event: "Experiment Viewed" },
    arm: "variation",
    control: "control",
    metrics: [{ name: "bought", kind: "conversion", event: { event: "Trial Order" }, window: "7d" }],
    to: "2025-12-31",
  };
  const ask = async () => (await page.request.post("/api/ask/experiment", { data: question })).json();
  await expect.poll(async () => (await ask()).caption, { timeout: 30_000 }).toContain("400 customers in 2 arms");
  const { caption, view } = await ask();
  await page.goto(address("experiment", question));
  const answer = page.getByRole("region", { name: "Answer" });
  await expect(answer.getByText(caption, { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(answer.getByRole("row", { name: /short <b>form<\/b>/ })).toBeVisible();
  await expectAccessible(page);
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: `test-results/explore-experiment-${scheme}.png`, fullPage: true });
  }
  const treated = view.people.filter(({ place }: { place: { arm: string } }) => place.arm !== "control");
  expect(treated.map(({ row, column }: { row: number; column: number }) => view.rows[row][column])).toEqual([200, 80]);
  await answer.getByRole("button", { name: "80", exact: true }).click();
  await expect(page.getByRole("dialog").getByText("80 customers")).toBeVisible({ timeout: 30_000 });
});
