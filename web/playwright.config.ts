import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  // One server with one copy of the data for all: the tests run one after the other.
  workers: 1,
  // A machine that builds for many may stall for longer than a test waits; what needed a second attempt is told as such.
  retries: process.env.CI ? 1 : 0,
  timeout: 30_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    launchOptions: {
      executablePath: process.env.PERIPLUS_CHROMIUM ?? "/usr/bin/chromium",
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
  },
});
