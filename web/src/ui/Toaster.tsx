import { X } from "lucide-react";
import { type TouchEvent, useEffect, useRef, useState } from "react";
import { Button, IconButton } from "./Button";
import type { Message } from "./Toast";

interface ToasterProps {
  messages: readonly Message[];
  onClose: (id: number) => void;
}

/** Who reads or reaches for a message has the time for it: while the pointer or the focus is there, none goes. */
export default function Toaster({ messages, onClose }: ToasterProps) {
  const [resting, setResting] = useState(false);
  const before = useRef<Element | null>(null);
  useEffect(() => {
    const region = document.getElementById("messages");
    const inside = (to: unknown) => to instanceof Node && region?.contains(to);
    // Nobody reads in a window that is not looked at.
    const rest = () =>
      setResting(region?.matches(":hover") || inside(document.activeElement) || !document.hasFocus() || false);
    const onFocus = ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget instanceof Element && !inside(relatedTarget)) before.current = relatedTarget;
      rest();
    };
    // F6 goes from pane to pane, and back.
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "F6") return;
      event.preventDefault();
      const to = inside(document.activeElement) ? before.current : region;
      if (to instanceof HTMLElement) to.focus();
    };
    const leaving = () => setTimeout(rest);
    region?.addEventListener("focusin", onFocus);
    for (const name of ["focusout", "mouseenter", "mouseleave"]) region?.addEventListener(name, leaving);
    for (const name of ["focus", "blur"]) window.addEventListener(name, rest);
    window.addEventListener("keydown", onKey);
    return () => {
      region?.removeEventListener("focusin", onFocus);
      for (const name of ["focusout", "mouseenter", "mouseleave"]) region?.removeEventListener(name, leaving);
      for (const name of ["focus", "blur"]) window.removeEventListener(name, rest);
      window.removeEventListener("keydown", onKey);
    };
  }, []);
  const close = (id: number) => {
    if (document.activeElement?.closest("#messages") && before.current instanceof HTMLElement) before.current.focus();
    onClose(id);
  };
  return messages.map((message) => <One key={message.id} message={message} resting={resting} onClose={close} />);
}

const SWIPE = 60;

function One({
  message: { id, title, about, urgent, milliseconds, undo },
  resting,
  onClose,
}: {
  message: Message;
  resting: boolean;
  onClose: (id: number) => void;
}) {
  const left = useRef(milliseconds);
  const latest = useRef(onClose);
  latest.current = onClose;
  useEffect(() => {
    if (resting) return;
    const since = Date.now();
    const timer = setTimeout(() => latest.current(id), Math.max(1000, left.current));
    return () => {
      clearTimeout(timer);
      left.current -= Date.now() - since;
    };
  }, [resting, id]);
  const touched = useRef(0);
  const x = (event: TouchEvent) => event.changedTouches[0]?.clientX ?? 0;
  return (
    <div
      // Several may stand here, each with an Undo: which is whose, its name says.
      role="group"
      aria-label={title}
      className="pop flex items-center gap-3 py-2 pr-2 pl-4 starting:opacity-0"
      onKeyDown={(event) => event.key === "Escape" && onClose(id)}
      onTouchStart={(event) => {
        touched.current = x(event);
      }}
      onTouchEnd={(event) => x(event) - touched.current > SWIPE && onClose(id)}
    >
      <div role={urgent ? "alert" : undefined} className="min-w-0 flex-1">
        <p className="font-medium">{title}</p>
        {about && <p className="text-muted text-sm">{about}</p>}
      </div>
      {undo && (
        <Button
          size="small"
          onClick={() => {
            onClose(id);
            undo();
          }}
        >
          Undo
        </Button>
      )}
      <IconButton name="Dismiss" size="small" onClick={() => onClose(id)}>
        <X size={14} />
      </IconButton>
    </div>
  );
}
