import { describe, expect, it } from "vitest";
import { amountOf, channelOf, readSpend, rowsOf } from "./spend";

const CHANNELS = ["search", "social", "display", "email", "web"];

describe("what was spent", () => {
  it("is read from two columns without headings", () => {
    expect(readSpend("search\t1200\nsocial\t800.5\n", CHANNELS)).toEqual({
      spend: { search: 1200, social: 800.5 },
      headings: null,
      skipped: 0,
    });
  });

  it("is read from an analytics export, with its comments and its sum", () => {
    const text = `# ----------------------------------------
# Traffic acquisition
# Start date: 20250101
Session primary channel group (Default channel group),Sessions,Ads cost,Ads cost per click
,1000,1500,1.2
Paid Search,500,"1,000.50",1.1
Paid Social,300,400,0.9
Display,200,99.5,0.1
Grand total,1000,1500,1.2
`;
    expect(readSpend(text, CHANNELS)).toEqual({
      spend: { search: 1000.5, social: 400, display: 99.5 },
      headings: ["Session primary channel group (Default channel group)", "Ads cost"],
      skipped: 0,
    });
  });

  it("is read from exports of advertising tools, and added up by channel", () => {
    const ads =
      "Campaign report\n1 Jan 2025 - 31 Jan 2025\nCampaign;Currency code;Cost\nBrand;EUR;1.234,56\nBrand;EUR;10,00\nTotal: account;EUR;1.244,56";
    expect(readSpend(ads, [])).toEqual({ spend: { Brand: 1244.56 }, headings: ["Campaign", "Cost"], skipped: 0 });
    const social =
      '"Publisher platform","Amount spent (EUR)","Cost per result"\n"facebook","12.30","1"\n"instagram","--","1"\n';
    expect(readSpend(social, CHANNELS)).toEqual({
      spend: { facebook: 12.3 },
      headings: ["Publisher platform", "Amount spent (EUR)"],
      skipped: 1,
    });
    expect(readSpend("utm_source,cost_micros,cost\ngoogle,1,5\n", CHANNELS).spend).toEqual({ google: 5 });
    expect(readSpend("campaign,cost_micros\na,2500000\n", CHANNELS).spend).toEqual({ a: 2.5 });
  });

  it("knows how amounts are written", () => {
    const read = (...amounts: string[]) =>
      Object.values(readSpend(amounts.map((one, at) => `${at}\t${one}`).join("\n"), []).spend);
    expect(read("1,234.50", "USD 12", "1,234", "1234.567")).toEqual([1234.5, 12, 1234, 1234.567]);
    expect(read("1.234,50 €", "0,5", "1.234.567", "1.234")).toEqual([1234.5, 0.5, 1234567, 1234]);
    expect(["", "--", "n/a", "unknown 3"].map((text) => amountOf(text, false))).toEqual([null, null, null, null]);
  });

  it("takes a name for a channel only where it says so", () => {
    expect(["Paid Search", "E-Mail", "google / cpc", "SOCIAL"].map((name) => channelOf(name, CHANNELS))).toEqual([
      "search",
      "email",
      "google / cpc",
      "social",
    ]);
  });

  it("keeps quotes, separators and lines inside of cells", () => {
    expect(rowsOf('a,b\n"x, ""y""\nz",2\n')).toEqual([
      ["a", "b"],
      ['x, "y"\nz', "2"],
    ]);
  });
});
