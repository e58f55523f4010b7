// The real program over a copy of a data folder. `PERIPLUS_BIN` is the binary and `PERIPLUS_SEED` the folder to copy.
// The binary serves the app that it embeds. One that was built without it is given a proxy in front, which serves `dist`;
// so is every one with `PERIPLUS_PREVIEW=1`, to try an app that is newer than the binary.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { test as base } from "@playwright/test";
import { type PreviewServer, preview } from "vite";

const run = promisify(execFile);
const DIST = new URL("../dist", import.meta.url).pathname;

export interface Periplus {
  /** Where the app is. */
  url: string;
  /** Runs the command line on the same data, and reads what it prints as JSON. */
  json: (...args: string[]) => Promise<unknown>;
}

function needed(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`Set ${name}: the end-to-end tests run the real program (see e2e/server.ts).`);
  return value;
}

/** Over a copy of a seed, or over an empty folder. */
async function start(seed: string | null): Promise<Periplus & { stop: () => Promise<void> }> {
  const binary = needed("PERIPLUS_BIN");
  const folder = await mkdtemp(join(tmpdir(), "periplus-e2e-"));
  const data = join(folder, "data");
  if (seed) await cp(seed, data, { recursive: true });
  // The disk of whoever runs the tests may be fuller than a server likes.
  const server = spawn(binary, ["--data", data, "serve", "--listen", "127.0.0.1:0", "--disk-full", "99"], {
    env: { ...process.env, PERIPLUS_WEB: DIST },
  });
  const address = await firstAddress(server);
  const embedded = !process.env.PERIPLUS_PREVIEW && (await servesTheApp(address));
  const front = embedded ? null : await proxy(address);
  return {
    url: front?.resolvedUrls?.local[0]?.replace(/\/$/, "") ?? address,
    json: async (...args) => {
      const { stdout } = await run(binary, ["--data", data, "-q", ...args, "--json"], { maxBuffer: 1 << 28 });
      return JSON.parse(stdout);
    },
    stop: async () => {
      await front?.close();
      server.kill("SIGINT");
      await new Promise((done) => server.once("exit", done));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function firstAddress(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    const read = (chunk: Buffer) => {
      printed += chunk.toString();
      const found = /https?:\/\/[\d.:]+\d/.exec(printed);
      if (found) resolve(found[0]);
    };
    server.stdout?.on("data", read);
    server.stderr?.on("data", read);
    server.once("exit", (code) => reject(new Error(`The server ended with ${code}: ${printed}`)));
  });
}

async function servesTheApp(address: string): Promise<boolean> {
  return (await (await fetch(address)).text()).includes('<div id="root">');
}

async function proxy(address: string): Promise<PreviewServer> {
  const target = { target: address, changeOrigin: true };
  return preview({
    root: new URL("..", import.meta.url).pathname,
    preview: {
      port: 0,
      host: "127.0.0.1",
      proxy: { "/api": target, "/v1": target, "/look": target, "/health": target, "/shared": target, "/s/": target },
    },
  });
}

/** Tests get the program as `periplus`; addresses given to `page.goto` are relative to it. */
export const test = base.extend<object, { periplus: Periplus }>({
  periplus: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are wanted from this pattern
    async ({}, use) => {
      const periplus = await start(needed("PERIPLUS_SEED"));
      await use(periplus);
      await periplus.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  baseURL: async ({ periplus }, use) => use(periplus.url),
});

/** The same over an empty folder, a new one for each test. */
export const emptyTest = base.extend<{ periplus: Periplus }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are wanted from this pattern
  periplus: async ({}, use) => {
    const periplus = await start(null);
    await use(periplus);
    await periplus.stop();
  },
  baseURL: async ({ periplus }, use) => use(periplus.url),
});
export { expect } from "@playwright/test";
