// Holds the script to its budget: what the first page loads, and everything there is, in gzip.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const FIRST_KB_MAX = 140;
const ALL_KB_MAX = 400;

const folder = new URL("../dist/", import.meta.url).pathname;
const page = readFileSync(join(folder, "index.html"), "utf8");
const scripts = readdirSync(join(folder, "assets")).filter((name) => name.endsWith(".js"));
const sizes = new Map(
  scripts.map((name) => [name, gzipSync(readFileSync(join(folder, "assets", name)), { level: 9 }).length / 1024]),
);

// The page names its entry and what that imports at once; the home page is what the first visit loads besides.
const first = new Set(scripts.filter((name) => page.includes(name)));
const imports = (name) =>
  [...readFileSync(join(folder, "assets", name), "utf8").matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)].map(
    (m) => m[1],
  );
const home = scripts.find((name) => name.startsWith("home-"));
const waiting = [...first, ...(home ? [home] : [])];
for (let name = waiting.pop(); name; name = waiting.pop()) {
  first.add(name);
  waiting.push(...imports(name).filter((next) => !first.has(next)));
}

const sum = (names) => [...names].reduce((kb, name) => kb + sizes.get(name), 0);
for (const [name, kb] of [...sizes].sort((a, b) => b[1] - a[1])) {
  console.log(`${kb.toFixed(1).padStart(7)} KB ${first.has(name) ? "first" : "     "} ${name}`);
}
const firstKb = sum(first);
const allKb = sum(scripts);
console.log(
  `first route ${firstKb.toFixed(1)} of ${FIRST_KB_MAX} KB, all ${allKb.toFixed(1)} of ${ALL_KB_MAX} KB (gzip)`,
);
if (firstKb > FIRST_KB_MAX || allKb > ALL_KB_MAX) {
  console.error("Over budget: load it lazily, or do without.");
  process.exit(1);
}
