// How each sender is told the key and the address.

export interface Snippet {
  label: string;
  text: string;
}

export interface Sender {
  id: string;
  name: string;
  about: string;
  snippets: (key: string, address: string) => Snippet[];
}

/** An address without its scheme, and the scheme, as some libraries want them. */
function parts(address: string): { host: string; protocol: string } {
  const url = new URL(address);
  return { host: url.host, protocol: url.protocol.replace(":", "") };
}

export const SENDERS: readonly Sender[] = [
  {
    id: "web",
    name: "Web page",
    about: "For a page that has no library yet: under 5 KB, and it tells page views, sessions and what you mark.",
    snippets: (key, address) => [
      {
        label: "Into the head of every page",
        text: `<script async src="${address}/periplus.js" data-key="${key}"></script>`,
      },
      {
        label: "What is marked is told when it is clicked or sent",
        text: `<button data-periplus="Product Added" data-periplus-product-id="p-7">Add to cart</button>`,
      },
      {
        label: "The rest by calls",
        text: `<script>
  window.periplus = window.periplus || [];
  periplus.push(
    ["identify", "ana", { plan: "gold" }],
    ["track", "Order Completed", { revenue: 59.9, currency: "EUR" }],
  );
</script>`,
      },
    ],
  },
  {
    id: "segment",
    name: "Segment",
    about: "Segment’s libraries, as their makers publish them, with this server as their host.",
    snippets: (key, address) => {
      const { host, protocol } = parts(address);
      return [
        {
          label: "Node.js",
          text: `import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "${key}", host: "${address}" });
analytics.track({ userId: "ana", event: "Order Completed", properties: { revenue: 59.9 } });`,
        },
        {
          label: "Browser",
          text: `import { AnalyticsBrowser } from "@segment/analytics-next";

const analytics = AnalyticsBrowser.load(
  { writeKey: "${key}", cdnURL: "${address}" },
  { integrations: { "Segment.io": { apiHost: "${host}/v1", protocol: "${protocol}" } } },
);`,
        },
        {
          label: "Python",
          text: `import segment.analytics as analytics

analytics.write_key = "${key}"
analytics.host = "${address}"
analytics.track("ana", "Order Completed", {"revenue": 59.9})`,
        },
      ];
    },
  },
  {
    id: "rudderstack",
    name: "RudderStack",
    about: "RudderStack’s libraries, with this server as their data plane.",
    snippets: (key, address) => [
      {
        label: "Node.js",
        text: `const Analytics = require("@rudderstack/rudder-sdk-node");

const analytics = new Analytics("${key}", { dataPlaneUrl: "${address}" });
analytics.track({ userId: "ana", event: "Order Completed", properties: { revenue: 59.9 } });`,
      },
    ],
  },
  {
    id: "posthog",
    name: "PostHog",
    about: "PostHog’s libraries; they are told that there are no flags and no recordings.",
    snippets: (key, address) => [
      {
        label: "Node.js",
        text: `import { PostHog } from "posthog-node";

const posthog = new PostHog("${key}", { host: "${address}" });
posthog.capture({ distinctId: "ana", event: "Order Completed", properties: { revenue: 59.9 } });`,
      },
      {
        label: "Python",
        text: `from posthog import Posthog

posthog = Posthog("${key}", host="${address}")
posthog.capture("Order Completed", distinct_id="ana", properties={"revenue": 59.9})`,
      },
    ],
  },
  {
    id: "ga4",
    name: "GA4",
    about: "GA4’s Measurement Protocol, as servers and tag managers speak it.",
    snippets: (key, address) => [
      {
        label: "Measurement Protocol",
        text: `curl '${address}/mp/collect?api_secret=${key}' \\
  -d '{"client_id": "555.123", "user_id": "ana", "events": [{"name": "purchase", "params": {"value": 59.9, "currency": "EUR"}}]}'`,
      },
      {
        label: "The same, keeping nothing and saying what would be refused",
        text: `curl '${address}/debug/mp/collect?api_secret=${key}' -d '{"client_id": "555.123", "events": [{"name": "purchase"}]}'`,
      },
    ],
  },
  {
    id: "snowplow",
    name: "Snowplow",
    about: "Snowplow’s trackers; the key is the application’s id.",
    snippets: (key, address) => {
      const { host, protocol } = parts(address);
      return [
        {
          label: "Python",
          text: `from snowplow_tracker import Emitter, Tracker

tracker = Tracker(namespace="shop", emitters=Emitter("${host}", protocol="${protocol}"), app_id="${key}")`,
        },
      ];
    },
  },
  {
    id: "webhook",
    name: "Webhook",
    about:
      "Shops, help desks, mail services and review sites send to this address. What their messages mean, the rules of the source say.",
    snippets: (key, address) => [
      { label: "Address", text: `${address}/v1/webhook/${key}` },
      {
        label: "Rules of the source, such as for an order",
        text: `[mapping]
time = { column = "created_at" }
ids = [{ kind = "email", column = "email" }]

[[mapping.event]]
name = "Order Completed"
message_id = { template = "order-{id}" }
amount = { column = "total_price" }
currency = { column = "currency" }`,
      },
    ],
  },
  {
    id: "curl",
    name: "curl",
    about: "Any program that can send JSON.",
    snippets: (key, address) => [
      {
        label: "Try it in a terminal",
        text: `curl ${address}/v1/track -u ${key}: \\
  -d '{"userId": "ana", "event": "Order Completed", "properties": {"revenue": 59.9}}'`,
      },
      {
        label: "As a CloudEvent",
        text: `curl ${address}/v1/cloudevents -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/cloudevents+json' \\
  -d '{"specversion": "1.0", "id": "1", "source": "/shop", "type": "Order Completed", "userid": "ana", "data": {"revenue": 59.9}}'`,
      },
    ],
  },
];

/** Whether only this machine can reach an address. */
export function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
