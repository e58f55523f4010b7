import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Customer } from "@/api/contract";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { toast, toastProblem } from "@/ui/Toast";
import { count, date, plural, time } from "@/words/format";
import { useChangeCustomer } from "./queries";
import { identifierParts, kindName, otherOf, readable, saidApart } from "./words";

interface IdentityProps {
  customer: Customer;
  /** Whether merges may be taken back here. */
  mayChange: boolean;
}

/** The identifiers of somebody, why they are one person, and which links were not believed. */
export function Identity({ customer, mayChange }: IdentityProps) {
  const [parting, setParting] = useState<string | null>(null);
  return (
    <>
      <ul>
        {customer.identifiers.map((one) => (
          <li key={one.identifier} className="border-line border-b py-2.5 last:border-b-0">
            <div className="flex items-start gap-2">
              <Identifier identifier={one.identifier} main={one.identifier === customer.name} />
              {mayChange && one.identifier !== customer.name && (
                <Button
                  size="small"
                  look="quiet"
                  className="text-muted"
                  aria-label={`Not them: ${one.identifier}`}
                  onClick={() => setParting(one.identifier)}
                >
                  Not them
                </Button>
              )}
            </div>
            {one.since && <p className="figures mt-0.5 text-muted text-sm">counts since {date(one.since)}</p>}
            {one.why.map((sentence) => (
              <p key={sentence} dir="auto" className="mt-0.5 break-words text-muted text-sm">
                {readable(shorter(sentence, one.identifier, customer.name))}
              </p>
            ))}
          </li>
        ))}
      </ul>
      <NotBelieved customer={customer} mayChange={mayChange} />
      {parting && <PartDialog customer={customer} identifier={parting} onClose={() => setParting(null)} />}
    </>
  );
}

function Identifier({ identifier, main }: { identifier: string; main: boolean }) {
  const { kind, value } = identifierParts(identifier);
  return (
    <p className="min-w-0 flex-1">
      <span className="block text-muted text-sm">
        {kindName(kind)}
        {main && " · the strongest, so it is the name"}
      </span>
      <span dir="auto" className="line-clamp-3 break-all">
        {value}
      </span>
    </p>
  );
}

/** A link's sentence without the two names, where they are this identifier and the customer's name. */
function shorter(sentence: string, identifier: string, name: string): string {
  const found = otherOf(sentence, [identifier]);
  if (!found) return sentence;
  const rest = sentence.slice(sentence.lastIndexOf(" were seen together") + " were ".length);
  return found.other === name ? `S${rest.slice(1)}` : `With ${found.other}: ${rest}`;
}

/** Links that were seen and do not count, each with the reason; those that a person parted can be allowed again. */
function NotBelieved({ customer, mayChange }: IdentityProps) {
  const change = useChangeCustomer();
  if (customer.others.length === 0) return null;
  const own = customer.identifiers.map(({ identifier }) => identifier);
  return (
    <>
      <h3 className="mt-5 mb-1 font-medium text-sm">Seen together, and not one person</h3>
      <ul>
        {customer.others.map((sentence) => {
          const found = otherOf(sentence, own);
          return (
            <li key={sentence} className="border-line border-b py-2.5 last:border-b-0">
              {found && (
                <Link
                  to="/customers/$id"
                  params={{ id: found.other }}
                  dir="auto"
                  className="line-clamp-2 break-all underline decoration-line-strong underline-offset-2 hover:decoration-ink"
                >
                  {found.other}
                </Link>
              )}
              <p dir="auto" className="mt-0.5 break-words text-muted text-sm">
                {readable(sentence)}
              </p>
              {mayChange && found && saidApart(sentence) && (
                <Button
                  size="small"
                  className="mt-2"
                  onClick={() => {
                    const pair = { one: found.own, other: found.other };
                    change
                      .mutateAsync({ do: "together", ...pair })
                      .then(
                        () =>
                          toast("They may be one person again", () =>
                            change.mutateAsync({ do: "apart", ...pair }).catch(toastProblem),
                          ),
                        toastProblem,
                      );
                  }}
                >
                  Allow as one person again
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}

interface PartDialogProps {
  customer: Customer;
  identifier: string;
  onClose: () => void;
}

function PartDialog({ customer, identifier, onClose }: PartDialogProps) {
  const change = useChangeCustomer();
  const [because, setBecause] = useState("");
  const own = customer.events.filter((event) => event.distinct_id === identifier).length;
  const pair = { one: customer.name, other: identifier };
  return (
    <Dialog
      open
      onClose={onClose}
      title="These are two people"
      about="Nothing is deleted, and you can take it back."
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="solid" type="submit" form="part" disabled={change.isPending}>
            Keep them apart
          </Button>
        </>
      }
    >
      <form
        id="part"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          // Promises, because the page may look otherwise when it is done.
          change.mutateAsync({ do: "apart", ...pair, because }).then(() => {
            toast("They are two people now", () => change.mutateAsync({ do: "together", ...pair }).catch(toastProblem));
            onClose();
          }, toastProblem);
        }}
      >
        <p dir="auto" className="break-words">
          <b className="font-medium">{identifier}</b> and <b className="font-medium">{customer.name}</b> will never be
          one customer, whatever arrives.
        </p>
        <p>
          {own === 0
            ? "No event came with this identifier, so the journey stays as it is."
            : `The ${plural(own, "event")} that came with it ${own === 1 ? "leaves" : "leave"} this journey`}
          {own > 0 &&
            (customer.events.length > own
              ? `; the other ${count(customer.events.length - own)} stay. They belong to whoever else it is linked with, or to a customer of their own.`
              : ", and nothing stays in it.")}
        </p>
        <Field label="Why" about="It stands in the ledger, for whoever wonders later.">
          <Input
            value={because}
            onChange={(event) => setBecause(event.target.value)}
            maxLength={300}
            placeholder="a shared tablet"
            autoFocus
          />
        </Field>
      </form>
    </Dialog>
  );
}

/** What was decided about whose an identifier is, oldest last. */
export function Ledger({ entries }: { entries: Customer["ledger"] }) {
  const [all, setAll] = useState(false);
  const newest = [...entries].reverse();
  const shown = all ? newest : newest.slice(0, 6);
  return (
    <>
      <ol>
        {shown.map((entry) => (
          <li key={entry.id} className="border-line border-b py-2 last:border-b-0">
            <p dir="auto" className="break-words text-sm">
              {readable(entry.sentence)}
            </p>
            <p className="figures text-muted text-sm">{time(entry.at)}</p>
          </li>
        ))}
      </ol>
      {newest.length > shown.length && (
        <Button size="small" look="quiet" className="-ml-2 text-muted" onClick={() => setAll(true)}>
          All {count(newest.length)} entries
        </Button>
      )}
    </>
  );
}
