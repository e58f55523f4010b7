import type { Reject } from "@/api/contract";
import { DataTable } from "@/ui/DataTable";
import { count } from "@/words/format";
import { reasonWords } from "./reasons";

/** Rows of a file that were refused: where, why, and what they say. */
export function RejectsTable({ rejects, total }: { rejects: readonly Reject[]; total: number }) {
  return (
    <>
      <DataTable
        label="Refused rows"
        rows={rejects}
        rowKey={(reject, index) => `${reject.line} ${index}`}
        atFirst={10}
        columns={[
          { name: "Line", figure: true, by: (reject) => reject.line, cell: (reject) => count(reject.line) },
          {
            name: "Why",
            by: (reject) => reject.reason,
            cell: (reject) => <span title={reject.detail}>{reject.detail || reasonWords(reject.reason)}</span>,
          },
          {
            name: "What it says",
            wide: true,
            cell: (reject) => (
              <span className="font-mono text-muted text-xs" title={reject.raw.slice(0, 500)}>
                {reject.raw.slice(0, 500)}
              </span>
            ),
          },
        ]}
      />
      {total > rejects.length && (
        <p className="mt-2 text-muted text-sm">
          The first {count(rejects.length)} of {count(total)}; “periplus import --rejects” lists all.
        </p>
      )}
    </>
  );
}
