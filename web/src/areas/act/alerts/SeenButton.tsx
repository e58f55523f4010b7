import type { Alert } from "@/api/followup";
import { useWorkspace } from "@/api/queries";
import { Button } from "@/ui/Button";
import { toast, toastProblem } from "@/ui/Toast";
import { useAsMe } from "../me";
import { useSeeAlert } from "../queries";

/** Who has seen an alert, or the button to say so. */
export function SeenButton({ alert: { id, name, seen_by } }: { alert: Alert }) {
  const mayChange = useWorkspace().data?.may_change !== false;
  const see = useSeeAlert(id);
  const { asMe, dialog } = useAsMe();
  if (seen_by !== null) {
    return (
      <p className="truncate text-muted text-sm">
        seen by <bdi>{seen_by || "somebody"}</bdi>
      </p>
    );
  }
  if (!mayChange) return <p className="text-muted text-sm">nobody has seen it</p>;
  return (
    <>
      <Button
        size="small"
        disabled={see.isPending}
        onClick={() =>
          asMe((who) =>
            see
              .mutateAsync(who)
              .then(
                () => toast(`You have seen “${name}”`, () => see.mutateAsync(null).catch(toastProblem)),
                toastProblem,
              ),
          )
        }
      >
        I have seen it
      </Button>
      {dialog}
    </>
  );
}
