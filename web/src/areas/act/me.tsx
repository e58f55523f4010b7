// Who does something here. There are no accounts yet: everybody says their name once, and this browser remembers it.

import { useState, useSyncExternalStore } from "react";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";

const NAME = "periplus.name";
const listeners = new Set<() => void>();
const me = () => localStorage.getItem(NAME) ?? "";

/** The name that was said; empty before. */
export function useMe(): string {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, me);
}

/** Does something under the reader's name, and asks for it first where it is not known. `dialog` is to be shown. */
export function useAsMe() {
  const [then, setThen] = useState<((name: string) => void) | null>(null);
  return {
    asMe: (act: (name: string) => void) => (me() ? act(me()) : setThen(() => act)),
    dialog: then && <NameDialog onClose={() => setThen(null)} onName={then} />,
  };
}

/** Under which name one does things, to be changed. */
export function MeButton() {
  const name = useMe();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)} className="max-w-60">
        {name ? (
          <span className="truncate">
            You are <bdi>{name}</bdi>
          </span>
        ) : (
          "Say who you are"
        )}
      </Button>
      {open && <NameDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function NameDialog({ onClose, onName }: { onClose: () => void; onName?: (name: string) => void }) {
  const [name, setName] = useState(me);
  return (
    <Dialog
      open
      onClose={onClose}
      title="Your name"
      about="It stands beside what you do, so that others know whom to ask. This browser remembers it."
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="solid" type="submit" form="my-name" disabled={name.trim() === ""}>
            {onName ? "Go on" : "Save"}
          </Button>
        </>
      }
    >
      <form
        id="my-name"
        onSubmit={(event) => {
          event.preventDefault();
          localStorage.setItem(NAME, name.trim());
          for (const listener of listeners) listener();
          onClose();
          onName?.(name.trim());
        }}
      >
        <Field label="Your name" hideLabel>
          <Input
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={100}
            autoComplete="name"
            dir="auto"
            required
            autoFocus
          />
        </Field>
      </form>
    </Dialog>
  );
}
