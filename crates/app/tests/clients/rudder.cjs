// @rudderstack/rudder-sdk-node: KEY HOST
const sdk = require('@rudderstack/rudder-sdk-node');
const [key, host] = process.argv.slice(2);
const client = new (sdk.default ?? sdk)(key, { dataPlaneUrl: host, flushAt: 4, gzip: true, axiosRetryConfig: { retries: 10 } });
for (let n = 0; n < 7; n++) {
  client.track({ userId: `rudder-${n % 2}`, event: 'Order Completed', properties: { revenue: 10 + n, currency: 'EUR' }, timestamp: new Date(Date.UTC(2026, 2, 2, 10, 0, n)), messageId: `rudder-${n}` });
}
client.flush().then(() => setTimeout(() => process.exit(0), 500), (error) => { console.error(error); process.exit(1); });
