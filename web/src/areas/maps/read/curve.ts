// The emotion curve: where its points, band and labels stand.

import type { Estimate } from "@/api/model";

export const CURVE_HEIGHT = 148;
const PAD = 18;

/** The height of a feeling from −1 to 1. */
export const heightOf = (feeling: number, height = CURVE_HEIGHT) => PAD + ((1 - feeling) / 2) * (height - 2 * PAD);

/** The feeling at a height, in steps of a hundredth. */
export function feelingAt(y: number, height = CURVE_HEIGHT): number {
  const feeling = 1 - (2 * (y - PAD)) / (height - 2 * PAD);
  return Math.round(Math.min(1, Math.max(-1, feeling)) * 100) / 100;
}

export interface Point {
  x: number;
  value: number;
  low: number;
  high: number;
}

/** Stretches of stages beside each other that have a measured feeling. */
export function stretches(emotions: readonly (Estimate | null)[], width: number): Point[][] {
  const found: Point[][] = [];
  let open: Point[] | null = null;
  emotions.forEach((emotion, stage) => {
    if (emotion === null) {
      open = null;
      return;
    }
    if (open === null) {
      open = [];
      found.push(open);
    }
    open.push({
      x: centreOf(stage, emotions.length, width),
      value: emotion.value,
      low: emotion.low,
      high: emotion.high,
    });
  });
  return found;
}

export const centreOf = (stage: number, stages: number, width: number) => ((stage + 0.5) / stages) * width;

const LABEL = 14;
const CLEAR = 10;

/**
 * Where the label of the measured point stands: on the side that looks away from the belief, inside the lane, and never
 * across the line of zero.
 */
export function labelHeight(measured: Estimate, believed: number | null, height = CURVE_HEIGHT): number {
  const zero = heightOf(0, height);
  const above = heightOf(measured.high, height) - CLEAR;
  const below = heightOf(measured.low, height) + CLEAR + LABEL / 2;
  const wanted = believed !== null && believed > measured.value ? [below, above] : [above, below];
  const fits = (y: number) => y >= LABEL / 2 && y <= height - 4 && Math.abs(y - LABEL / 3 - zero) >= LABEL / 2 + 1;
  const found = wanted.find(fits);
  if (found !== undefined) return found;
  // Both would touch the zero line or the rim: stand clear of the line, on the wanted side.
  return (wanted[0] ?? above) < zero ? zero - LABEL / 2 - 3 : zero + LABEL + 3;
}
