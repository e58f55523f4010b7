import { describe, expect, it } from "vitest";
import { isLoopback, SENDERS } from "./snippets";

describe("snippets", () => {
  it.each(SENDERS.map((sender) => [sender.name, sender] as const))(
    "of %s have the key and the address",
    (_, sender) => {
      const snippets = sender.snippets("wk_1", "https://collect.example:8443");
      const text = snippets.map((snippet) => snippet.text).join("\n");
      expect(text).toContain("wk_1");
      expect(text).toContain("collect.example:8443");
      expect(new Set(snippets.map(({ label }) => label)).size).toBe(snippets.length);
    },
  );
  it("know the way of the address", () => {
    const snowplow = SENDERS.find(({ id }) => id === "snowplow");
    expect(snowplow?.snippets("k", "https://c.example")[0]?.text).toContain('Emitter("c.example", protocol="https")');
  });
});

it("knows what only this machine reaches", () => {
  expect(["http://127.0.0.1:7800", "http://localhost", "http://[::1]:80"].map(isLoopback)).toEqual([true, true, true]);
  expect(isLoopback("https://collect.example")).toBe(false);
});
