import { ChevronDown } from "lucide-react";
import type { ReadComment, Tone } from "@/api/model";
import { useRemoveSaved, useSave } from "@/api/queries";
import { Menu, MenuGroup, MenuItem, MenuSeparator } from "@/ui/Menu";
import { toast, toastProblem } from "@/ui/Toast";
import { TONES } from "./comments";

interface SaidProps {
  comment: ReadComment;
  /** The label that people gave, as far as it is known before the answer has it. */
  kept: Tone | undefined;
  mayCorrect: boolean;
}

/** A comment, how it is meant, and who says so: the model with its reasons, or people. */
export function Said({ comment, kept, mayCorrect }: SaidProps) {
  const label = kept ?? comment.label;
  const byPeople = kept !== undefined || comment.corrected;
  const why = comment.because.map(([words]) => words).join(", ");
  return (
    <blockquote className="min-w-0 text-sm">
      <p dir="auto" className="break-words">
        {comment.text}
      </p>
      <footer className="flex flex-wrap items-center gap-x-1.5 text-muted">
        {mayCorrect ? <Correct hash={comment.hash} label={label} kept={kept} /> : <ToneWord label={label} />}
        {byPeople ? (
          <span>as people say</span>
        ) : (
          label &&
          why && (
            <span className="min-w-0 break-words">
              because of “<bdi>{why}</bdi>”
            </span>
          )
        )}
      </footer>
    </blockquote>
  );
}

const SIGNS: Record<Tone, [sign: string, colour: string]> = {
  negative: ["▼", "text-pain"],
  neutral: ["–", ""],
  positive: ["▲", "text-delight"],
};

function ToneWord({ label }: { label: Tone | null }) {
  if (!label) return <span>not scored</span>;
  const [sign, colour] = SIGNS[label];
  return (
    <span className={colour}>
      <span aria-hidden className="mr-1">
        {sign}
      </span>
      {label}
    </span>
  );
}

/** Says how a comment is meant, for it and for all with the same words; or leaves that to the model again. */
function Correct({ hash, label, kept }: { hash: string; label: Tone | null; kept: Tone | undefined }) {
  const save = useSave("labels");
  const remove = useRemoveSaved("labels");
  const back = () =>
    (kept ? save.mutateAsync({ id: hash, label: kept }) : remove.mutateAsync(hash)).catch(toastProblem);
  // Promises, because the comment may be out of the list when it is done.
  const say = (tone: Tone) =>
    save.mutateAsync({ id: hash, label: tone }).then(() => toast(`The comment counts as ${tone}`, back), toastProblem);
  const unsay = () =>
    remove.mutateAsync(hash).then(() => toast("The comment counts as the model says", back), toastProblem);
  return (
    <Menu
      trigger={
        <button
          type="button"
          className="-ml-1.5 inline-flex h-6 items-center gap-1 rounded-md px-1.5 transition-colors hover:bg-hover data-popup-open:bg-hover"
        >
          <ToneWord label={label} />
          <span className="sr-only">: correct it</span>
          <ChevronDown size={12} aria-hidden />
        </button>
      }
    >
      <MenuGroup label="It is meant">
        {TONES.map((tone) => (
          <MenuItem key={tone} checked={tone === label} onSelect={() => say(tone)}>
            {tone}
          </MenuItem>
        ))}
      </MenuGroup>
      {kept && (
        <>
          <MenuSeparator />
          <MenuItem onSelect={unsay}>As the model says</MenuItem>
        </>
      )}
    </Menu>
  );
}
