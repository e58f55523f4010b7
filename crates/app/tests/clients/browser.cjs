// What tests in a browser have in common: Chromium as PERIPLUS_CHROMIUM names it, and a shop at an address of its own.
const { createServer } = require('node:http');
const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { chromium } = require('playwright-core');

// A shop that answers each path with what `pages` says of it: the text of a page, or the bytes of a script. Answers its address.
exports.shop = async (pages) => {
  const server = createServer((request, response) => {
    const body = pages(request.url.split('?')[0]);
    const kind = typeof body === 'string' ? 'text/html; charset=utf-8' : 'text/javascript';
    response.writeHead(body ? 200 : 404, { 'Content-Type': kind }).end(body);
  });
  await new Promise((resolve) => server.listen(0, resolve));
  return `http://localhost:${server.address().port}`;
};

// A browser with a profile of its own, for as long as `visit` takes; `preferences` are Chromium's.
exports.browse = async (visit, preferences = {}) => {
  const profile = mkdtempSync(join(tmpdir(), 'periplus-browser-'));
  mkdirSync(join(profile, 'Default'));
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(profile, { executablePath: process.env.PERIPLUS_CHROMIUM, locale: 'de-DE', timezoneId: 'Europe/Berlin' });
  try {
    return await visit(context);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
};

// Waits until `holds` does; it is a matter of other processes.
exports.until = async (what, holds) => {
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (await holds()) return;
  }
  throw new Error(`${what}: not within a minute`);
};

// A script's outcome is its exit code; what was asked goes on until then.
exports.run = (work) => work().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
