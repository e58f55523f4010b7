// The snippet in Chromium, through a whole journey: KEY HOST SCRIPT
const assert = require('node:assert');
const { browse, run, shop, until } = require('./browser.cjs');
const [key, host, source] = process.argv.slice(2);

const line = (attributes = '') => `<script async src="${source}" data-key="${key}" data-host="${host}" ${attributes}></script>`;
const page = (title, body, head = line()) => `<!doctype html><html><head><title>${title}</title>${head}</head><body>${body}</body></html>`;
const pages = {
  // It belongs to somebody else, as far as the snippet knows.
  '/elsewhere': page('Elsewhere', '<a id="ad" href="/?utm_source=letter&utm_medium=email&utm_campaign=spring&utm_content=top#now">Spring</a>', ''),
  '/': page(
    'Shop',
    `<button id="add" data-periplus="Product Added" data-periplus-product-id="p-7" data-periplus-size="L"><b>Add</b></button>
     <label data-periplus="Gift Chosen"><i>As a gift</i><input type="checkbox" name="gift"></label>
     <button id="unmarked">Nothing</button>
     <form data-periplus="Form Sent" data-periplus-form="newsletter" onsubmit="event.preventDefault()">
       <input name="email" value="ana@example.org"><input name="size" value="L" data-periplus-value>
       <input name="secret" type="password" value="1234" data-periplus-value><input name="token" type="hidden" value="t">
       <input name="elements" value="named like a member of forms"><button id="send">Send</button>
     </form>
     <a id="next" href="/next" data-periplus="Next Clicked">Next</a>`,
    `<script>window.periplus = window.periplus || []; periplus.push(['identify', 'ana', { plan: 'gold', email: 'ana@shop.example' }]);</script>${line()}`,
  ),
  '/next': page('Next', '<p>Next</p>'),
  '/quiet': page('Quiet', '<p>Here, pages are told by calls only.</p>', line('data-pages="manual"')),
};

const waiting = (tab) => tab.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('periplus.message.')).length);
const stored = (tab, name) => tab.evaluate((name) => JSON.parse(localStorage.getItem(`periplus.${name}`)), name);
const call = (tab, ...words) => tab.evaluate(([name, ...rest]) => window.periplus[name](...rest), words);
const isThere = (tab) => until('the snippet', () => tab.evaluate(() => Boolean(window.periplus?.track)));

run(async () => {
  const address = await shop((path) => pages[path]);
  await browse(async (browser) => {
    const tab = await browser.newPage();
    const mistakes = [];
    tab.on('pageerror', (error) => mistakes.push(error));
    await tab.goto(`${address}/elsewhere`);
    await tab.click('#ad');
    await isThere(tab);
    await until('a page view', async () => (await stored(tab, 'session')) !== null);
    const session = await stored(tab, 'session');
    const first = await stored(tab, 'visitor');
    assert.deepStrictEqual([first.userId, first.firstTouch.source, first.firstTouch.referrer], ['ana', 'letter', `${address}/elsewhere`]);

    await tab.click('#add b');
    await tab.click('label i');
    await tab.click('#unmarked');
    await tab.click('#send');
    await call(tab, 'track', 'Order Completed', { revenue: 59.9, currency: 'EUR' });
    await call(tab, 'group', 'acme', { seats: 3 });
    await call(tab, 'alias', 'ana-2');
    // An application that makes pages of its own, and goes back.
    await tab.evaluate(() => {
      history.pushState({}, '', '/cart');
      document.title = 'Cart';
    });
    await tab.waitForTimeout(100);
    await tab.evaluate(() => history.replaceState({}, '', '/cart?open=1'));
    await tab.goBack();
    await tab.waitForTimeout(100);
    // Nothing that the page does wrong with it reaches the page.
    await tab.evaluate(() => {
      periplus.track('Circle', window);
      periplus.push(['unheard', 1], null, 7, ['track', 'Pushed Late', {}]);
    });
    // An address that is only put right is no new page, and leaving does not make it one.
    await tab.evaluate(() => history.replaceState({}, '', '/?open=1'));
    // It leaves while the server is in trouble.
    await tab.click('#next');
    await isThere(tab);
    await until('nothing waits', async () => (await waiting(tab)) === 0);
    assert.strictEqual((await stored(tab, 'session')).id, session.id);

    // Half an hour later.
    await tab.evaluate(() => {
      const { id, at } = JSON.parse(localStorage.getItem('periplus.session'));
      localStorage.setItem('periplus.session', JSON.stringify({ id, at: at - 31 * 60_000 }));
    });
    await call(tab, 'track', 'Came Back');
    assert.notStrictEqual((await stored(tab, 'session')).id, session.id);
    // Somebody else at the same browser, and nobody known any more.
    await call(tab, 'identify', 'bob');
    const second = await stored(tab, 'visitor');
    assert.deepStrictEqual([second.userId, second.anonymousId === first.anonymousId], ['bob', false]);
    await call(tab, 'reset');
    await call(tab, 'track', 'Left Alone');
    assert.strictEqual((await stored(tab, 'visitor')).userId, undefined);

    // What a page could not send, the next one sends.
    await tab.goto(`${address}/quiet`);
    await isThere(tab);
    await until('nothing waits', async () => (await waiting(tab)) === 0);
    assert.deepStrictEqual(await browser.cookies(), []);
    assert.deepStrictEqual(mistakes, []);
  });
});
