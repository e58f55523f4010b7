import {
  type ComponentProps,
  createContext,
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useContext,
  useMemo,
  useRef,
  useState,
} from "react";
import { moved, type Shape, type Spot, settle, spotName } from "../grid";

interface Roving {
  focused: string;
  onFocus: (spot: Spot) => void;
}
const RovingContext = createContext<Roving | null>(null);

interface GridProps extends Omit<ComponentProps<"div">, "onKeyDown"> {
  shape: Shape;
  label: string;
  children: ReactNode;
  /** Keys that mean something at a spot; true when it was used. */
  onKey?: (key: string, spot: Spot, event: KeyboardEvent) => boolean;
}

/** A grid with one tab stop, in which arrows move. Keys that mean nothing here are handed on to the frame. */
export function RovingGrid({ shape, label, children, onKey, ...rest }: GridProps) {
  const [spot, setSpot] = useState<Spot>({ row: 0, column: 1, item: 0 });
  const grid = useRef<HTMLDivElement>(null);
  const at = settle(shape, spot);
  const focused = spotName(at);
  const onFocus = useCallback((next: Spot) => setSpot(next), []);
  const roving = useMemo(() => ({ focused, onFocus }), [focused, onFocus]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || isWritten(event.target)) return;
    if (onKey?.(event.key, at, event)) {
      event.preventDefault();
      return;
    }
    if (event.altKey || event.metaKey) return;
    const next = moved(shape, at, event.key, event.ctrlKey);
    if (next) {
      event.preventDefault();
      setSpot(next);
      const element = grid.current?.querySelector<HTMLElement>(`[data-spot="${spotName(next)}"]`);
      element?.focus();
      element?.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else if (!event.ctrlKey && event.key.length === 1 && event.key !== " ") {
      // The frame leaves the keys of a grid to the grid; what is no key of ours is its own.
      window.dispatchEvent(new window.KeyboardEvent("keydown", { key: FRAME_KEYS[event.key] ?? event.key }));
    }
  };
  return (
    <RovingContext value={roving}>
      <div {...rest} ref={grid} role="grid" aria-label={label} onKeyDown={onKeyDown}>
        {children}
      </div>
    </RovingContext>
  );
}

/** The period before and after: arrows elsewhere, brackets here. */
const FRAME_KEYS: Record<string, string> = { "[": "ArrowLeft", "]": "ArrowRight" };

const isWritten = (target: EventTarget) =>
  target instanceof Element && target.closest("input,textarea,select,[role=slider]") !== null;

/** What makes an element a spot of the grid. */
export function useSpot(spot: Spot) {
  const roving = useContext(RovingContext);
  const name = spotName(spot);
  return {
    "data-spot": name,
    tabIndex: roving?.focused === name ? 0 : -1,
    onFocus: () => roving?.onFocus(spot),
  };
}
