// How soon after its answer a page stands still: `npm run repaint -- http://127.0.0.1:8042`, over a server with data and a map `retailer`.
// A filter of the context bar is changed on each page; what is told is how long the answer took, and how long after it the last change was painted.

import { chromium } from "@playwright/test";

const [base] = process.argv.slice(2);
if (!base) throw new Error("Say where a server with data is: npm run repaint -- http://127.0.0.1:8042");

const FUNNEL = { steps: [{ event: "Product Viewed" }, { event: "Order Completed" }], window: "7d" };
const PAGES = {
  funnel: `/explore/funnel?q=${encodeURIComponent(JSON.stringify(FUNNEL))}`,
  trends: "/explore/trends",
  retention: "/explore/retention",
  "journey graph": "/explore/follows",
  paths: "/explore/paths",
  lifecycle: "/explore/lifecycle",
  variants: "/explore/variants",
  map: "/maps/retailer",
};
const PERIODS = ["90 days", "30 days"];

const browser = await chromium.launch({ executablePath: process.env.PERIPLUS_CHROMIUM ?? "/usr/bin/chromium" });
const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();

// A change is painted when a message arrives that was sent in the frame after it.
await page.addInitScript(() => {
  window.painted = 0;
  const sent = new MessageChannel();
  sent.port1.onmessage = () => {
    window.painted = performance.now();
  };
  const seen = () => requestAnimationFrame(() => sent.port2.postMessage(0));
  new MutationObserver(seen).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  });
});

for (const [name, path] of Object.entries(PAGES)) {
  await page.goto(base + path);
  await page.waitForLoadState("networkidle");
  for (const period of PERIODS) {
    await page.waitForTimeout(800);
    await page.evaluate(() => performance.clearResourceTimings());
    await page.getByRole("button", { name: /^Period:/ }).click();
    await page.getByRole("dialog", { name: "Period" }).getByRole("button", { name: period }).click();
    await page.keyboard.press("Escape");
    await page.waitForTimeout(200);
    await page.waitForLoadState("networkidle");
    await page.waitForTimeout(1200);
    const told = await page.evaluate(() => {
      const asked = performance.getEntriesByType("resource").filter(({ name }) => /\/api\/(ask|maps)/.test(name));
      const last = asked.reduce((one, other) => (other.responseEnd > one.responseEnd ? other : one), asked[0]);
      return last && { took: last.duration, after: window.painted - last.responseEnd };
    });
    const said = told
      ? `answered in ${told.took.toFixed(0)} ms, painted ${told.after.toFixed(0)} ms later`
      : "asked nothing";
    console.log(`${name.padEnd(14)} ${period.padEnd(8)} ${said}`);
  }
}
await browser.close();
