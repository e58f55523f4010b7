import { useState } from "react";
import { useMayKeep, useRemoveSaved, useSave } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Field, Textarea } from "@/ui/Field";
import { Popover } from "@/ui/Popover";
import { toast, toastProblem } from "@/ui/Toast";
import type { Told } from "./finding";

/** Takes a finding out of the list for a reason, until it has become more; or brings it back. */
export function DismissButton({ told: { finding, dismissed, change } }: { told: Told }) {
  const mayDismiss = useMayKeep("dismissed");
  const save = useSave("dismissed");
  const remove = useRemoveSaved("dismissed");
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState(dismissed?.reason ?? "");
  const { id, title, rate, customers, from, until } = finding;
  if (!mayDismiss) return null;
  if (dismissed && !change) {
    return (
      <Button
        size="small"
        look="quiet"
        disabled={remove.isPending}
        onClick={() =>
          remove.mutate(dismissed.id, {
            onSuccess: () => toast(`“${title}” is back`, () => save.mutate(dismissed, { onError: toastProblem })),
            onError: toastProblem,
          })
        }
      >
        Bring back
      </Button>
    );
  }
  return (
    <Popover
      title="Dismiss this finding"
      open={open}
      onOpenChange={setOpen}
      className="w-80"
      trigger={
        <Button size="small" look="quiet">
          {dismissed ? "Dismiss again …" : "Dismiss …"}
        </Button>
      }
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(
            { id, reason: reason.trim(), title, rate, customers, from, until },
            {
              onSuccess: () => toast(`“${title}” is dismissed`, () => remove.mutate(id, { onError: toastProblem })),
              onError: toastProblem,
            },
          );
          setOpen(false);
        }}
      >
        <Field label="Why?" about="It comes back when it has become more than it is now, beyond chance.">
          <Textarea
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            required
            maxLength={500}
            dir="auto"
            autoFocus
          />
        </Field>
        <Button look="solid" type="submit" className="self-end" disabled={reason.trim() === ""}>
          Dismiss
        </Button>
      </form>
    </Popover>
  );
}
