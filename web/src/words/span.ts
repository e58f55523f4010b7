// Lengths of time as questions write them: "7d", "1d12h".

const UNITS: Record<string, [one: string, many: string]> = {
  us: ["microsecond", "microseconds"],
  ms: ["millisecond", "milliseconds"],
  s: ["second", "seconds"],
  m: ["minute", "minutes"],
  h: ["hour", "hours"],
  d: ["day", "days"],
  w: ["week", "weeks"],
};

/** Whether a text is a length of time. */
export const isSpan = (text: string) => /^(\d+(us|ms|s|m|h|d|w))+$/.test(text.trim());

/** "7d" as "7 days"; what is no length of time stays as it is. */
export function spanWords(text: string): string {
  if (!isSpan(text)) return text;
  return [...text.matchAll(/(\d+)(us|ms|s|m|h|d|w)/g)]
    .map(([, n, unit]) => {
      const [one, many] = UNITS[unit ?? ""] ?? ["", ""];
      return `${n} ${n === "1" ? one : many}`;
    })
    .join(" ");
}
