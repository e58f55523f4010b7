import { describe, expect, it } from "vitest";
import { identifier, kindOf, placeOf, sqlCommand, withName, written } from "./statement";

describe("where a statement is wrong", () => {
  it("is where the server says", () => {
    const words = "Expected: an SQL statement, found: SELEC at Line: 2, Column: 3";
    expect(placeOf("-- first\n  SELEC 1", words)).toEqual({ line: 2, column: 3, at: 11 });
  });
  it("is the end when the end came too soon", () => {
    expect(placeOf("SELECT a\nFROM (\n", "Expected: an expression, found: EOF")).toEqual({
      line: 2,
      column: 7,
      at: 15,
    });
  });
  it("is where a name stands that is not there", () => {
    expect(placeOf("SELECT\n foo FROM events", "No field named foo.\nValid fields are a.")?.at).toBe(8);
    expect(placeOf("SELECT food, foo FROM events", "No field named foo.")?.at).toBe(13);
    expect(placeOf("SELECT * FROM evnts", "there is no table 'evnts'; there are events")?.column).toBe(15);
    expect(placeOf("SELECT nofun(1)", "Invalid function 'nofun'.\nDid you mean 'round'?")?.column).toBe(8);
    expect(placeOf('SELECT "Foo(" FROM events', "No field named Foo(.")?.column).toBe(8);
  });
  it("is nowhere when nobody knows", () => {
    expect(placeOf("SELECT 1 + 'a'", "Cannot coerce arithmetic expression")).toBeNull();
  });
});

describe("names", () => {
  it("are quoted where they must be", () => {
    expect(["event", "from", "Order ID", 'a"b'].map(identifier)).toEqual(["event", '"from"', '"Order ID"', '"a""b"']);
  });
  it("are put where the cursor is, apart from what is there", () => {
    expect(withName("SELECT FROM x", 6, 6, "a")).toEqual({ text: "SELECT a FROM x", cursor: 8 });
    expect(withName("count()", 6, 6, "a")).toEqual({ text: "count(a)", cursor: 7 });
    expect(withName("SELECT old", 7, 10, "new")).toEqual({ text: "SELECT new", cursor: 10 });
  });
});

describe("rows", () => {
  it("are written as they are", () => {
    expect(written(1234.56789, "number")).toBe("1,234.56789");
    expect(written("2025-12-31T22:59:59.988Z", "time")).toBe("2025-12-31 22:59:59.988");
    expect(written("2025-12-01T00:00:00Z", "time")).toBe("2025-12-01 00:00:00");
    expect([null, "", true].map((value) => written(value, "text"))).toEqual(["–", "", "true"]);
  });
  it("have columns of kinds that one knows", () => {
    const types = ['Timestamp(µs, "UTC")', "Dictionary(Int32, Utf8)", "Decimal128(18, 6)", "Int64", "Boolean"];
    expect(types.map(kindOf)).toEqual(["time", "text", "number", "number", "boolean"]);
  });
  it("come from a command, too", () => {
    expect(sqlCommand("SELECT 'a'", "maps/shop.yaml")).toBe(`periplus sql 'SELECT '\\''a'\\''' --map 'maps/shop.yaml'`);
  });
});
