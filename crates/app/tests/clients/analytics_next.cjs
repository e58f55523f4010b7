// @segment/analytics-next in Chromium, from npm as it is, one message at a time or in batches: KEY HOST MODE
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { browse, run, shop, until } = require('./browser.cjs');
const [key, host, mode] = process.argv.slice(2);

const library = join(dirname(require.resolve('@segment/analytics-next/package.json')), 'dist/umd/index.js');
const page = '<!doctype html><title>Shop</title><script src="/analytics.js"></script>';

// In the page: everything that the library can tell.
const tell = ([key, host, mode]) => {
  const deliveryStrategy = mode === 'batching' ? { strategy: 'batching', config: { size: 4, timeout: 500 } } : undefined;
  const segment = { apiHost: `${new URL(host).host}/v1`, protocol: 'http', deliveryStrategy };
  const analytics = window.AnalyticsNext.AnalyticsBrowser.load({ writeKey: key, cdnURL: host }, { integrations: { 'Segment.io': segment } });
  const at = (n) => new Date(Date.UTC(2026, 2, 6, 10, 0, n));
  analytics.identify('next-0', { plan: 'gold' }, { messageId: 'next-identify' });
  for (let n = 0; n < 6; n++) analytics.track('Product Viewed', { n }, { timestamp: at(n), messageId: `next-${n}` });
  analytics.page('Home', {}, { timestamp: at(6), messageId: 'next-page' });
  analytics.group('acme', { seats: 3 }, { messageId: 'next-group' });
  analytics.alias('next-1', 'next-0', { messageId: 'next-alias' });
};
const MESSAGES = 10;

run(async () => {
  const address = await shop((path) => (path === '/analytics.js' ? readFileSync(library) : page));
  await browse(async (browser) => {
    const acknowledged = new Set();
    browser.on('response', (response) => {
      const body = response.request().postData();
      if (response.status() !== 200 || !body) return;
      const { batch, ...message } = JSON.parse(body);
      (batch ?? [message]).forEach(({ messageId }) => acknowledged.add(messageId));
    });
    const tab = await browser.newPage();
    await tab.goto(`${address}/?utm_source=letter&utm_medium=email&utm_campaign=spring`);
    await tab.evaluate(tell, [key, host, mode]);
    await until('all is acknowledged', () => acknowledged.size === MESSAGES);
  });
});
