import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import type { JsonObject } from "@/api/contract";
import type { JsonValue } from "@/api/model";
import { Button, IconButton } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { Figure, isObject, Percent, put, Say, Sentence, SpanSelect } from "./parts";
import { ENDS, START, State } from "./State";

interface AddedProps {
  label: string;
  of: string;
  /** Names of places that the scenario puts in. */
  added: readonly string[];
  place: JsonObject;
  onChange: (place: JsonObject) => void;
  /** What stands beside its name. */
  children: ReactNode;
}

const objects = (value: JsonValue | undefined) => (Array.isArray(value) ? value.filter(isObject) : []);

/** A place that is put in: what it is called, who comes to it instead of where they went, and where they go from there. */
export function Added({ label, of, added, place, onChange, children }: AddedProps) {
  const [takes, onward] = [objects(place.takes), objects(place.onward)];
  const change = (field: string, next: JsonObject[]) => onChange({ ...place, [field]: next });
  const total = onward.reduce((sum, way) => sum + Number(way.share ?? 0), 0);
  const where = (field: string, at: number, way: JsonObject, end: "from" | "to", ends: readonly string[]) => (
    <State
      label={`${label}: ${field} ${at + 1} ${end}`}
      of={of}
      ends={[...ends, ...added.filter((name) => name !== place.name)]}
      value={String(way[end] ?? "")}
      onChange={(name) => change(field, (place[field] as JsonObject[]).with(at, { ...way, [end]: name }))}
    />
  );
  const part = (field: string, at: number, way: JsonObject) => (
    <Percent
      label={`${label}: ${field} ${at + 1} share`}
      value={Number(way.share ?? 0)}
      onChange={(next) => change(field, (place[field] as JsonObject[]).with(at, { ...way, share: next }))}
    />
  );
  const remove = (field: string, what: string, at: number, ways: JsonObject[]) =>
    ways.length > 1 && (
      <IconButton
        name={`Remove ${what} ${at + 1} of ${label.toLowerCase()}`}
        size="small"
        onClick={() => change(field, ways.toSpliced(at, 1))}
      >
        <X size={14} />
      </IconButton>
    );
  return (
    <>
      <Input
        aria-label={`${label}: name`}
        dir="auto"
        placeholder="its name"
        className="w-40"
        value={String(place.name ?? "")}
        onChange={({ target: { value: name } }) => onChange({ ...place, name })}
      />
      {children}
      <div className="flex basis-full flex-col gap-2 pl-4">
        {takes.map((way, at) => (
          <Sentence key={at}>
            <Say>{at === 0 ? "to which come" : "and"}</Say>
            {part("takes", at, way)}
            <Say>of those who went from</Say>
            {where("takes", at, way, "from", START)}
            <Say>to</Say>
            {where("takes", at, way, "to", ENDS)}
            {remove("takes", "way there", at, takes)}
          </Sentence>
        ))}
        {onward.map((way, at) => (
          <Sentence key={at}>
            <Say>{at === 0 ? "and from which" : "and"}</Say>
            {part("onward", at, way)}
            <Say>go on to</Say>
            {where("onward", at, way, "to", ENDS)}
            <Say>after</Say>
            <SpanSelect
              label={`${label}: onward ${at + 1} wait`}
              none="no time"
              value={String(way.wait ?? "no time")}
              onChange={(span) => change("onward", onward.with(at, put(way, "wait", span, "no time")))}
            />
            {remove("onward", "way on", at, onward)}
          </Sentence>
        ))}
        <Sentence>
          <Button
            size="small"
            look="quiet"
            onClick={() => change("takes", [...takes, { from: "", to: "", share: 0.5 }])}
          >
            <Plus size={14} aria-hidden /> Way there
          </Button>
          <Button
            size="small"
            look="quiet"
            onClick={() => change("onward", [...onward, { to: "", share: Math.max(0, 1 - total) }])}
          >
            <Plus size={14} aria-hidden /> Way on
          </Button>
          <Say>where a conversion right from there is worth</Say>
          <Figure
            label={`${label}: worth`}
            placeholder="as usual"
            value={place.value}
            onChange={(value) => onChange(put(place, "value", value))}
          />
        </Sentence>
      </div>
    </>
  );
}
