import type { KeyboardEvent, ReactNode } from "react";

interface MarkProps {
  /** What it stands for, with its figure: read out, and shown when the pointer rests on it. */
  name: string;
  onOpen?: () => void;
  children: ReactNode;
  className?: string;
}

/** A part of an SVG chart that stands for a count. Enter or a click opens the people behind it. */
export function Mark({ name, onOpen, children, className }: MarkProps) {
  if (!onOpen) {
    return (
      <g className={className}>
        <title>{name}</title>
        {children}
      </g>
    );
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onOpen();
  };
  return (
    <g
      role="button"
      tabIndex={0}
      aria-label={name}
      onClick={onOpen}
      onKeyDown={onKeyDown}
      className={`mark ${className ?? ""}`}
    >
      <title>{name}</title>
      {children}
    </g>
  );
}
