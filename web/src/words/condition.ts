// Conditions as sentences, the same in the context bar, on segments and in questions.

import { list } from "./format";

type Fields = Record<string, unknown>;

/** A condition in words. What it cannot read it shows as it is written. */
export function conditionSentence(condition: unknown): string {
  if (typeof condition === "string") return `“${condition}”`;
  if (!isFields(condition)) return JSON.stringify(condition);
  const { and, or, not } = condition;
  if (Array.isArray(and)) return and.length === 0 ? "anything" : and.map(inBrackets("or")).join(" and ");
  if (Array.isArray(or)) return or.length === 0 ? "nothing" : or.map(inBrackets("and")).join(" or ");
  if (not !== undefined) return `not ${inBrackets("and", "or")(not)}`;
  if (condition.event !== undefined) {
    const further = condition.where === undefined ? "" : ` where ${conditionSentence(condition.where)}`;
    return `${names(condition.event)}${further}`;
  }
  if (condition.channel !== undefined) return `channel is ${names(condition.channel)}`;
  if (condition.touchpoint !== undefined) return `touchpoint ${names(condition.touchpoint)}`;
  if (condition.stage !== undefined) return `stage ${names(condition.stage)}`;
  if (condition.member !== undefined) return `is ${names(condition.member)}`;
  if (condition.property !== undefined) return `${condition.property} ${testWords(condition)}`;
  if (condition.trait !== undefined) {
    const held = condition.for === undefined ? "" : ` for ${condition.for}`;
    return `${condition.trait} ${testWords(condition)}${held}`;
  }
  if (condition.had !== undefined) return `had ${conditionSentence(condition.had)}${withinWords(condition)}`;
  if (condition.random !== undefined) return `a random ${Math.round(Number(condition.below) * 100)} %`;
  if (condition.did !== undefined) return didWords(condition);
  if (Array.isArray(condition.sequence)) {
    return `did ${condition.sequence.map(conditionSentence).join(", then ")}${withinWords(condition)}`;
  }
  return JSON.stringify(condition);
}

function inBrackets(...heads: string[]): (condition: unknown) => string {
  return (condition) => {
    const sentence = conditionSentence(condition);
    return isFields(condition) && heads.some((head) => head in condition) ? `(${sentence})` : sentence;
  };
}

function didWords(condition: Fields): string {
  const what = isFields(condition.did) && isEmptyAnd(condition.did) ? "anything" : conditionSentence(condition.did);
  const least = condition.at_least === undefined ? 1 : Number(condition.at_least);
  const most = condition.at_most === undefined ? null : Number(condition.at_most);
  const within = withinWords(condition);
  if (most === 0) return `did not do ${what}${within}`;
  const times =
    most === null
      ? least === 1
        ? ""
        : ` at least ${least} times`
      : most === least
        ? ` ${least} times`
        : ` ${least} to ${most} times`;
  return `did ${what}${times}${within}`;
}

const isEmptyAnd = (condition: Fields) => Array.isArray(condition.and) && condition.and.length === 0;
const withinWords = (condition: Fields) => (condition.within === undefined ? "" : ` within ${condition.within}`);

function testWords(fields: Fields): string {
  const bounds = [
    fields.above !== undefined && `above ${fields.above}`,
    fields.at_least !== undefined && `at least ${fields.at_least}`,
    fields.below !== undefined && `below ${fields.below}`,
    fields.at_most !== undefined && `at most ${fields.at_most}`,
  ].filter((bound) => bound !== false);
  if (bounds.length > 0) return `is ${bounds.join(" and ")}`;
  if (fields.is !== undefined) return `is ${value(fields.is)}`;
  if (fields.is_not !== undefined) return `is not ${value(fields.is_not)}`;
  if (Array.isArray(fields.in)) return `is ${list(fields.in.map(value), "or")}`;
  if (Array.isArray(fields.not_in)) return `is none of ${list(fields.not_in.map(value), "or")}`;
  if (fields.contains !== undefined) return `contains ${value(fields.contains)}`;
  if (fields.starts_with !== undefined) return `starts with ${value(fields.starts_with)}`;
  if (fields.exists === true) return "is known";
  if (fields.exists === false) return "is not known";
  return "…";
}

const value = (one: unknown) => (typeof one === "string" ? `“${one}”` : JSON.stringify(one));
const names = (one: unknown) =>
  Array.isArray(one)
    ? list(
        one.map((name) => `“${name}”`),
        "or",
      )
    : `“${one}”`;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
