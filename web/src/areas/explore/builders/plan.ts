// What the planner of experiments is asked.

import type { JsonObject } from "@/api/contract";

const FINE = 1000;

/** Arms with whole weights, the control first, as the planner takes them. It need not know what they are called. */
export function armsOf(weights: JsonObject, control: string): string {
  const { [control]: own = 1, ...others } = weights;
  const all = [Number(own), ...Object.values(others).map(Number)];
  if (all.length < 2) return "control:1,treatment:1";
  const whole = all.every(Number.isInteger) ? all : all.map((weight) => Math.round(weight * FINE));
  return whole.map((weight, at) => `${at === 0 ? "control" : `arm${at}`}:${weight}`).join(",");
}
