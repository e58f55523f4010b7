// The widget in Chromium: KEY HOST SNIPPET
const assert = require('node:assert');
const { browse, run, shop, until } = require('./browser.cjs');
const [key, host, source] = process.argv.slice(2);

const widget = (attributes = '') => `<script async src="${new URL('s/widget.js', source)}" data-key="${key}" data-host="${host}" data-after="0" ${attributes}></script>`;
const snippet = `<script>window.periplus = window.periplus || []; periplus.push(['identify', 'ana']);</script><script async src="${source}" data-key="${key}" data-host="${host}"></script>`;
// What a careful shop says of its pages.
const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' ${new URL(source).origin}; connect-src ${host}; style-src 'self'">`;
const page = (head, body = '<h1>Shop</h1><p><input id="field" aria-label="Search"></p>') => `<!doctype html><html lang="de-AT"><head><meta charset="utf-8"><title>Shop</title>${policy}${head}</head><body>${body}</body></html>`;
const pages = {
  '/': page(snippet + widget()),
  '/manual': page(snippet + widget('data-ask="manual"')),
  '/consent': page(widget('data-consent="required"')),
};

const dialog = (tab) => tab.getByRole('dialog', { name: 'Ihre Meinung' });
// What has the focus, also in a shadow root.
const focused = (tab) => tab.evaluate(() => {
  let element = document.activeElement;
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ''}`;
});
const leftAloneUntil = (tab) => tab.evaluate(() => JSON.parse(localStorage.getItem('periplus.survey.until')));

run(async () => {
  const address = await shop((path) => pages[path]);
  await browse(async (browser) => {
    const tab = await browser.newPage();
    const mistakes = [];
    tab.on('pageerror', (error) => mistakes.push(error));
    tab.on('console', (message) => message.type() === 'error' && mistakes.push(message.text()));

    // Nobody is interrupted while they type.
    await tab.addInitScript(() => addEventListener('DOMContentLoaded', () => document.querySelector('#field')?.focus()));
    await tab.goto(`${address}/`);
    await tab.keyboard.type('sho');
    await tab.waitForTimeout(1_500);
    assert.strictEqual(await dialog(tab).count(), 0);
    await tab.keyboard.type('es');
    assert.strictEqual(await tab.inputValue('#field'), 'shoes');
    await tab.evaluate(() => document.activeElement.blur());

    // It has a name, takes the focus, and speaks the page's language.
    await dialog(tab).waitFor();
    assert.strictEqual(await focused(tab), 'h2#title');
    await tab.getByRole('group', { name: 'Wie wahrscheinlich?' }).waitFor();
    assert.strictEqual(await tab.getByRole('radio').count(), 11);
    await tab.getByRole('radio', { name: '10 (Sehr wahrscheinlich)' }).waitFor();

    // Without an answer it says what is missing, and leads there.
    await tab.getByRole('button', { name: 'Weiter' }).click();
    await tab.getByText('Bitte beantworten Sie diese Frage.').waitFor();
    assert.strictEqual(await focused(tab), 'input');
    // By keyboard alone.
    await tab.keyboard.press('Space');
    await tab.keyboard.press('ArrowRight');
    await tab.keyboard.press('ArrowRight');
    assert.ok(await tab.getByRole('radio', { name: '2', exact: true }).isChecked());
    await tab.keyboard.press('Enter');
    const words = tab.getByRole('textbox', { name: /^Why\?/ });
    await words.waitFor();
    assert.strictEqual(await focused(tab), 'h2#title');
    assert.strictEqual((await dialog(tab).innerText()).split('\n').filter((line) => /^\d+$/.test(line)).length, 0, 'no number that nobody asked for');
    await tab.getByRole('checkbox', { name: 'Wet' }).check();
    await tab.getByRole('checkbox', { name: 'Late' }).check();
    await words.fill('kam zu spät\nund war nass');
    await tab.getByRole('button', { name: 'Senden' }).click();
    await tab.getByText('Danke für Ihre Antwort.').waitFor();
    await tab.keyboard.press('Escape');
    assert.strictEqual(await dialog(tab).count(), 0);
    assert.ok((await leftAloneUntil(tab)) > Date.now() + 20 * 86_400_000, 'left alone for weeks');

    // Asked and answered: neither the page nor a call shows it again.
    await tab.goto(`${address}/manual`);
    await until('the widget', () => tab.evaluate(() => Boolean(window.periplusSurvey)));
    await tab.evaluate(() => document.activeElement.blur());
    assert.strictEqual(await tab.evaluate(() => window.periplusSurvey.ask()), undefined);
    assert.strictEqual(await dialog(tab).count(), 0);

    // Somebody else closes it; the focus goes back to where it was.
    await tab.evaluate(() => {
      localStorage.clear();
      localStorage.setItem('periplus.visitor', JSON.stringify({ anonymousId: 'closer' }));
      document.body.insertAdjacentHTML('beforeend', '<button id="open">Feedback</button>');
      const open = document.querySelector('#open');
      open.addEventListener('click', () => window.periplusSurvey.ask().then((answered) => { window.outcome = answered; }));
      open.focus();
    });
    await tab.keyboard.press('Enter');
    await dialog(tab).waitFor();
    await tab.keyboard.press('Tab');
    await tab.getByRole('button', { name: 'Schließen' }).click();
    assert.strictEqual(await dialog(tab).count(), 0);
    assert.strictEqual(await focused(tab), 'button#open');
    await until('the outcome', () => tab.evaluate(() => window.outcome === false));

    // Where consent is required, nobody is asked of whom nobody keeps an id.
    // The snippet of the page before says its last when that is left.
    await tab.addInitScript(() => location.pathname === '/consent' && localStorage.clear());
    await tab.goto(`${address}/consent`);
    await tab.evaluate(() => document.activeElement.blur());
    await tab.waitForTimeout(6_500);
    assert.strictEqual(await dialog(tab).count(), 0);
    assert.strictEqual(await tab.evaluate(() => localStorage.length), 0);
    assert.deepStrictEqual(await browser.cookies(), []);
    // Browsers tell of the answer that was refused, and of nothing else.
    assert.deepStrictEqual(mistakes, ['Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)']);
  });
});
