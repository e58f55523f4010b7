import { expectAccessible } from "./axe";
import { address, FUNNEL, QUESTIONS, RETENTION, TREND } from "./questions";
import { expect, test } from "./server";

const count = (n: number) => n.toLocaleString("en-GB");

for (const [analysis, question] of Object.entries(QUESTIONS)) {
  test(`${analysis} answers in a sentence, and says how it counts`, async ({ page, periplus }) => {
    const { caption, meta } = (await periplus.json("ask", analysis, JSON.stringify(question))) as {
      caption: string;
      meta: { semantics: string };
    };
    await page.goto(address(analysis, question));
    const answer = page.getByRole("region", { name: "Answer" });
    await expect(answer.getByText(caption, { exact: true })).toBeVisible();
    await expect(answer.getByText(meta.semantics)).toBeVisible();
    await expectAccessible(page);
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.screenshot({ path: `test-results/explore-${analysis}-${scheme}.png`, fullPage: true });
    }
    await expectAccessible(page);
    await page.setViewportSize({ width: 390, height: 800 });
    await expect(answer.getByText(caption, { exact: true })).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.screenshot({ path: `test-results/explore-${analysis}-phone.png` });
  });
}

test("the gallery is accessible in both themes", async ({ page }) => {
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto("/explore");
    await expect(page.getByRole("link", { name: /Funnel/ })).toBeVisible();
    await expectAccessible(page);
  }
});

test("a funnel shows the figures of the command line", async ({ page, periplus }) => {
  const { view } = (await periplus.json("ask", "funnel", JSON.stringify(FUNNEL))) as {
    view: { steps: { name: string; reached: number; from_first: number }[] };
  };
  await page.goto(address("funnel", FUNNEL));
  for (const step of view.steps) {
    const name = `${step.name}: ${count(step.reached)} customers`;
    await expect(page.getByRole("button", { name })).toBeVisible();
  }
});

test("a trend shows the figures of the command line", async ({ page, periplus }) => {
  const { view } = (await periplus.json("ask", "trends", JSON.stringify(TREND))) as {
    view: { axis: { calendar: { labels: string[] } }; lines: { values: number[] }[] };
  };
  await page.goto(address("trends", TREND));
  await page.getByRole("button", { name: "Table" }).click();
  for (const [at, label] of view.axis.calendar.labels.entries()) {
    const cells = view.lines.map((line) => count(line.values[at] ?? 0)).join(" ");
    await expect(page.getByRole("row", { name: `${label} ${cells}` })).toBeVisible();
  }
});

test("retention shows the figures of the command line", async ({ page, periplus }) => {
  const { view } = (await periplus.json("ask", "retention", JSON.stringify(RETENTION))) as {
    view: { rows: { name: string; size: number; cells: { count: number; share: { value: number } | null }[] }[] };
  };
  await page.goto(address("retention", RETENTION));
  for (const row of view.rows) {
    const shown = page.getByRole("row", { name: new RegExp(`^${row.name} `) });
    await expect(shown).toContainText(count(row.size));
    for (const [column, cell] of row.cells.entries()) {
      if (!cell.share) continue;
      const name = `${row.name}, ${column}: ${(cell.share.value * 100).toFixed(1)}`;
      await expect(shown.getByRole("button", { name })).toHaveAccessibleName(
        new RegExp(`${count(cell.count)} customers`),
      );
    }
  }
});

test("a mark opens the people behind it, by pointer and by keyboard", async ({ page, periplus }) => {
  const stopped = (await periplus.json("ask", "funnel", JSON.stringify(FUNNEL), "--people", "step=1,who=stopped")) as {
    total: number;
  };
  // Listing people reads far more than counting them.
  test.slow();
  await page.goto(address("funnel", FUNNEL));
  await page.getByRole("button", { name: `${count(stopped.total)} customers stopped after Product Viewed` }).focus();
  await page.keyboard.press("Enter");
  const drawer = page.getByRole("dialog", { name: "Stopped after Product Viewed" });
  await expect(drawer.getByText(`${count(stopped.total)} customers`)).toBeVisible({ timeout: 40_000 });
  await expect(drawer.getByRole("link").first()).toHaveAttribute("href", /^\/customers\//);
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(drawer).toHaveCount(0);
  await expect(page.getByRole("button", { name: /customers stopped after Product Viewed/ })).toBeFocused();
});

test("a sentence changes the question, the address and the answer", async ({ page, periplus }) => {
  await page.goto(address("funnel", FUNNEL));
  await page.getByRole("combobox", { name: "Window" }).click();
  await page.getByRole("option", { name: "1 hour" }).click();
  await expect(page).toHaveURL(/1h/);
  const { caption } = (await periplus.json("ask", "funnel", JSON.stringify({ ...FUNNEL, window: "1h" }))) as {
    caption: string;
  };
  await expect(page.getByText(caption, { exact: true })).toBeVisible();
});

test("all settings are text, and the server says what is wrong with them", async ({ page }) => {
  await page.goto(address("funnel", FUNNEL));
  await page.getByRole("button", { name: "All settings" }).click();
  const editor = page.getByRole("textbox", { name: "The question as JSON" });
  await editor.fill(JSON.stringify({ ...FUNNEL, window: "soon" }));
  await page.getByRole("button", { name: "Ask" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The question is wrong" })).toContainText("soon");
});

test("a name that is written is taken with Enter", async ({ page }) => {
  await page.goto(address("overview", {}));
  await page.getByRole("button", { name: "Only events where" }).click();
  await page.getByRole("button", { name: "Condition" }).click();
  await page.getByRole("menuitem", { name: "A property" }).click();
  await page.getByRole("combobox", { name: "Property" }).click();
  // What is typed before the list is open belongs to nobody.
  await expect(page.getByPlaceholder("Search")).toBeFocused();
  await page.keyboard.type("device_type");
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "Test" }).click();
  await page.getByRole("option", { name: "is known", exact: true }).click();
  await expect(page).toHaveURL(/device_type/);
});

test("groups and comparison stand beside the answer", async ({ page }) => {
  await page.goto(
    address(
      "funnel",
      { ...FUNNEL, breakdown: [{ channel: "first" }] },
      "&period=2025-10-03..2025-12-31&compare=previous",
    ),
  );
  await expect(page.getByRole("region", { name: "Groups" })).toBeVisible();
  await expect(page.getByText(/^Compared with/)).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/explore-funnel-groups.png", fullPage: true });
});

test("a series is read with arrows, and Enter opens the people", async ({ page }) => {
  await page.goto(address("trends", TREND));
  const plot = page.getByRole("slider");
  await plot.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(plot).toHaveAttribute("aria-valuetext", /events/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toContainText("customers");
});

test("the share menu gives files and the command", async ({ page, request, periplus }) => {
  await page.goto(address("funnel", FUNNEL, "&period=90d"));
  await page.getByRole("button", { name: "Share" }).click();
  for (const form of ["csv", "svg", "json"]) {
    const href = await page.getByRole("menuitem", { name: `.${form}` }).getAttribute("href");
    expect((await request.get(`${periplus.url}${href}`)).ok()).toBe(true);
  }
  await expect(page.getByText(/^periplus ask funnel '\{/)).toBeVisible();
});

test("a question that lacks something says what", async ({ page }) => {
  await page.goto(address("funnel", { steps: [] }));
  await expect(page.getByText("Choose at least two steps.")).toBeVisible();
  await page.goto("/explore/nothing");
  await expect(page.getByRole("heading", { name: "No such analysis" })).toBeVisible();
});
