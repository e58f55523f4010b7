// Why something was refused, in words. A reason that is not known here is shown as the server calls it.

const WORDS: Record<string, string> = {
  bad_time: "without a readable time",
  no_time: "without a time",
  no_identifier: "without an identifier",
  no_id: "without an identifier",
  no_event: "without an event’s name",
  no_consent: "without the consent that is required",
  plan_violation: "against the tracking plan",
  too_many_names: "with more names of events than there may be",
  too_large: "larger than the limits",
  too_deep: "nested too deep",
  bad_json: "that are no JSON",
  bot: "sent by bots",
  erased: "of somebody who was erased",
};

export const reasonWords = (reason: string) => WORDS[reason] ?? reason.replaceAll("_", " ");
