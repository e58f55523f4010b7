import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Copy, ExternalLink } from "lucide-react";
import { useState } from "react";
import type { JsonObject } from "@/api/contract";
import { Button, buttonClasses, IconButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Input } from "@/ui/Field";
import { ProblemNote, Skeleton } from "@/ui/States";
import { toast, toastProblem } from "@/ui/Toast";
import { ago } from "@/words/format";
import { addShare, endShare, readShares } from "./files";

interface ShareDialogProps {
  id: string;
  question: JsonObject;
  group?: string;
  beside?: string;
  onClose: () => void;
}

const KEY = ["shares"];

/** Links with which anybody reads the map as it is shown now, and nothing else. */
export function ShareDialog({ id, question, group, beside, onClose }: ShareDialogProps) {
  const client = useQueryClient();
  const shares = useQuery({ queryKey: KEY, queryFn: ({ signal }) => readShares(signal) });
  const [working, setWorking] = useState(false);
  const [fresh, setFresh] = useState<string | null>(null);
  const add = async () => {
    setWorking(true);
    try {
      const { map: _, declared: _old, ...own } = question;
      const { path } = await addShare({ map: id, question: own, group, beside });
      setFresh(address(path));
      await client.invalidateQueries({ queryKey: KEY });
    } catch (error) {
      toastProblem(error);
    } finally {
      setWorking(false);
    }
  };
  const end = async (token: string) => {
    try {
      await endShare(token);
      setFresh(null);
      await client.invalidateQueries({ queryKey: KEY });
      toast("The link does not work any more");
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Share to read"
      about="Whoever has the link sees this map with this period, segment and persona, measured anew when it is opened. There is no way from it to customers or to anything else."
      wide
      actions={
        <Button look="solid" onClick={add} disabled={working}>
          {working ? "Making …" : "Make a link"}
        </Button>
      }
    >
      {question.declared !== undefined && (
        <p className="mb-5">⚑ A link always shows the current version of the map, not the one that is shown here.</p>
      )}
      {fresh && (
        <div className="mb-5 flex gap-2">
          <Input
            readOnly
            aria-label="The new link"
            value={fresh}
            onFocus={(event) => event.target.select()}
            autoFocus
          />
          <CopyButton text={fresh} />
        </div>
      )}
      <h3 className="mb-1 font-medium text-sm">Links that work now</h3>
      {shares.isError && <ProblemNote error={shares.error} again={() => shares.refetch()} compact />}
      {shares.isPending && <Skeleton className="h-9" lines={2} />}
      {shares.data?.length === 0 && <p className="text-muted">None.</p>}
      <ul>
        {shares.data?.map((share) => (
          <li key={share.token} className="flex items-center gap-2 border-line border-b py-2 last:border-b-0">
            <span className="min-w-0 flex-1">
              <span dir="auto" className="block truncate">
                {share.title || share.what}
              </span>
              <span className="block truncate text-muted text-sm">
                made {ago(share.created)} · <span className="font-mono">{share.path}</span>
              </span>
            </span>
            <CopyButton text={address(share.path)} />
            <a
              href={share.path}
              target="_blank"
              rel="noreferrer"
              aria-label={`Open ${share.title || share.what}`}
              className={buttonClasses("quiet")}
            >
              <ExternalLink size={14} aria-hidden />
            </a>
            <Button size="small" look="danger" onClick={() => end(share.token)}>
              Revoke
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

const address = (path: string) => new URL(path, location.href).href;

function CopyButton({ text }: { text: string }) {
  return (
    <IconButton
      name="Copy the link"
      onClick={() => navigator.clipboard.writeText(text).then(() => toast("The link is copied"), toastProblem)}
    >
      <Copy size={14} />
    </IconButton>
  );
}
