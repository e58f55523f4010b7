// Whom watches and rules tell: written as lines, and tried by a test.

import type { Message, Tell } from "@/api/followup";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/Copy";
import { Field, Textarea } from "@/ui/Field";
import { toastProblem } from "@/ui/Toast";
import { time } from "@/words/format";
import { useTest, useWatches } from "./queries";

export const addressOf = (to: Tell) => ("mail" in to ? to.mail : to.webhook);

/** An address on each line; whatever has a scheme is a program's. */
export const tellOf = (lines: string): Tell[] =>
  lines
    .split(/\s+/)
    .map((one) => one.replace(/[,;]$/, ""))
    .filter(Boolean)
    .map((one) => (one.includes("://") ? { webhook: one } : { mail: one }));

export const tellLines = (tell: readonly Tell[] = []) => tell.map(addressOf).join("\n");

interface TellFieldProps {
  value: string;
  onChange: (lines: string) => void;
}

export function TellField({ value, onChange }: TellFieldProps) {
  const { mail, webhooks } = useWatches().data ?? {};
  const tell = tellOf(value);
  return (
    <div className="flex flex-col gap-2">
      <Field
        label="Tell · optional"
        about="An e-mail address, or an https:// address that is posted to, on each line."
        problem={
          mail && !mail.is_ready && tell.some((to) => "mail" in to)
            ? `E-mail cannot be sent from here yet: ${mail.problem ?? "it is not set up"}.`
            : undefined
        }
      >
        <Textarea
          value={value}
          onChange={(event) => onChange(event.target.value)}
          placeholder="ana@example.org"
          spellCheck={false}
          autoCapitalize="off"
          rows={2}
          className="min-h-14"
        />
      </Field>
      {webhooks?.key && tell.some((to) => "webhook" in to) && (
        <p className="flex flex-wrap items-center gap-2 text-muted text-sm">
          Posts are signed, as Standard Webhooks are; programs check them with the key.
          <CopyButton text={webhooks.key} name="Copy the key of webhooks" />
        </p>
      )}
    </div>
  );
}

/** Sends a test to whom is told, and says what became of it. */
export function TestTelling({ id, unsaved }: { id: string; unsaved: boolean }) {
  const test = useTest(id);
  return (
    <div className="flex flex-col items-start gap-2" role="status">
      <Button
        size="small"
        disabled={unsaved || test.isPending}
        onClick={() => test.mutate(undefined, { onError: toastProblem })}
      >
        {test.isPending ? "Sending …" : "Send a test"}
      </Button>
      {unsaved && <p className="text-muted text-sm">Save first: the test goes to those who are saved.</p>}
      {test.data?.map(({ to, is_sent, problem }) => (
        <p key={addressOf(to)} className="max-w-full break-words text-sm">
          <bdi>{addressOf(to)}</bdi>:{" "}
          {is_sent ? "sent" : <span className="text-pain">▼ not sent{problem && `, ${problem}`}</span>}
        </p>
      ))}
    </div>
  );
}

const STATES: Record<Message["state"], string> = {
  waiting: "waits to be sent",
  sending: "is being sent",
  sent: "sent",
  unknown: "may have arrived or not",
  failed: "not sent",
};

/** Who was told, and whether it arrived. */
export function Messages({ messages }: { messages: readonly Message[] }) {
  if (messages.length === 0) return <p className="text-muted text-sm">Nobody was told.</p>;
  return (
    <ul className="flex flex-col gap-1 text-sm">
      {messages.map(({ to, state, tries, problem, ended_at }) => (
        <li key={addressOf(to)} className="break-words">
          <bdi>{addressOf(to)}</bdi>:{" "}
          <span className={state === "failed" ? "text-pain" : "text-muted"}>
            {state === "failed" && "▼ "}
            {STATES[state]}
            {ended_at && `, ${time(ended_at)}`}
            {tries > 1 && `, tried ${tries} times`}
            {problem && state !== "sent" && `: ${problem}`}
          </span>
        </li>
      ))}
    </ul>
  );
}
