import { useWorkspace } from "@/api/queries";

/** Why nothing can be changed here, where that is so. */
export function ReadOnlyNote() {
  const workspace = useWorkspace();
  if (workspace.data?.may_change !== false) return null;
  return (
    <p className="mb-6 rounded-lg border border-line px-4 py-3 text-muted">
      <span className="font-medium text-ink">You can look, not change.</span> Others can reach this server, and it has
      no accounts by which it could know who asks. Change things with the command line, or with a server that listens at
      a loopback address.
    </p>
  );
}
