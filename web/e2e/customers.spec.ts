import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { expect, test } from "./server";

interface Entry {
  id: string;
  identifiers: string[];
}
interface Known {
  identifiers: { identifier: string }[];
  events: { channel?: string; event: string }[];
}

/** Somebody who was active lately and has several identifiers. */
async function somebody(page: Page): Promise<Entry> {
  const found = await page.request.get("/api/customers?search=&at_most=50");
  const { customers } = (await found.json()) as { customers: Entry[] };
  const merged = customers.find((one) => one.identifiers.length > 2);
  if (!merged) throw new Error("Nobody among those who were active last has several identifiers.");
  return merged;
}

const count = (n: number) => new Intl.NumberFormat("en-GB").format(n);
const bare = (identifier: string) => identifier.slice(identifier.indexOf(":") + 1);

test("somebody is found by a part of an identifier and opened with the keyboard", async ({ page }) => {
  await page.goto("/customers");
  const { id } = await somebody(page);
  await expect(page.getByRole("heading", { level: 2, name: "Active last" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("searchbox", { name: "Search customers" }).fill(bare(id));
  await expect(page).toHaveURL(/search=/);
  await expect(page.getByRole("heading", { level: 2, name: "Found" })).toBeVisible();
  await expect(page.getByRole("link", { name: bare(id) }).first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: bare(id) })).toBeFocused();
});

test("a journey has as many events as the command line says, and is filtered and opened", async ({
  page,
  periplus,
}) => {
  await page.goto("/customers");
  const { id } = await somebody(page);
  const [known] = (await periplus.json("customer", id)) as Known[];
  const events = known?.events ?? [];
  await page.goto(`/customers/${encodeURIComponent(id)}`);
  const journey = page.getByRole("region", { name: "Journey" });
  await expect(journey.getByRole("status")).toContainText(`${count(events.length)} event`);
  await expectAccessible(page);

  const channel = events.find((event) => event.channel)?.channel ?? "";
  const own = events.filter((event) => event.channel === channel).length;
  const chips = journey.getByRole("button", { name: new RegExp(`^${channel} `) });
  if (await chips.count()) {
    await chips.first().click();
    await expect(page).toHaveURL(/channel=/);
    await expect(journey.getByRole("status")).toContainText(`${count(own)} event`);
    await journey.getByRole("button", { name: "Clear" }).click();
  }

  const session = journey.getByRole("listitem").getByRole("button").first();
  await session.click();
  await expect(session).toHaveAttribute("aria-expanded", "true");
  await journey.getByRole("button", { name: "Oldest first" }).click();
  await expect(page).toHaveURL(/order=oldest/);
});

test("a stretch of the journey becomes the period of everything", async ({ page }) => {
  await page.goto("/customers");
  const { id } = await somebody(page);
  await page.goto(`/customers/${encodeURIComponent(id)}`);
  const activity = page.getByRole("group", { name: /Activity/ });
  await activity.getByRole("button").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/period=\d{4}/);
  await page.getByRole("button", { name: "Whole journey" }).click();
  await expect(page).not.toHaveURL(/period=/);
});

test("a merge is taken back with a reason, and undone", async ({ page }) => {
  await page.goto("/customers");
  const { id } = await somebody(page);
  await page.goto(`/customers/${encodeURIComponent(id)}`);
  const apart = page.getByRole("button", { name: /^Not them: / });
  await expect(apart.first()).toBeVisible();
  const before = await apart.count();
  const identifier = ((await apart.last().getAttribute("aria-label")) ?? "").replace("Not them: ", "");
  await apart.last().click();
  const dialog = page.getByRole("dialog", { name: "These are two people" });
  await expect(dialog).toContainText(identifier);
  await dialog.getByRole("textbox", { name: "Why" }).fill("a test");
  await dialog.getByRole("button", { name: "Keep them apart" }).click();
  await expect(apart).toHaveCount(before - 1);
  await expect(page.getByText(/kept apart by hand: a test/)).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(apart).toHaveCount(before);
});

test("a journey is told as it was known", async ({ page }) => {
  await page.goto("/customers");
  const { id } = await somebody(page);
  await page.goto(`/customers/${encodeURIComponent(id)}?as_of=2020-01-01T00:00:00Z`);
  await expect(page.getByText(/as known on/)).toBeVisible();
  await expect(page.getByText("Nothing happened here")).toBeVisible();
  await page.getByRole("button", { name: "Back to now" }).click();
  await expect(page).not.toHaveURL(/as_of/);
});

test("erasing needs the name to be written, and then nobody is there", async ({ page }) => {
  await page.goto("/customers");
  const found = await page.request.get("/api/customers?search=&at_most=50");
  const { customers } = (await found.json()) as { customers: Entry[] };
  const id = customers.at(-1)?.id ?? "";
  await page.goto(`/customers/${encodeURIComponent(id)}`);
  await page.getByRole("button", { name: "More" }).last().click();
  await page.getByRole("menuitem", { name: /Erase/ }).click();
  const dialog = page.getByRole("dialog", { name: "Erase this customer" });
  await expectAccessible(page);
  const erase = dialog.getByRole("button", { name: "Erase for ever" });
  await expect(erase).toBeDisabled();
  await dialog.getByRole("textbox", { name: "Write the name to confirm" }).fill(id);
  await erase.click();
  await expect(page.getByRole("heading", { level: 1, name: "Customers" })).toBeVisible();
  await page.goto(`/customers/${encodeURIComponent(id)}`);
  await expect(page.getByText("Nobody is known by this")).toBeVisible();
});

test("a segment is built, counted as the command line counts, saved, used, removed and brought back", async ({
  page,
  periplus,
}) => {
  const event = "Order Completed";
  await page.goto("/customers/segments");
  await page.getByRole("link", { name: "New segment" }).first().click();
  await page.getByRole("button", { name: "Condition" }).click();
  await page.getByRole("menuitem", { name: "What they did" }).click();
  await page.getByRole("combobox", { name: "Events" }).click();
  await page.getByRole("combobox", { name: "Search: Events" }).fill(event);
  await page.getByRole("option", { name: new RegExp(`^${event}`) }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("spinbutton", { name: "Times" }).fill("2");

  const question = JSON.stringify({ segments: { these: { did: { event }, at_least: 2 } } });
  const answer = (await periplus.json("ask", "segments", question)) as { view: { rows: [string, number][] } };
  const members = answer.view.rows[0]?.[1] ?? 0;
  await expect(page.getByText(count(members), { exact: true }).first()).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("textbox", { name: "Name" }).fill("Ordered twice (a test)");
  await page.getByRole("button", { name: "Save segment" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Ordered twice (a test)" })).toBeVisible();
  await page.getByRole("button", { name: "Use everywhere" }).click();
  await expect(page.getByRole("button", { name: "Who: Ordered twice (a test)" })).toBeVisible();
  await page.getByRole("button", { name: "Stop using it everywhere" }).click();

  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page).toHaveURL(/\/customers\/segments(\?|$)/);
  await expect(page.getByRole("link", { name: /Ordered twice \(a test\)/ })).toHaveCount(0);
  await page
    .getByRole("group", { name: /is removed/ })
    .getByRole("button", { name: "Undo" })
    .click();
  await expect(page.getByRole("link", { name: /Ordered twice \(a test\)/ })).toBeVisible();
  await expectAccessible(page);
  await page.request.delete("/api/saved/segments/ordered-twice-a-test");
});
