import type { MeasuredStage } from "@/api/model";
import { bandPath, smooth } from "@/charts/path";
import { useWidth } from "@/charts/useWidth";
import { centreOf } from "./curve";

/** How many people there are from stage to stage, as a stream that narrows. */
export function Stream({ stages, height }: { stages: readonly Pick<MeasuredStage, "customers">[]; height: number }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const most = Math.max(1, ...stages.map(({ customers }) => customers).filter((n) => !Number.isNaN(n)));
  const centres = stages.flatMap(({ customers }, stage) =>
    Number.isNaN(customers)
      ? []
      : [{ x: centreOf(stage, stages.length, width), half: (customers / most) * (height / 2) }],
  );
  const first = centres[0];
  const last = centres.at(-1);
  const points = first && last ? [{ ...first, x: 0 }, ...centres, { ...last, x: width }] : [];
  const bands = points.map(({ x, half }) => {
    const seen = Math.max(half, 0.75);
    return { x, low: height / 2 - seen, high: height / 2 + seen };
  });
  return (
    <div ref={box} className="h-full w-full" aria-hidden>
      {width > 0 && (
        <svg width={width} height={height} className="block" aria-hidden>
          <path d={bandPath(bands, smooth)} className="fill-ink opacity-[0.09]" />
        </svg>
      )}
    </div>
  );
}
