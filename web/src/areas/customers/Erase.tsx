import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Customer } from "@/api/contract";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { toast, toastProblem } from "@/ui/Toast";
import { plural } from "@/words/format";
import { useChangeCustomer } from "./queries";

/** Lets somebody vanish: it cannot be taken back, so it is said in full, and confirmed by writing the name. */
export function EraseDialog({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const navigate = useNavigate();
  const change = useChangeCustomer();
  const [written, setWritten] = useState("");
  const [because, setBecause] = useState("");
  const isWritten = written.trim() === customer.name;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Erase this customer"
      about="This cannot be undone."
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="danger" type="submit" form="erase" disabled={!isWritten || change.isPending}>
            Erase for ever
          </Button>
        </>
      }
    >
      <form
        id="erase"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          // Not in the callbacks of this form: it is gone by then, with the customer whose page it is on.
          change
            .mutateAsync({ do: "erase", id: customer.name, because })
            .then((erased) => {
              toast(`Erased: ${plural(Number(erased.events ?? 0), "event")} and all that was known`);
              navigate({ to: "/customers" });
            })
            .catch(toastProblem);
        }}
      >
        <ul className="flex list-disc flex-col gap-1 pl-5">
          <li>
            {plural(customer.events.length, "event")}, {plural(customer.traits.length, "trait")} and{" "}
            {plural(customer.identifiers.length, "identifier")} with their links and ledger vanish from every answer at
            once, also from those about earlier times.
          </li>
          <li>The bytes leave all files within a day.</li>
          <li>
            What arrives later with one of these identifiers is refused and not kept, until somebody lets it in again (
            <code className="font-mono text-sm">periplus erase --welcome</code>).
          </li>
          <li>Files that were exported, and backups, are not reached.</li>
        </ul>
        <Field label="Why" about="It stands in the list of erasures.">
          <Input
            value={because}
            onChange={(event) => setBecause(event.target.value)}
            maxLength={300}
            placeholder="request of 3 May"
          />
        </Field>
        <Field
          label="Write the name to confirm"
          about={
            <span dir="auto" className="break-all">
              {customer.name}
            </span>
          }
        >
          <Input
            value={written}
            onChange={(event) => setWritten(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        </Field>
      </form>
    </Dialog>
  );
}
