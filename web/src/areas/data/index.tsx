import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useWorkspace } from "@/api/queries";
import { buttonClasses } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { SubNavigation } from "@/ui/SubNavigation";
import { count } from "@/words/format";
import { useQuarantine } from "./queries";
import { ReadOnlyNote } from "./ReadOnlyNote";

const PARTS = [
  { to: "/data/sources", name: "Sources", about: "What sends, with which keys, and what became of it." },
  { to: "/data/live", name: "Live", about: "What arrives and what is refused, as it happens." },
  { to: "/data/imports", name: "Imports", about: "Files that were read, and what was refused of them." },
  {
    to: "/data/quarantine",
    name: "Quarantine",
    about: "Messages that were refused, whole, with the reason. Mend them and let them in.",
  },
  { to: "/data/events", name: "Events", about: "Every event there is: how often, when, with what, and on which map." },
  { to: "/data/identity", name: "Identity", about: "How well identifiers come together to people." },
  { to: "/data/storage", name: "Storage", about: "What is kept, where it lies, and whether anything looks odd." },
];

/** The frame of the data screens: one heading, one sub-navigation, an address for each. */
export default function DataPage() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const workspace = useWorkspace();
  const quarantined = useQuarantine({}, 1).data?.reasons.reduce((sum, [, n]) => sum + n, 0);
  const part = PARTS.find(({ to }) => path.startsWith(to)) ?? PARTS[0];
  return (
    <Page
      title={part?.name ?? "Data"}
      about={part?.about}
      actions={
        workspace.data?.may_change && (
          <>
            <Link to="/data/connect" className={buttonClasses()}>
              Connect a source
            </Link>
            <Link to="/data/import" className={buttonClasses()}>
              Import a file
            </Link>
          </>
        )
      }
    >
      <SubNavigation
        label="Data"
        parts={PARTS.map(({ to, name }) => ({
          to,
          name,
          count: name === "Quarantine" && quarantined ? count(quarantined) : undefined,
        }))}
      />
      <ReadOnlyNote />
      <Outlet />
    </Page>
  );
}
