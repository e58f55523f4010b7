import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { fetchJson } from "@/api/client";
import type { JsonObject } from "@/api/contract";
import { Button } from "@/ui/Button";
import { Popover } from "@/ui/Popover";
import { ProblemNote } from "@/ui/States";
import { count } from "@/words/format";
import { Figure, Percent, Say, Sentence } from "./parts";
import { armsOf } from "./plan";

interface PlannerProps {
  /** Whether what decides is a share; else it is a mean. */
  isShare: boolean;
  worth: number;
  weights: JsonObject;
  control: string;
  onPlan: (units: number) => void;
}

interface Planned {
  units: number;
  days?: number;
}

/** How many customers an experiment needs, and how long that takes. */
export function Planner({ isShare, worth, weights, control, onPlan }: PlannerProps) {
  const [open, setOpen] = useState(false);
  const [base, setBase] = useState(0.05);
  const [deviation, setDeviation] = useState<number>();
  const [own, setEffect] = useState<number>();
  const [eachDay, setEachDay] = useState<number>();
  const [alpha, setAlpha] = useState(0.05);
  const [power, setPower] = useState(0.8);
  // What is worth it is what must be noticed, until something else is said.
  const effect = own ?? worth;
  const asked = new URLSearchParams({
    ...(isShare ? { base: String(base) } : { deviation: String(deviation) }),
    effect: String(effect),
    alpha: String(alpha),
    power: String(power),
    arms: armsOf(weights, control),
    ...(eachDay ? { each_day: String(eachDay) } : {}),
  }).toString();
  const complete = effect > 0 && (isShare ? base > 0 : (deviation ?? 0) > 0);
  const plan = useQuery({
    queryKey: ["experiment plan", asked],
    queryFn: ({ signal }) => fetchJson<Planned>(`/api/experiments/plan?${asked}`, { signal }),
    enabled: open && complete,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const told = complete && !plan.isError ? plan.data : undefined;
  return (
    <Popover
      title="How many do I need?"
      open={open}
      onOpenChange={setOpen}
      className="w-[min(420px,calc(100vw-16px))]"
      trigger={<Button size="small">How many do I need?</Button>}
    >
      <div className="flex flex-col gap-3">
        <Sentence>
          {isShare ? (
            <>
              <Say>Of the control</Say>
              <Percent label="Share that does it now" value={base} onChange={setBase} />
              <Say>do it.</Say>
            </>
          ) : (
            <>
              <Say>It varies from customer to customer by</Say>
              <Figure label="Standard deviation" placeholder="such as 35" value={deviation} onChange={setDeviation} />
              <Say>(its standard deviation).</Say>
            </>
          )}
        </Sentence>
        <Sentence>
          <Say>A difference of</Say>
          {isShare ? (
            <Percent label="Effect to notice" value={effect} points onChange={setEffect} />
          ) : (
            <Figure label="Effect to notice" value={effect} onChange={setEffect} />
          )}
          <Say>is to be noticed</Say>
          <Percent label="How often it is to be noticed" value={power} onChange={setPower} />
          <Say>of the time,</Say>
        </Sentence>
        <Sentence>
          <Say>and chance taken for one</Say>
          <Percent label="How often chance is taken for an effect" value={alpha} onChange={setAlpha} />
          <Say>of the time.</Say>
        </Sentence>
        <Sentence>
          <Figure label="New customers each day" placeholder="so many" value={eachDay} onChange={setEachDay} />
          <Say>new customers come each day.</Say>
        </Sentence>
        {complete && plan.isError && <ProblemNote error={plan.error} again={() => plan.refetch()} compact />}
        <div className="flex items-center justify-between gap-3">
          <p role="status" className="figures">
            {told ? (
              <>
                <span className="font-semibold">{count(told.units)} customers</span> over all arms
                {told.days !== undefined && `, ${count(Math.ceil(told.days))} days`}
              </>
            ) : (
              <span className="text-muted">
                {isShare || deviation ? "Say which difference is to be noticed." : "Say by how much it varies."}
              </span>
            )}
          </p>
          {told && (
            <Button
              look="solid"
              onClick={() => {
                onPlan(told.units);
                setOpen(false);
              }}
            >
              Plan so many
            </Button>
          )}
        </div>
      </div>
    </Popover>
  );
}
