// The snippet in Chromium where visitors do not want it, or have not been asked: KEY HOST SCRIPT
const assert = require('node:assert');
const { browse, run, shop, until } = require('./browser.cjs');
const [key, host, source] = process.argv.slice(2);

const page = (attributes) => `<!doctype html><title>Shop</title>
  <script>window.periplus = window.periplus || []; periplus.push(['identify', 'ana'], ['track', 'Told Early']);</script>
  <script async src="${source}" data-key="${key}" data-host="${host}" ${attributes}></script>
  <button data-periplus="Clicked">Click</button>`;
const pages = { '/': page('data-cookie="localhost"'), '/asked': page('data-consent="required" data-cookie="localhost"') };

const call = (tab, ...words) => tab.evaluate(([name, ...rest]) => window.periplus[name](...rest), words);
const kept = (tab) => tab.evaluate(() => Object.keys(localStorage).sort().concat(document.cookie || []));
const waits = async (tab) => (await kept(tab)).some((name) => name.startsWith('periplus.message.'));
// Longer than anything is gathered before it is sent.
const pause = (tab) => tab.waitForTimeout(600);

// Opens a path; answers the tab and the messages that it sends from then on.
const open = async (browser, address, path) => {
  const tab = await browser.newPage();
  const sent = [];
  browser.on('request', (request) => {
    if (request.url().startsWith(host) && request.method() === 'POST') sent.push(...JSON.parse(request.postData()).batch);
  });
  await tab.goto(address + path);
  await until('the snippet', () => tab.evaluate(() => Boolean(window.periplus?.track)));
  return [tab, sent];
};

// Everything is tried, and nothing comes of it.
const assertSilent = async (browser, address) => {
  const [tab, sent] = await open(browser, address, '/');
  await call(tab, 'consent', { analytics: true });
  await call(tab, 'track', 'Unwanted');
  await call(tab, 'reset');
  await tab.click('button');
  await pause(tab);
  assert.deepStrictEqual([await kept(tab), sent], [[], []]);
  await tab.goto('about:blank');
  await pause(tab);
  assert.deepStrictEqual(sent, []);
};

run(async () => {
  const address = await shop((path) => pages[path]);
  // As the setting of Chromium is.
  await browse((browser) => assertSilent(browser, address), { enable_do_not_track: true });
  await browse(async (browser) => {
    await browser.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true });
      // Of a time before the visitor chose it.
      if (location.protocol === 'http:') localStorage.setItem('periplus.visitor', '{"anonymousId":"a"}');
    });
    await assertSilent(browser, address);
  });
  await browse(async (browser) => {
    const [tab, sent] = await open(browser, address, '/asked');
    await tab.click('button');
    await pause(tab);
    assert.deepStrictEqual([await kept(tab), sent], [[], []]);
    await call(tab, 'consent', { marketing: false });
    await pause(tab);
    assert.deepStrictEqual([await kept(tab), sent], [[], []]);

    // What was told before is told now, with what the visitor said.
    await call(tab, 'consent', { analytics: true });
    await until('it is sent', async () => sent.length > 0 && !(await waits(tab)));
    const names = (messages) => [...new Set(messages.map(({ event, type }) => event || type))].sort();
    assert.deepStrictEqual(names(sent), ['Clicked', 'Told Early', 'identify', 'page']);
    sent.forEach(({ context }) => assert.deepStrictEqual(context.consent.categoryPreferences, { marketing: false, analytics: true }));
    const ids = [...new Set(sent.map(({ anonymousId }) => anonymousId))];
    assert.deepStrictEqual([ids.length, await tab.evaluate(() => document.cookie)], [1, `periplus.id=${ids[0]}`]);
    // It holds for the next page.
    sent.length = 0;
    await tab.reload();
    await until('it is sent', async () => sent.length > 0 && !(await waits(tab)));
    assert.ok(names(sent).includes('page') && sent.every(({ anonymousId }) => anonymousId === ids[0]));

    // The cookie is what subdomains share.
    await tab.evaluate(() => localStorage.removeItem('periplus.visitor'));
    await call(tab, 'track', 'Elsewhere');
    await until('it is sent', async () => names(sent).includes('Elsewhere') && !(await waits(tab)));
    assert.strictEqual(sent.at(-1).anonymousId, ids[0]);

    // And may be taken back.
    sent.length = 0;
    await call(tab, 'consent', { analytics: false });
    await call(tab, 'track', 'Unwanted');
    await pause(tab);
    await tab.goto('about:blank');
    await pause(tab);
    assert.deepStrictEqual(sent, []);
    await tab.goto(`${address}/asked`);
    await pause(tab);
    assert.deepStrictEqual([await kept(tab), sent], [[], []]);
  });
  await browse(async (browser) => {
    // Where nobody must be asked, a refusal is remembered, and nothing else.
    const [tab, sent] = await open(browser, address, '/');
    await call(tab, 'consent', { analytics: false });
    await pause(tab);
    sent.length = 0;
    await tab.reload();
    await pause(tab);
    await tab.click('button');
    await pause(tab);
    assert.deepStrictEqual([await kept(tab), sent], [['periplus.consent'], []]);
  });
});
