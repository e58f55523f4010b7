import type { ReactNode } from "react";

const SHAPES: Record<string, ReactNode> = {
  funnel: <path d="M4 22V4h6v18M15 22V9h6v13M26 22v-7h6v7" />,
  time_to_convert: <path d="M4 22h6v-5h6v-5h6V8h10" />,
  sequence: <path d="M4 13h6m4 0h8m4 0h6M10 9v8h4V9zM22 9v8h4V9z" />,
  correlation: <path d="M6 18h.01M11 15h.01M15 16h.01M18 11h.01M23 12h.01M27 7h.01M4 22L32 4" />,
  paths: <path d="M4 6c14 0 14 6 28 6M4 6c14 0 14 14 28 14M4 18c14 0 14-6 28-6" />,
  follows: <path d="M9 7l16 3M9 8l9 11M25 12l-5 7M4 4h5v5H4zM25 8h6v5h-6zM16 18h5v5h-5z" />,
  variants: <path d="M4 6h24M4 13h16M4 20h9" />,
  retention: <path d="M4 4c2 12 8 14 28 15M4 22h28" />,
  lifecycle: <path d="M6 22V10M13 22V6M20 22V9M27 22V4M4 22h28" />,
  stickiness: <path d="M6 22V4M12 22V10M18 22v-8M24 22v-5M30 22v-3" />,
  trends: <path d="M4 18l7-6 6 4 7-9 8 3" />,
  sessions: <path d="M4 13h5M13 13h9M26 13h6" />,
  overview: <path d="M4 5h28M4 11h28M4 17h28M4 23h28M14 5v18" />,
  findings: <path d="M6 6h8l-4 7zM18 20h8l-4-7zM18 8h14M4 19h10" />,
  attribution: <path d="M4 6h8M4 14h8M4 22h8M12 6l14 8M12 14h14M12 22l14-8M26 10v8" />,
  lifetime: <path d="M4 21c8 0 8-12 16-14M23 6h3M29 5h3M4 24h28" />,
  rfm: <path d="M4 4h28v19H4zM13 4v19M22 4v19M4 10h28M4 17h28" />,
  survival: <path d="M4 5h7v5h6v4h7v4h8M4 5h4v9h6v6h6v3h12" />,
  experiment: <path d="M4 13h8M12 13l8-7h12M12 13l8 7h12M28 3v6M28 17v6" />,
  conformance: <path d="M4 8h28M4 19h7c4 0 3-7 7-7s3 7 7 7h7" />,
  what_if: <path d="M4 18h8l6-5 5 3 9-11M18 13l6 8 8-4" strokeDasharray="3 2" />,
  next_action: <path d="M4 13h14M13 8l5 5-5 5M24 6v14M30 13h.01M24 6h6M24 20h6" />,
  personas: (
    <path d="M8 8a4 4 0 1 0 8 0 4 4 0 1 0-8 0M4 22c0-10 16-10 16 0M24 10a3 3 0 1 0 6 0 3 3 0 1 0-6 0M23 16c6-2 9 1 9 6" />
  ),
  comments: <path d="M4 4h28v14H18l-6 5v-5H4zM10 9h16M10 13h10" />,
  kpis: <path d="M6 21a12 12 0 0 1 24 0M18 21l6-8M4 23h28" />,
  bottlenecks: <path d="M4 5c10 0 8 7 14 7s4-7 14-7M4 21c10 0 8-7 14-7s4 7 14 7" />,
  loops: <path d="M26 9a9 7 0 1 0 1 6M26 3v6h-6" />,
  stages: <path d="M4 8h6l4 5-4 5H4l4-5zM17 8h6l4 5-4 5h-6l4-5z" />,
  reach: <path d="M18 13h.01M12 13a6 6 0 1 0 12 0 6 6 0 1 0-12 0M6 13a12 10 0 1 0 24 0 12 10 0 1 0-24 0" />,
  segments: <path d="M7 13a7 7 0 1 0 14 0 7 7 0 1 0-14 0M15 13a7 7 0 1 0 14 0 7 7 0 1 0-14 0" />,
  sql: <path d="M4 5h28v16H4zM4 10h28M13 5v16M22 5v16" />,
};

/** A small drawing of what an analysis gives. */
export function Glyph({ of }: { of: string }) {
  return (
    <svg
      width="36"
      height="26"
      viewBox="0 0 36 26"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      className="shrink-0 text-muted"
      aria-hidden="true"
    >
      {SHAPES[of] ?? <path d="M4 22L12 12l6 5 14-13" />}
    </svg>
  );
}
