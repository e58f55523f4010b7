// What changed between two texts, line by line.

export interface Line {
  sort: "same" | "out" | "in";
  text: string;
  /** Its number in the old text, or in the new one where the old has it not. */
  number: number;
}

/** The lines of both, in order: what went, then what came. */
export function lineDiff(before: string, after: string): Line[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const [left, right] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  const same = (text: string, at: number): Line => ({ sort: "same", text, number: at + 1 });
  return [
    ...a.slice(0, head).map(same),
    ...middle(left, right, head),
    ...b.slice(b.length - tail).map((text, at) => same(text, b.length - tail + at)),
  ];
}

/** The longest common subsequence; what is between the first and the last change is small. */
function middle(a: string[], b: string[], offset: number): Line[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = lengths[i] as Uint32Array;
      const below = lengths[i + 1] as Uint32Array;
      row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sort: "same", text: b[j] as string, number: offset + j + 1 });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && (lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0))) {
      lines.push({ sort: "out", text: a[i] as string, number: offset + i + 1 });
      i++;
    } else {
      lines.push({ sort: "in", text: b[j] as string, number: offset + j + 1 });
      j++;
    }
  }
  return lines;
}

/** Only the changes with a few lines around them; null stands for what is left out. */
export function around(lines: readonly Line[], near = 3): (Line | null)[] {
  const kept = lines.map((_, at) =>
    lines.slice(Math.max(0, at - near), at + near + 1).some((line) => line.sort !== "same"),
  );
  const found: (Line | null)[] = [];
  lines.forEach((line, at) => {
    if (kept[at]) found.push(line);
    else if (found.at(-1) !== null) found.push(null);
  });
  return found;
}
