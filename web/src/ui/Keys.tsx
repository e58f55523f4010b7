/** Keys to press, as "G M" or "⌘K". */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="flex gap-0.5">
      {keys.split(" ").map((key) => (
        <kbd
          key={key}
          className="min-w-5 rounded-sm border border-line bg-page px-1 text-center font-sans text-muted text-xs leading-[18px]"
        >
          {key}
        </kbd>
      ))}
    </span>
  );
}
