import { useState } from "react";
import type { ReadComment, Tone } from "@/api/model";
import { Button } from "@/ui/Button";
import { Choice } from "@/ui/Field";
import { count, date } from "@/words/format";
import { type Labels, LISTED, SHOWN, TONES, toneOf } from "./comments";
import { Said } from "./Said";

interface NewestProps {
  newest: readonly ReadComment[];
  /** How many there are in all. */
  total: number;
  labels: Labels;
  mayCorrect: boolean;
  onList?: (n: number) => void;
}

/** The newest comments one after the other, of all feelings or of one. */
export function NewestComments({ newest, total, labels, mayCorrect, onList }: NewestProps) {
  const [only, setOnly] = useState<Tone | "all">("all");
  const [atMost, setAtMost] = useState(SHOWN[0]);
  if (newest.length === 0) {
    return onList ? (
      <Button size="small" className="mt-6" onClick={() => onList(LISTED)}>
        List the newest comments
      </Button>
    ) : null;
  }
  const all = newest.filter((comment) => only === "all" || toneOf(comment, labels) === only);
  const shown = all.slice(0, atMost);
  const next = SHOWN.find((n) => n > atMost);
  const [there, toAsk] = [shown.length < all.length, newest.length < Math.min(total, next ?? 0)];
  const more = () => {
    setAtMost(next ?? newest.length);
    if (next && toAsk) onList?.(next);
  };
  return (
    <section aria-label="Newest comments" className="mt-6">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <h3 className="font-semibold text-sm">
          Newest comments{" "}
          <span className="figures font-normal text-muted">
            {count(newest.length)} of {count(total)}
          </span>
        </h3>
        <Choice
          label="Which comments"
          value={only}
          onChange={setOnly}
          options={[{ value: "all", label: "all" }, ...TONES.map((tone) => ({ value: tone, label: tone }))]}
        />
      </div>
      <ul>
        {shown.map((comment, at) => (
          <li
            key={`${comment.hash} ${comment.time} ${at}`}
            className="grid gap-x-4 border-line border-t py-2 md:grid-cols-[6.5rem_minmax(0,1fr)]"
          >
            <time dateTime={comment.time} className="figures text-muted text-sm">
              {date(comment.time)}
            </time>
            <Said comment={comment} kept={labels.get(comment.hash)} mayCorrect={mayCorrect} />
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p className="text-muted text-sm">None of these is {only}.</p>}
      {(there || (toAsk && onList)) && (
        <Button size="small" className="mt-3" onClick={more}>
          Show more
        </Button>
      )}
    </section>
  );
}
