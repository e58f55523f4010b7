import { expect, it } from "vitest";
import { csv } from "./csv";

it("quotes what must be quoted, and disarms formulas", () => {
  expect(
    csv(
      ["a", "b"],
      [
        ['say "hi", you', -3],
        ["=1+1", 0],
        ["@x\ny", 1],
      ],
    ),
  ).toBe('a,b\r\n"say ""hi"", you",-3\r\n\'=1+1,0\r\n"\'@x\ny",1\r\n');
});
