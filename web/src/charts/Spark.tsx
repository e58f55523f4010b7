/** How a figure went over time, as a strip of bars. */
export function Spark({ values, label, width = 120 }: { values: readonly number[]; label: string; width?: number }) {
  const most = Math.max(1, ...values);
  const each = width / Math.max(1, values.length);
  return (
    <svg width={width} height={20} role="img" aria-label={label} className="block shrink-0">
      <title>{label}</title>
      {values.map((value, index) => {
        const height = value === 0 ? 1 : Math.max(2, (value / most) * 20);
        return (
          <rect
            key={index}
            x={index * each}
            y={20 - height}
            width={Math.max(1, each - 1)}
            height={height}
            className={value === 0 ? "fill-line-strong" : "fill-muted"}
          />
        );
      })}
    </svg>
  );
}
