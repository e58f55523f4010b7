// Questions about the demo company, as addresses and for the command line.

/** Days of the demo company, as part of an address: what is recent to it ends where other tests send events of today. */
export const MONTH = "period=2025-12-01..2025-12-31";

export const FUNNEL = {
  steps: [{ event: "Product Viewed" }, { event: "Product Added" }, { event: "Order Completed" }],
  window: "7d",
};
export const TREND = { measures: [{ show: "events" }, { show: "customers" }], interval: "month" };
export const RETENTION = { interval: "month", intervals: 4 };

export const QUESTIONS: Record<string, object> = {
  funnel: FUNNEL,
  trends: TREND,
  retention: RETENTION,
  paths: { unit: "session", steps: 4 },
  follows: { unit: "session" },
  variants: { unit: "session", collapse: true, top: 5 },
  lifecycle: { interval: "month" },
  time_to_convert: { goal: { event: "Order Completed" }, window: "30d" },
  overview: {},
};

export const address = (analysis: string, question: object, more = "") =>
  `/explore/${analysis}?q=${encodeURIComponent(JSON.stringify(question))}${more}`;
