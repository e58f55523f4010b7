// Why something was refused, in words. A reason that is not known here is shown as the server calls it.

const WORDS: Record<string, string> = {
  malformed: "that are broken",
  encoding: "with text that is not UTF-8",
  fields: "with another number of fields",
  too_large: "larger than the limits",
  too_complex: "nested too deep",
  no_time: "without a time",
  bad_time: "without a readable time",
  no_event: "without an event’s name",
  no_identifier: "without an identifier",
  bad_amount: "with an unreadable amount",
  unknown_type: "of an unknown type",
  erased: "of somebody who was erased",
  plan_violation: "against the tracking plan",
  bot: "sent by bots",
  no_consent: "without the consent that is required",
  too_many_names: "with more names of events than there may be",
};

export const reasonWords = (reason: string) => WORDS[reason] ?? reason.replaceAll("_", " ");
