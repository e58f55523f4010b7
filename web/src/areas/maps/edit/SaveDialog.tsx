import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "@/api/client";
import type { MapFile } from "@/api/contract";
import { keys } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Choice, Field, Input } from "@/ui/Field";
import { ProblemNote, Skeleton } from "@/ui/States";
import { toast } from "@/ui/Toast";
import { plural } from "@/words/format";
import { type Change, checkMap, draftAsText, putMap, readMap, type Written } from "../keep/files";
import { Diff } from "./Diff";

interface SaveDialogProps {
  id: string;
  written: Written;
  /** What was edited. */
  base: MapFile;
  onClose: () => void;
  onSaved: () => void;
  /** Goes on from what somebody else saved, without what was changed here. */
  onTheirs: (theirs: MapFile) => void;
}

/** Says what will change before it is saved, in words and in the file; and what to do when somebody else was faster. */
export function SaveDialog({ id, written, base, onClose, onSaved, onTheirs }: SaveDialogProps) {
  const client = useQueryClient();
  const [as, setAs] = useState<"words" | "file">("words");
  const [note, setNote] = useState("");
  const [over, setOver] = useState<MapFile | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [working, setWorking] = useState(false);
  const checked = useQuery({
    queryKey: ["check", id, written, "save"],
    queryFn: ({ signal }) =>
      "yaml" in written ? checkMap(written, id, signal) : draftAsText(written.declared, base, signal),
    gcTime: 0,
  });
  const yaml = "yaml" in written ? written.yaml : checked.data?.yaml;
  const save = async (version: string | number) => {
    if (yaml === undefined) return;
    setWorking(true);
    setProblem(null);
    try {
      await putMap(id, { yaml, base: version, note: note.trim() });
      await client.invalidateQueries({ queryKey: keys.maps });
      toast("The map is saved");
      onSaved();
    } catch (error) {
      if (error instanceof Problem && error.code === "changed_meanwhile") setOver(await readMap(id));
      else setProblem(error);
    } finally {
      setWorking(false);
    }
  };
  if (over) {
    return (
      <Overtaken
        base={base}
        theirs={over}
        working={working}
        onClose={onClose}
        onTheirs={onTheirs}
        onOverwrite={() => save(over.version)}
      />
    );
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="Save the map"
      about={
        <>
          To <span className="font-mono text-sm">{base.file}</span>; the version before is kept.
        </>
      }
      wide
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="solid" type="submit" form="save-map" disabled={working || !checked.data}>
            {working ? "Saving …" : "Save"}
          </Button>
        </>
      }
    >
      <form
        id="save-map"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save(base.version);
        }}
      >
        <Field label="Note" about="Why, for whoever reads the versions later.">
          <Input value={note} onChange={(event) => setNote(event.target.value)} maxLength={300} autoFocus />
        </Field>
        <div className="flex items-center justify-between gap-4">
          <p className="font-medium text-sm">
            {checked.data ? plural(checked.data.changes.length, "change") : "Changes"}
          </p>
          <Choice
            label="Show changes"
            value={as}
            onChange={setAs}
            options={[
              { value: "words", label: "In words" },
              { value: "file", label: "In the file" },
            ]}
          />
        </div>
        {checked.isError && <ProblemNote error={checked.error} again={() => checked.refetch()} compact />}
        {checked.isPending && <Skeleton lines={3} />}
        {checked.data && as === "words" && <Sentences changes={checked.data.changes} />}
        {yaml !== undefined && as === "file" && <Diff before={base.yaml} after={yaml} />}
        {problem !== null && <ProblemNote error={problem} compact />}
      </form>
    </Dialog>
  );
}

export function Sentences({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <p className="text-muted">Nothing that the map says; only how it is written.</p>;
  return (
    <ul className="flex flex-col gap-1.5">
      {changes.map((change) => (
        <li key={`${change.path} ${change.sentence}`} dir="auto" className="break-words border-line border-l-2 pl-3">
          {change.sentence}
        </li>
      ))}
    </ul>
  );
}

interface OvertakenProps {
  base: MapFile;
  theirs: MapFile;
  working: boolean;
  onClose: () => void;
  onTheirs: (theirs: MapFile) => void;
  onOverwrite: () => void;
}

/** Somebody else saved in the meantime: what they changed, and whose is to stand. */
function Overtaken({ base, theirs, working, onClose, onTheirs, onOverwrite }: OvertakenProps) {
  return (
    <Dialog
      open
      onClose={onClose}
      title="The map was changed meanwhile"
      about="Somebody else, or an editor, saved the file after you began. This is what they changed."
      wide
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Back to my changes
          </Button>
          <Button onClick={() => onTheirs(theirs)}>Take theirs, drop mine</Button>
          <Button look="danger" disabled={working} onClick={onOverwrite}>
            Save mine over theirs
          </Button>
        </>
      }
    >
      <Diff before={base.yaml} after={theirs.yaml} />
      <p className="mt-3 text-muted text-sm">Either way both are kept among the versions.</p>
    </Dialog>
  );
}
