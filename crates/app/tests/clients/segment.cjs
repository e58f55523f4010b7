// @segment/analytics-node: KEY HOST
const { Analytics } = require('@segment/analytics-node');
const [key, host] = process.argv.slice(2);
const analytics = new Analytics({ writeKey: key, host, flushAt: 5, maxRetries: 10 });
analytics.on('error', (error) => { console.error(JSON.stringify(error)); process.exitCode = 1; });
for (let n = 0; n < 12; n++) {
  analytics.track({ userId: `segment-${n % 3}`, event: 'Product Viewed', properties: { n }, timestamp: new Date(Date.UTC(2026, 2, 1, 10, 0, n)), messageId: `segment-${n}` });
}
analytics.identify({ userId: 'segment-0', anonymousId: 'segment-browser', traits: { plan: 'gold' } });
analytics.page({ userId: 'segment-1', name: 'Home', properties: { url: 'https://shop.example/' }, messageId: 'segment-page' });
analytics.closeAndFlush({ timeout: 60_000 });
