// posthog-node: KEY HOST
const { PostHog } = require('posthog-node');
const [key, host] = process.argv.slice(2);
const client = new PostHog(key, { host, flushAt: 4, fetchRetryCount: 10, fetchRetryDelay: 300 });
client.on('error', (error) => { console.error(error); process.exitCode = 1; });
for (let n = 0; n < 8; n++) {
  client.capture({ distinctId: `posthog-${n % 2}`, event: 'Product Added', properties: { n }, timestamp: new Date(Date.UTC(2026, 2, 4, 10, 0, n)), uuid: `01900000-0000-7000-8000-00000000000${n}` });
}
client.identify({ distinctId: 'posthog-0', properties: { plan: 'gold' } });
client.shutdown(60_000);
