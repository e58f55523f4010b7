// Whether an event meets a condition, as far as one event by itself can tell.

import type { CustomerEvent } from "@/api/contract";

type Fields = Record<string, unknown>;

/** False also where it cannot be told here, such as a condition on touchpoints. */
export function meets(event: CustomerEvent, condition: unknown): boolean {
  if (typeof condition === "string") return named(event.event, condition);
  if (typeof condition !== "object" || condition === null) return false;
  const fields = condition as Fields;
  if (Array.isArray(fields.and)) return fields.and.every((one) => meets(event, one));
  if (Array.isArray(fields.or)) return fields.or.some((one) => meets(event, one));
  if (fields.not !== undefined) return !meets(event, fields.not);
  if (fields.event !== undefined) {
    const names = Array.isArray(fields.event) ? fields.event : [fields.event];
    return (
      names.some((name) => named(event.event, String(name))) &&
      (fields.where === undefined || meets(event, fields.where))
    );
  }
  if (fields.channel !== undefined) {
    const channels = Array.isArray(fields.channel) ? fields.channel : [fields.channel];
    return channels.includes(event.channel);
  }
  if (typeof fields.property === "string") return tested(event.properties?.[fields.property], fields);
  return false;
}

const named = (name: string, wanted: string) =>
  wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : name === wanted;

function tested(value: unknown, test: Fields): boolean {
  if (test.exists !== undefined) return (value !== undefined && value !== null) === test.exists;
  if (test.is !== undefined) return value === test.is;
  if (test.is_not !== undefined) return value !== test.is_not;
  if (Array.isArray(test.in)) return test.in.includes(value);
  if (Array.isArray(test.not_in)) return !test.not_in.includes(value);
  if (typeof test.contains === "string") return typeof value === "string" && value.includes(test.contains);
  if (typeof test.starts_with === "string") return typeof value === "string" && value.startsWith(test.starts_with);
  const bounds: [unknown, (value: number, bound: number) => boolean][] = [
    [test.above, (a, b) => a > b],
    [test.at_least, (a, b) => a >= b],
    [test.below, (a, b) => a < b],
    [test.at_most, (a, b) => a <= b],
  ];
  return bounds.every(
    ([bound, holds]) => typeof bound !== "number" || (typeof value === "number" && holds(value, bound)),
  );
}
