import { describe, expect, it } from "vitest";
import type { JsonObject } from "@/api/contract";
import { beyondForm, missing, readForm, writeForm } from "./mappingForm";
import { rolesOf } from "./roles";
import { mappingToml } from "./toml";

const orders: JsonObject = {
  source: [
    {
      name: "orders",
      file: "orders*.csv",
      time: { column: "ordered", format: "%d.%m.%Y", zone: "Europe/Berlin" },
      ids: [
        { kind: "email", column: "mail" },
        { kind: "phone", column: "phone", country: "49" },
      ],
      event: [
        {
          name: "purchase",
          when: { property: "status", is: "paid" },
          amount: { column: "total", decimal_comma: true },
          currency: "EUR",
          properties: ["number", "shop"],
        },
      ],
    },
  ],
};

const eventOf = ({ source }: JsonObject) => {
  const [{ event } = { event: [] }] = source as JsonObject[];
  return (event as JsonObject[])[0];
};

describe("the form of a mapping", () => {
  it("says what the mapping says", () => {
    expect(readForm(orders)).toMatchObject({
      happens: true,
      known: false,
      time: "ordered",
      format: "%d.%m.%Y",
      zone: "Europe/Berlin",
      ids: [
        { kind: "email", column: "mail" },
        { kind: "phone", column: "phone" },
      ],
      nameFrom: "text",
      name: "purchase",
      amount: "total",
      decimalComma: true,
      currency: "EUR",
      properties: ["number", "shop"],
    });
  });

  it("changes nothing when nothing was changed", () => {
    expect(writeForm(readForm(orders), orders, "orders.csv")).toEqual(orders);
  });

  it("keeps what it does not show", () => {
    const written = writeForm({ ...readForm(orders), name: "order" }, orders, "orders.csv") as typeof orders;
    const source = (written.source as JsonObject[])[0] as JsonObject;
    expect((source.event as JsonObject[])[0]).toMatchObject({
      name: "order",
      when: { property: "status", is: "paid" },
    });
    expect(source.ids).toEqual((orders.source as JsonObject[])[0]?.ids);
    expect(beyondForm(orders)).toEqual(["a condition on rows"]);
  });

  it("begins with nothing, and says what is missing", () => {
    const empty = readForm(null);
    expect(missing(empty)).toMatch(/what a row is/);
    expect(missing({ ...empty, happens: true })).toMatch(/who it was/);
    const complete = { ...empty, happens: true, ids: [{ kind: "email", column: "mail" }], time: "at", name: "visit" };
    expect(missing(complete)).toBeNull();
    expect(writeForm(complete, null, "visits.csv.gz")).toEqual({
      source: [
        {
          name: "visits",
          event: [{ name: "visit", properties: "all" }].map(({ name }) => ({ name })),
          time: { column: "at" },
          ids: [{ kind: "email", column: "mail" }],
        },
      ],
    });
  });

  it("turns events into traits and back", () => {
    const traits = writeForm({ ...readForm(orders), happens: false, known: true, traits: ["city"] }, orders, "x.csv");
    const source = (traits.source as JsonObject[])[0] as JsonObject;
    expect(source.event).toBeUndefined();
    expect(source.traits).toEqual([{ columns: ["city"] }]);
    expect(missing(readForm(traits))).toBeNull();
  });

  it("keeps other words for the values of a column as long as it is that column", () => {
    const mapping = { source: [{ name: "x", event: [{ name: { column: "s", values: { p: "paid" } } }] }] };
    const form = readForm(mapping);

    expect(eventOf(writeForm(form, mapping, "x"))?.name).toEqual({ column: "s", values: { p: "paid" } });
    expect(eventOf(writeForm({ ...form, name: "t" }, mapping, "x"))?.name).toEqual({ column: "t" });
  });

  it("leaves a name made of several columns alone", () => {
    const mapping = { source: [{ name: "x", event: [{ name: { template: "order {status}" } }] }] };
    expect(beyondForm(mapping)).toContain("a name made of columns");
    expect(readForm(mapping).nameFrom).toBe("kept");
    const written = writeForm(readForm(mapping), mapping, "x");
    expect(eventOf(written)?.name).toEqual({
      template: "order {status}",
    });
  });
});

describe("the mapping's file", () => {
  it("is what the command line reads", () => {
    expect(mappingToml(orders)).toBe(`[[source]]
name = "orders"
file = "orders*.csv"
time = { column = "ordered", format = "%d.%m.%Y", zone = "Europe/Berlin" }
ids = [{ kind = "email", column = "mail" }, { kind = "phone", column = "phone", country = "49" }]

[[source.event]]
name = "purchase"
when = { property = "status", is = "paid" }
amount = { column = "total", decimal_comma = true }
currency = "EUR"
properties = ["number", "shop"]
`);
  });
  it("quotes what is odd", () => {
    const odd = {
      source: [{ name: 'a "b"\n\u007f', event: [{ name: "x", properties: { "line items.0": "first" } }] }],
    };
    const toml = mappingToml(odd);
    expect(toml).toContain('name = "a \\"b\\"\\n\\u007f"');
    expect(toml).toContain('properties = { "line items.0" = "first" }');
  });
});

it("says what becomes of each column", () => {
  const form = readForm(orders);
  expect([...rolesOf(form, ["ordered", "mail", "phone", "total", "number", "note"])]).toEqual([
    ["ordered", ["when"]],
    ["mail", ["who: email"]],
    ["phone", ["who: phone"]],
    ["total", ["amount"]],
    ["number", ["property"]],
    ["note", []],
  ]);
  expect(rolesOf({ ...form, properties: "all" }, ["note", "mail"]).get("note")).toEqual(["property"]);
});
