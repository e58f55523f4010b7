import { fileURLToPath } from "node:url";
import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where the server with the data is, while the app is developed apart from it.
const server = process.env.PERIPLUS_SERVER ?? "http://127.0.0.1:7800";
const proxy = Object.fromEntries(
  ["/api", "/v1", "/look", "/shared", "/s/", "/health"].map((path) => [path, { target: server, changeOrigin: true }]),
);
// Drawn maps are the server's, the pages about maps are ours: only names with an ending are files.
const files = { "^/maps/[^/]+\\.(svg|png|pdf|html|csv|json)": { target: server, changeOrigin: true } };

// The policy that the binary sends, so that nothing works in development that would be refused later.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export default defineConfig({
  plugins: [react(), tailwind()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { ...proxy, ...files } },
  preview: { proxy: { ...proxy, ...files }, headers: { "Content-Security-Policy": policy } },
  build: {
    target: "es2023",
    // The binary's policy allows no data: scripts or fonts, so nothing is written into the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Small modules that are used together compress better in one chunk than in one for each pair of pages.
        advancedChunks: {
          includeDependenciesRecursively: false,
          groups: [
            { name: "findings", test: /src\/(findings|charts\/(Findings|AskProgress))/ },
            // Its pages are much alike.
            { name: "data", test: /src\/areas\/data\/(?!queries|JobProgress|ReadOnlyNote|Figures)/ },
            { name: "customers", test: /src\/areas\/customers\// },
            { name: "explore", test: /src\/areas\/explore\/(?!sql)/ },
            { name: "feedback", test: /src\/areas\/(feedback|data\/Figures)/ },
            { name: "act", test: /src\/areas\/act\/(?!watches\/words)/ },
            // What most pages but the first have: a page of it weighs less than a dozen crumbs.
            {
              name: "ui",
              test: /src\/(ui\/(Field|Tabs|Copy|Chip|SubNavigation|DataTable)|words\/(csv|span))|lucide-react\/dist\/esm\/icons\/(?!(calendar-days|check|chevron-left|chevron-right|compass|database|ellipsis|file-up|git-compare-arrows|house|map|message-square|plug-zap|search|settings|store|target|users|x)\.)/,
            },
            { name: "conditions", test: /src\/(conditions|ui\/(Picker|Select))/ },
            {
              // But for what the first page shows, and what is loaded only when it is wanted.
              name: "map",
              test: /src\/areas\/maps\/(?!edit\/(?!keepText|Diff|lines)|declared|evidence|index|search|MapPage|read\/(curve|Present|StepView|Stream))/,
            },
            {
              name: "primitives",
              test: /node_modules\/(@floating-ui|@base-ui)\/(?!react\/(csp-provider|internals\/csp))|src\/ui\/(Dialog|Menu|Popover)/,
            },
          ],
        },
      },
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
