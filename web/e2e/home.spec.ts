import { expectAccessible } from "./axe";
import { emptyTest, expect, test } from "./server";

const ORDERS = `mail;ordered;status;total;city
ana@example.org;01.03.2025 10:00;placed;59,90;Berlin
bo@example.org;01.03.2025 11:30;placed;12,00;Wien
ana@example.org;04.03.2025 09:15;returned;59,90;Berlin
cy@example.org;05.03.2025 12:30;placed;99,00;<b>Linz</b>
nobody;yesterday;placed;1,00;?
`;

emptyTest("the first door makes a demo company and opens its map", async ({ page }) => {
  emptyTest.setTimeout(400_000);
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 2, name: "Demo company" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Open the demo company" }).click();
  await expect(page.getByRole("progressbar")).toBeVisible();
  await expect(page).toHaveURL(/\/maps\//, { timeout: 360_000 });
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 2, name: "What hurts most" })).toBeVisible();
});

emptyTest("the second door leads from a file to a live map", async ({ page }) => {
  emptyTest.setTimeout(120_000);
  await page.goto("/");
  await page.getByRole("link", { name: "Choose a file" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Import a file" })).toBeVisible();
  await expectAccessible(page);
  await page
    .getByLabel("File to import")
    .setInputFiles({ name: "orders.csv", mimeType: "text/csv", buffer: Buffer.from(ORDERS) });
  await expect(page).toHaveURL(/upload=/);

  // Whatever was guessed, the form says what is meant.
  const choose = async (field: string, option: string) => {
    await page.getByRole("combobox", { name: field, exact: true }).first().click();
    await page
      .getByRole("option", { name: new RegExp(`^${option}`) })
      .first()
      .click();
  };
  const happened = page.getByRole("switch", { name: /something that happened/ });
  if ((await happened.getAttribute("aria-checked")) !== "true") await happened.click();
  if ((await page.getByRole("combobox", { name: "Column of the identifier" }).count()) === 0) {
    await page.getByRole("button", { name: "Identifier", exact: true }).click();
  }
  await choose("Column of the identifier", "mail");
  await choose("Kind of identifier", "e-mail address");
  await choose("Column of the time", "ordered");
  await page.getByRole("combobox", { name: "How times are written" }).click();
  await page.getByRole("option", { name: "by a pattern" }).click();
  await page.getByRole("textbox", { name: "Pattern of times" }).fill("%d.%m.%Y %H:%M");
  await page.getByRole("combobox", { name: "Name of the event: where it is from" }).click();
  await page.getByRole("option", { name: "from a column" }).click();
  await choose("Column: Name of the event", "status");

  await expect(page.getByText("4 events of 3 customers")).toBeVisible();
  await expect(page.getByRole("heading", { level: 2, name: "Would be refused" })).toBeVisible();
  await expect(page.getByText("<b>Linz</b>").first()).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("tab", { name: "Text (TOML)" }).click();
  await expect(page.getByRole("textbox", { name: "Mapping, TOML" })).toHaveValue(/kind = "email"/);
  await page.getByRole("button", { name: "Import", exact: true }).click();

  await expect(page.getByRole("heading", { level: 2, name: /drafted from the events/ })).toBeVisible({
    timeout: 60_000,
  });
  await expectAccessible(page);
  await page.getByRole("textbox", { name: "Title of the map" }).fill("From order to return");
  await page.getByRole("button", { name: "Save and open the map" }).click();
  await expect(page).toHaveURL(/\/maps\/from-order-to-return/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("From order to return");
});

emptyTest("the third door gives a key, and says when the first event has come", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Get a key" }).click();
  await page.getByRole("textbox", { name: "Name of the source" }).fill("shop");
  await page.getByRole("button", { name: "Make a key" }).click();
  await expect(page.getByText("Waiting for the first event")).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: "curl", exact: true }).click();
  const command = await page.getByRole("region", { name: "Try it in a terminal" }).textContent();
  const [, address, key] = /curl (\S+)\/v1\/track -u (\S+):/.exec(command ?? "") ?? [];
  const send = async () => {
    const sent = await fetch(`${address}/v1/track`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${key}:`)}` },
      body: JSON.stringify({ userId: "ana", event: "Order <img src=x onerror=alert(1)> Completed", messageId: "o-1" }),
    });
    return sent.status;
  };
  await expect.poll(send).toBe(200);
  await expect(page.getByText("Events arrive")).toBeVisible();
  for (const sender of ["Web page", "Segment", "RudderStack", "PostHog", "GA4", "Snowplow", "Webhook"]) {
    await page.getByRole("button", { name: sender, exact: true }).click();
    await expect(page.getByText(String(key)).first()).toBeVisible();
  }
});

test("home shows the journeys, what hurts, what moved and how the data is", async ({ page }) => {
  // Whatever stands out is looked for in all there is.
  test.setTimeout(120_000);
  const failed: string[] = [];
  page.on("pageerror", (error) => failed.push(String(error)));
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 2, name: "Maps" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 2, name: "What moved" })).toBeVisible();
  await expect(page.getByText(/figures/).first()).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("link", { name: "Newest event" })).toBeVisible();
  await expectAccessible(page);
  const hurts = page.locator("section section", { has: page.getByRole("heading", { name: "What hurts most" }) });
  await hurts.getByRole("link").first().click({ timeout: 60_000 });
  await expect(page).toHaveURL(/\/maps\/.*open=finding/);
  expect(failed).toEqual([]);
});

for (const [path, heading] of [
  ["/feedback", "Feedback"],
  ["/act", "Act"],
  ["/settings", "Settings"],
] as const) {
  test(`${heading} is of use, and accessible`, async ({ page }) => {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
    await expect(page.getByRole("heading", { level: 2 }).first()).toBeVisible({ timeout: 20_000 });
    await expectAccessible(page);
  });
  emptyTest(`${heading} says what is missing in an empty workspace`, async ({ page }) => {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
    await expectAccessible(page);
  });
}

test("the theme is chosen and stays", async ({ page }) => {
  await page.goto("/settings");
  await page.getByRole("button", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.getByRole("button", { name: "Dark" })).toHaveAttribute("aria-pressed", "true");
});
