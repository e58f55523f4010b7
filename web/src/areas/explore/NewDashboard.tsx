import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useSave, useSaved, useWorkspace } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { toastProblem } from "@/ui/Toast";
import { slug } from "@/words/format";

export function NewDashboard() {
  const navigate = useNavigate();
  const workspace = useWorkspace();
  const { dashboards = [] } = useSaved().data ?? {};
  const save = useSave("dashboards");
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const id = slug(name);
  const taken = dashboards.some((one) => one.id === id);
  if (workspace.data?.may_change === false) return null;
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        New dashboard
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title="New dashboard"
        about="Saved answers beside each other, all in the context of the bar above."
        actions={
          <Button look="solid" type="submit" form="new-dashboard" disabled={id === "" || taken || save.isPending}>
            Create
          </Button>
        }
      >
        <form
          id="new-dashboard"
          onSubmit={(event) => {
            event.preventDefault();
            if (id === "" || taken) return;
            save.mutate(
              { id, name, tiles: [] },
              { onSuccess: () => navigate({ to: "/explore/dashboards/$id", params: { id } }), onError: toastProblem },
            );
          }}
        >
          <Field label="Name" problem={taken ? "There is a dashboard of this name." : undefined}>
            <Input value={name} onChange={(event) => setName(event.target.value)} required maxLength={100} autoFocus />
          </Field>
        </form>
      </Dialog>
    </>
  );
}
