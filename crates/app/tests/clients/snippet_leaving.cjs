// The snippet in Chromium where visitors leave at once: KEY HOST SCRIPT
const { browse, run, shop, until } = require('./browser.cjs');
const [key, host, source] = process.argv.slice(2);

const snippet = `<script async src="${source}" data-key="${key}" data-host="${host}"></script>`;
const pages = {
  '/': `<!doctype html><title>Shop</title>${snippet}<a href="/other" data-periplus="Left">Leave</a>`,
  '/other': '<!doctype html><title>Other</title>',
};

// How many requests the server has accepted.
const accepted = async () => Number(/accepted_total (\d+)/.exec(await (await fetch(new URL('/metrics', source))).text())[1]);

run(async () => {
  const address = await shop((path) => pages[path]);
  await browse(async (browser) => {
    for (const way of ['link', 'close']) {
      const before = await accepted();
      const tab = await browser.newPage();
      await tab.goto(address);
      await until('the snippet', () => tab.evaluate(() => Boolean(window.periplus?.track)));
      // In one go: what was told, and leaving.
      await tab.evaluate((way) => {
        periplus.track(`Told Last, ${way}`);
        if (way === 'link') document.querySelector('a').click();
      }, way);
      if (way === 'link') await tab.waitForURL('**/other');
      else await tab.close({ runBeforeUnload: true });
      // Nobody comes back to what is kept in the browser: what arrives was sent on leaving.
      const other = await browser.newPage();
      await other.goto(`${address}/other`);
      await other.evaluate(() => localStorage.clear());
      await until('a request', async () => (await accepted()) > before);
    }
  });
});
