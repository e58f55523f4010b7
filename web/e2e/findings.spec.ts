// Where it hurts and where it delights: in Explore, on Home, in Act and beside the map.

import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { address } from "./questions";
import { expect as base, test } from "./server";

// Whatever stands out is looked for in all there is.
const expect = base.configure({ timeout: 60_000 });
test.beforeEach(() => test.setTimeout(180_000));

interface Finding {
  id: string;
  feeling: "pain" | "delight";
  kind: string;
  title: string;
  touchpoint: string;
  from?: string;
  customers: number;
  also?: unknown[];
  examples?: { customer?: string; steps: { at: string; here?: boolean }[] }[];
  place: { whom?: object; group?: object; to?: string };
}

/** Whom it is about, when that is not everybody. */
const whom = ({ place }: Finding) => place.whom ?? place.group;

const ALL = { at_most: 50 };
const count = (n: number) => n.toLocaleString("en-GB");
const people = (n: number) => `See ${count(n)} ${n === 1 ? "person" : "people"}`;

async function found(page: Page): Promise<Finding[]> {
  const answer = await page.request.post("/api/ask/findings", { data: { ...ALL, map: "retailer" }, timeout: 60_000 });
  return (await answer.json()).view.findings;
}

const card = (page: Page, { title, customers }: Finding) =>
  page
    .getByRole("article")
    .filter({ has: page.getByRole("heading", { name: title }) })
    .filter({ has: page.getByRole("button", { name: people(customers) }) });

test("findings are told with whom, when, how sure, at what cost, and with exactly their people", async ({ page }) => {
  await page.goto(address("findings", ALL, "&map=retailer"));
  const region = page.getByRole("region", { name: "Answer" });
  await expect(region.getByRole("article").first()).toBeVisible();
  const all = await found(page);
  expect(all.length).toBeGreaterThan(5);
  const first = all.find((one) => !whom(one)) as Finding;
  await page.getByRole("button", { name: `Show all ${all.length}` }).click();
  const shown = card(page, first).first();
  for (const fact of ["Who", "When", "How sure"]) await expect(shown.getByText(fact, { exact: true })).toBeVisible();
  await expect(shown.getByRole("img", { name: /Week by week/ })).toBeVisible();
  await shown.getByText(/^More/).click();
  await expect(shown.getByText("How it ranks", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page);

  await shown.getByRole("button", { name: people(first.customers) }).click();
  const dialog = page.getByRole("dialog", { name: first.title });
  await expect(dialog).toContainText(`${count(first.customers)} customers`);
  await expect(dialog).toContainText("Cannot be kept as a segment");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Table", exact: true }).click();
  await expect(region.getByRole("cell", { name: first.title }).first()).toBeVisible();
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test("a finding of a group has exactly the people of that group", async ({ page }) => {
  await page.goto(address("findings", ALL, "&map=retailer"));
  await expect(page.getByRole("article").first()).toBeVisible();
  const one = (await found(page)).slice(0, 10).find(whom) as Finding;
  await card(page, one)
    .first()
    .getByRole("button", { name: people(one.customers) })
    .click();
  await expect(page.getByRole("dialog", { name: one.title })).toContainText(`${count(one.customers)} customers`);
});

test("a finding shows journeys of those whom it struck, with the step that it is about", async ({ page }) => {
  await page.goto(address("findings", ALL, "&map=retailer"));
  await expect(page.getByRole("article").first()).toBeVisible();
  const one = (await found(page)).slice(0, 10).find(({ examples }) => examples?.some(({ customer }) => customer));
  test.skip(one === undefined, "This server tells no journeys.");
  const { examples = [] } = one as Finding;
  const shown = card(page, one as Finding).first();
  await shown.getByText(/^More/).click();
  await expect(shown.getByText(/^More/)).toContainText(`${examples.length} journey`);
  const example = examples.find(({ customer }) => customer);
  const about = example?.steps.find(({ here }) => here)?.at ?? "";
  await expect(shown.getByRole("strong").filter({ hasText: about }).first()).toBeVisible();
  await expectAccessible(page);
  await shown.getByRole("link", { name: example?.customer }).click();
  await expect(page).toHaveURL(/\/customers\//);
});

test("the sentence asks for pains of a kind", async ({ page }) => {
  await page.goto("/explore/findings?map=retailer");
  await page.getByRole("combobox", { name: "Feeling" }).click();
  await page.getByRole("option", { name: "hurts", exact: true }).click();
  await page
    .getByRole("button", { name: "Kinds" })
    .or(page.getByRole("combobox", { name: "Kinds" }))
    .click();
  await page.getByRole("option", { name: "going back" }).click();
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/feeling.*pain.*kinds.*loop|kinds.*loop.*feeling.*pain/);
  const region = page.getByRole("region", { name: "Answer" });
  await expect(region.getByRole("heading", { name: /^Pain: Back from/ }).first()).toBeVisible();
  await expect(region.getByRole("heading", { name: /^Delight/ })).toHaveCount(0);
});

test("a finding leads to questions about its people and its days", async ({ page }) => {
  await page.goto(address("findings", ALL, "&map=retailer"));
  await expect(page.getByRole("article").first()).toBeVisible();
  const all = await found(page);
  await page.getByRole("button", { name: /^Show all/ }).click();
  const chosen = [
    all.find((one) => "property" in (whom(one) ?? {})),
    all.find(({ from }) => from),
    all.find((one) => one.place.to && whom(one)),
  ].filter((one) => one !== undefined);
  expect(chosen.length).toBeGreaterThan(0);
  for (const one of chosen) {
    for (const name of [/^Funnel to/, "Customers over time"]) {
      const href = await card(page, one).first().getByRole("link", { name }).getAttribute("href");
      if (one.from) expect(href).toContain(one.from.slice(0, 10));
      const other = await page.context().newPage();
      await other.goto(href ?? "");
      await expect(other.getByRole("region", { name: "Answer" }).getByText(/customers, .* events read/)).toBeVisible();
      await other.close();
    }
  }
});

test("Home's pains open their evidence beside the map, with their people", async ({ page }) => {
  await page.goto("/");
  const hurts = page.getByRole("region", { name: "Findings" });
  const link = hurts.getByRole("link", { name: /Pain/ }).first();
  await expect(link).toBeVisible();
  await expect(hurts).toContainText(/[\d,]+ comparisons of/);
  await expectAccessible(page);
  const pain = (await found(page)).find(({ feeling }) => feeling === "pain") as Finding;
  await expect(link).toContainText(pain.title);
  await link.click();
  await expect(page).toHaveURL(new RegExp(`open=finding%3A${pain.touchpoint}%3A${pain.id}`));
  const side = page.getByRole("complementary", { name: /^Found at/ });
  await expect(side.getByRole("heading", { name: pain.title }).first()).toBeVisible();
  await expectAccessible(page);
  await side.getByRole("button", { name: people(pain.customers) }).click();
  await expect(page.getByRole("dialog", { name: pain.title })).toContainText(`${count(pain.customers)} customers`);
});

test("a touchpoint has its findings, and an old link says when there is none any more", async ({ page }) => {
  const pain = (await found(page)).find(({ feeling }) => feeling === "pain") as Finding;
  await page.goto(`/maps/retailer?open=touchpoint:${pain.touchpoint}`);
  const side = page.getByRole("complementary", { name: /^Touchpoint/ });
  await expect(side.getByRole("heading", { name: "Found here" })).toBeVisible();
  await side.getByRole("button", { name: pain.title }).first().click();
  await expect(page).toHaveURL(/open=finding/);
  await page.goto(`/maps/retailer?open=finding:${pain.touchpoint}:gone`);
  await expect(page.getByText("This does not stand out for these people in this period.")).toBeVisible();
});

test("Act has the pains by whose they are", async ({ page }) => {
  await page.goto("/act");
  const pains = page.getByRole("region", { name: "Pains" });
  await expect(pains.getByRole("heading", { level: 2, name: "Mei (web and app)" })).toBeVisible();
  await expect(pains.getByRole("link", { name: /Pain/ }).first()).toHaveAttribute("href", /open=finding/);
  await expect(pains.getByRole("link", { name: /Delight/ })).toHaveCount(0);
  await expectAccessible(page);
});

test("where nothing stands out it is said, with how much was looked at", async ({ page }) => {
  const day = "map=retailer&period=2025-03-03..2025-03-03";
  await page.goto(`/?${day}`);
  await expect(page.getByText(/^No pain stands out beyond chance, in [\d,]+ comparisons of/)).toBeVisible();
  await page.goto(`/act?${day}`);
  await expect(page.getByText("Nothing hurts beyond chance")).toBeVisible();
  await page.goto(`/explore/findings?${day}`);
  await expect(page.getByText("No pain and no delight", { exact: true })).toBeVisible();
  const nobody = encodeURIComponent(JSON.stringify({ trait: "gender", is: "nobody" }));
  await page.goto(`/?map=retailer&where=${nobody}`);
  await expect(page.getByText("There are too few people here to compare.").first()).toBeVisible();
});

test("a finding is dismissed with a reason, everywhere, and can be brought back", async ({ page }) => {
  const { dismissed } = await (await page.request.get("/api/saved")).json();
  test.skip(dismissed === undefined, "This server keeps no dismissed findings.");
  await page.goto(address("findings", ALL, "&map=retailer"));
  await expect(page.getByRole("article").first()).toBeVisible();
  // Of what is good, less is worse; the end of this test is about more of what is bad.
  const isBad = ({ feeling, kind }: Finding) => feeling === "pain" && !["goes_on", "settled"].includes(kind);
  const pain = (await found(page)).find(isBad) as Finding;
  await card(page, pain).first().getByRole("button", { name: "Dismiss …" }).click();
  const reason = page.getByRole("dialog", { name: "Dismiss this finding" });
  await expectAccessible(page);
  await reason.getByRole("textbox", { name: "Why?" }).fill("<b>Known</b>: mended in spring");
  await reason.getByRole("button", { name: "Dismiss", exact: true }).click();
  await expect(card(page, pain)).toHaveCount(0);
  const fold = page.getByRole("group").filter({ hasText: "Dismissed 1" });
  await fold.getByText("Dismissed").click();
  await expect(fold).toContainText("<b>Known</b>: mended in spring");
  await expectAccessible(page);

  await page.goto("/");
  const home = page.getByRole("region", { name: "Findings" });
  await expect(home.getByText("Dismissed")).toBeVisible();
  await expect(home.getByRole("link", { name: pain.title })).toHaveCount(0);
  await home.getByText("Dismissed").click();
  await home.getByRole("button", { name: "Bring back" }).click();
  await expect(home.getByRole("link", { name: pain.title }).first()).toBeVisible();

  // One that was dismissed at less comes back, and says so.
  const rate = { value: 0.001, low: 0, high: 0.002, n: 1000 };
  await page.request.put(`/api/saved/dismissed/${pain.id}`, {
    data: { reason: "Too rare", title: pain.title, rate, customers: 1 },
  });
  await page.reload();
  await expect(home.getByText("worse than when it was dismissed").first()).toBeVisible();
  await page.request.delete(`/api/saved/dismissed/${pain.id}`);
});

test("a question can be stopped, says that it was, and is asked again", async ({ page }) => {
  await page.goto(address("findings", { at_most: 19 }, "&map=retailer"));
  const answer = page.getByRole("region", { name: "Answer" });
  const stop = answer.getByRole("button", { name: "Stop" });
  await expect(answer.getByRole("progressbar", { name: "Progress" })).toBeVisible();
  await stop.click();
  await expect(answer.getByRole("status")).toContainText("Stopped before it was counted.");
  await expect(answer).toHaveAttribute("aria-busy", "false");
  await expectAccessible(page);
  await answer.getByRole("button", { name: "Ask again" }).click();
  await expect(stop).toBeVisible();
  await stop.click();
});
