// The way to the server: JSON in, JSON out, and problems as one sort of error.

/** What the server says when it refuses: RFC 9457 with a code and what to do now. */
export class Problem extends Error {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly help: string;
  /** Whatever else came with it, such as a line and a column. */
  readonly more: Record<string, unknown>;

  constructor(body: Record<string, unknown>, status: number) {
    super(text(body.detail) || text(body.title) || `The server answered with status ${status}.`);
    this.name = "Problem";
    this.title = text(body.title) || "That did not work";
    this.status = status;
    this.code = text(body.code) || "unknown";
    this.help = text(body.help);
    this.more = body;
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export interface Ask {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, such as a file. */
  raw?: Blob;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

/** Asks the server for JSON. Throws a [`Problem`]; an aborted request throws the browser's AbortError. */
export async function fetchJson<T>(path: string, { method, body, raw, signal, headers }: Ask = {}): Promise<T> {
  const response = await send(path, {
    method: method ?? (body === undefined && raw === undefined ? "GET" : "POST"),
    body: body === undefined ? raw : JSON.stringify(body),
    headers: {
      Accept: "application/json",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    signal,
  });
  if (response.status === 204) return undefined as T;
  const read = await response.json().catch(() => null);
  if (!response.ok) throw new Problem(isObject(read) ? read : {}, response.status);
  return read as T;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(
      {
        title: "The server does not answer",
        detail: "Periplus could not be reached. It may have been stopped, or the network is down.",
        code: "unreachable",
        help: "Start it again with “periplus serve”; this page goes on by itself.",
      },
      0,
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A name under which the progress of one question can be asked for. */
export function progressToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
