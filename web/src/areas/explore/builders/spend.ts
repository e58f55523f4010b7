// What was spent on each channel, read from a table of an advertising tool, an analytics export or a spreadsheet.

/** What was read: amounts by channel, and what was left out and why. */
export interface Spend {
  spend: Record<string, number>;
  /** Under which headings. */
  headings: [channel: string, spent: string] | null;
  skipped: number;
}

/** How columns of money are called, the surest first. */
const SPENT = [
  /^(amount )?spen[dt]\b/,
  /^ad ?spend/,
  /\bcosts?\b(?!.*\b(per|micros)\b)/,
  /^(kosten|ausgaben|dépenses|coût|gasto|coste)/,
  /micros/,
];
/** How columns of channels are called, the surest first. */
const CHANNELS = [
  /^channel$/,
  /channel ?group/,
  /^(session |first user )?(source ?\/ ?medium|source)$/,
  /^utm_source$/,
  /^(platform|network|publisher platform)/,
  /channel/,
  /^(session |first user )?medium$/,
  /campaign/,
];

/** Where campaigns are told apart, not channels. */
export const CAMPAIGNS = [/^campaign( name)?$/, /campaign/, ...CHANNELS];

/** A separated text as rows; the separator is what its lines have most of. */
export function rowsOf(text: string): string[][] {
  const clean = text.replace(/^\uFEFF/, "");
  const times = (mark: string) => clean.split(mark).length;
  const separator = ["\t", ";", ","].reduce((best, mark) => (times(mark) > times(best) ? mark : best));
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endRow = () => {
    row.push(cell.trim());
    if (row.some((one) => one !== "")) rows.push(row);
    [row, cell] = [[], ""];
  };
  for (let at = 0; at < clean.length; at++) {
    const letter = clean[at] as string;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (clean[at + 1] === '"') cell += clean[++at];
      else quoted = false;
    } else if (letter === '"' && cell.trim() === "") [quoted, cell] = [true, ""];
    else if (letter === separator) {
      row.push(cell.trim());
      cell = "";
    } else if (letter === "\n") endRow();
    else cell += letter;
  }
  endRow();
  return rows;
}

/** Whether a column of amounts has decimals after a comma, as in "1.234,50". */
const hasCommas = (amounts: readonly string[]) => amounts.some((one) => /,\d{1,2}\D*$|\.\d{3}[.,]/.test(one));

/** An amount as people write it: "1,234.50", "USD 12", or with a comma "1.234,50 €". */
export function amountOf(text: string, comma: boolean): number | null {
  const digits = text.replace(/[^\d.,-]/g, "");
  if (!/\d/.test(digits) || /[a-z]{4,}/i.test(text)) return null;
  const amount = Number(comma ? digits.replaceAll(".", "").replace(",", ".") : digits.replaceAll(",", ""));
  return Number.isFinite(amount) ? amount : null;
}

function column(headings: readonly string[], wanted: readonly RegExp[]): number {
  const names = headings.map((name) => name.toLowerCase().replaceAll("_", " ").trim());
  const raw = headings.map((name) => name.toLowerCase().trim());
  for (const one of wanted) {
    const found = names.findIndex((name, at) => one.test(name) || one.test(raw[at] ?? ""));
    if (found >= 0) return found;
  }
  return -1;
}

/** The channel that a name of an export means, where it is plain; else the name. */
export function channelOf(name: string, channels: readonly string[]): string {
  const low = name.toLowerCase();
  const words = low.split(/[^\p{L}\p{N}]+/u);
  const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  return (
    channels.find((one) => plain(one) === plain(name)) ??
    channels.find((one) => words.includes(one.toLowerCase())) ??
    name
  );
}

/** What was spent, by the channels there are. Rows before the headings, comments and sums are left out. */
export function readSpend(text: string, channels: readonly string[], wanted: readonly RegExp[] = CHANNELS): Spend {
  const rows = rowsOf(text).filter(([first = ""]) => !first.startsWith("#"));
  const head = rows.findIndex((row) => column(row, SPENT) >= 0 && column(row, wanted) >= 0);
  const headings = rows[head] ?? [];
  const [name, spent] = head < 0 ? [0, 1] : [column(headings, wanted), column(headings, SPENT)];
  const spend: Record<string, number> = {};
  let skipped = 0;
  const body = rows.slice(head + 1);
  const comma = hasCommas(body.map((row) => row[spent] ?? ""));
  // Interfaces of tools tell millionths.
  const unit = /micros/i.test(headings[spent] ?? "") ? 1e6 : 1;
  for (const row of body) {
    const [of, amount] = [row[name] ?? "", amountOf(row[spent] ?? "", comma)];
    // Sums of all, as exports have them first or last.
    if (/^(grand )?total\b|^gesamt/i.test(row[0] ?? "") || of === "") continue;
    if (amount === null || amount < 0) skipped++;
    else {
      const channel = channelOf(of, channels);
      spend[channel] = Math.round(((spend[channel] ?? 0) + amount / unit) * 1e6) / 1e6;
    }
  }
  return { spend, headings: head < 0 ? null : [headings[name] ?? "", headings[spent] ?? ""], skipped };
}
