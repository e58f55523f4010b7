import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Condition } from "@/api/contract";
import { keys, useMaps, useWorkspace } from "@/api/queries";
import type { JourneyMap } from "@/areas/maps/declared";
import { freshId } from "@/areas/maps/edit/document";
import { draftAsText, putMap, readMap } from "@/areas/maps/keep/files";
import { useContextSearch } from "@/shell/context";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, Input, Textarea } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { toast, toastProblem } from "@/ui/Toast";
import { conditionSentence } from "@/words/condition";

interface PersonaRuleProps {
  name: string;
  about: string;
  /** A condition on customers, as a map's file has it. */
  rule: string;
  offered: boolean;
}

/** What describes a group, and a way to make it a persona of a map. */
export default function PersonaRule({ name, about, rule, offered }: PersonaRuleProps) {
  const [open, setOpen] = useState(false);
  const mayChange = useWorkspace().data?.may_change === true;
  const condition = read(rule);
  if (condition === null) return <span dir="auto">{rule}</span>;
  return (
    <span className="flex min-w-56 flex-col items-start gap-1 whitespace-normal py-1">
      <span dir="auto">{conditionSentence(condition)}</span>
      {offered && mayChange && (
        <Button size="small" title={`A persona of the map: ${name}`} onClick={() => setOpen(true)}>
          Make it a persona
        </Button>
      )}
      {open && <MakePersona name={name} about={about} condition={condition} onClose={() => setOpen(false)} />}
    </span>
  );
}

function read(rule: string): Condition | null {
  try {
    return JSON.parse(rule) as Condition;
  } catch {
    return null;
  }
}

function MakePersona(props: { name: string; about: string; condition: Condition; onClose: () => void }) {
  const { condition, onClose } = props;
  const context = useContextSearch();
  const client = useQueryClient();
  const maps = (useMaps().data ?? []).filter(({ problem }) => !problem);
  const [chosen, setChosen] = useState(context.map);
  const [name, setName] = useState(props.name);
  const [about, setAbout] = useState(props.about);
  const [saving, setSaving] = useState(false);
  const map = maps.find(({ id }) => id === chosen) ?? maps[0];
  if (!map) {
    return (
      <Dialog open onClose={onClose} title="There is no map yet">
        <p>
          A persona belongs to a journey map.{" "}
          <Link to="/maps" className="underline underline-offset-4">
            Make a map
          </Link>{" "}
          first; what is asked here stays in the address.
        </p>
      </Dialog>
    );
  }
  const save = async () => {
    setSaving(true);
    try {
      const before = await readMap(map.id);
      const declared = before.declared as unknown as JourneyMap;
      const id = freshId(name, declared.personas ?? [], "persona");
      const persona = { id, name, ...(about ? { about } : {}), segment: condition };
      const { yaml } = await draftAsText({ ...declared, personas: [...(declared.personas ?? []), persona] }, before);
      const saved = await putMap(map.id, { yaml, base: before.version, note: `Persona “${name}” from its group` });
      await client.invalidateQueries({ queryKey: keys.maps });
      onClose();
      toast(`“${name}” is a persona of “${map.title}”`, async () => {
        try {
          // Only what was made here is taken back: a later version is somebody's.
          await putMap(map.id, { yaml: before.yaml, base: saved.version, note: "Undone" });
          await client.invalidateQueries({ queryKey: keys.maps });
        } catch (error) {
          toastProblem(error);
        }
      });
    } catch (error) {
      toastProblem(error);
      setSaving(false);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Make it a persona"
      about={<span dir="auto">Customers who: {conditionSentence(condition)}.</span>}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="solid" disabled={saving || name.trim() === ""} onClick={save}>
            {saving ? "Saving …" : "Add to the map"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label="Name">
          <Input value={name} maxLength={100} dir="auto" onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label="About">
          <Textarea value={about} dir="auto" onChange={(event) => setAbout(event.target.value)} />
        </Field>
        {maps.length > 1 && (
          <Select
            label="Map"
            value={map.id}
            options={maps.map(({ id, title }) => ({ value: id, label: title }))}
            onChange={setChosen}
          />
        )}
      </div>
    </Dialog>
  );
}
