// What moved beyond noise: differences between two periods that chance alone would hardly make.

import type { Answer, Difference } from "@/api/model";

/** Differences are corrected for all that were looked at in their answer. */
const LEVEL = 0.05;

export interface Moved {
  difference: Difference;
  /** What it is of: the map, or nothing for events. */
  of?: string;
  /** Whether more of it is better; not known for most. */
  better?: boolean;
}

/** The differences of an answer that are beyond noise. */
export function movedIn(answer: Answer | undefined, of?: string): Moved[] {
  const differences = answer?.compared?.differences ?? [];
  return differences
    .filter(({ p, difference }) => p < LEVEL && difference.value !== 0)
    .map((difference) => {
      const up = difference.difference.value > 0;
      const known = difference.figure.startsWith("go on from ") ? { better: up } : {};
      return { difference, ...(of === undefined ? {} : { of }), ...known };
    });
}

/** How many figures were compared, moved or not. */
export const compared = (answer: Answer | undefined) => answer?.compared?.differences?.length ?? 0;

/** The largest change first, measured by how far it is from nothing in units of its own uncertainty. */
export function byStrength(moved: readonly Moved[]): Moved[] {
  const strength = ({ difference: { difference } }: Moved) => {
    const half = (difference.high - difference.low) / 2;
    return half === 0 ? Number.POSITIVE_INFINITY : Math.abs(difference.value) / half;
  };
  return [...moved].sort((a, b) => strength(b) - strength(a));
}
