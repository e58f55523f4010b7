import { lazy, Suspense, useState } from "react";
import { useWorkspace } from "@/api/queries";
import { bytes } from "@/areas/data/Figures";
import { useSources, useStorage } from "@/areas/data/queries";
import { ReadOnlyNote } from "@/areas/data/ReadOnlyNote";
import { setTheme, THEMES, useTheme } from "@/shell/theme";
import { Button } from "@/ui/Button";
import { Code } from "@/ui/Copy";
import { Choice } from "@/ui/Field";
import { Keys } from "@/ui/Keys";
import { Page, Section } from "@/ui/Page";
import { count, time } from "@/words/format";

const Shortcuts = lazy(() => import("@/shell/Shortcuts"));

const KEEP = `[privacy]
quarantine_days = 30

[[privacy.keep]]
events = ["page", "screen"]     # the first rule that names an event decides
days = 90

[[privacy.keep]]                # all others
days = 1095`;

/** How the app looks, what this server is, and what it keeps. */
export default function SettingsPage() {
  const theme = useTheme();
  const [keys, setKeys] = useState(false);
  return (
    <Page title="Settings">
      <ReadOnlyNote />
      <Section title="Look">
        <Choice
          label="Theme"
          value={theme}
          options={THEMES.map((value) => ({ value, label: value[0]?.toUpperCase() + value.slice(1) }))}
          onChange={setTheme}
        />
        <p className="mt-2 text-muted text-sm">Kept in this browser; “system” follows the device.</p>
      </Section>
      <Section title="Keyboard">
        <div className="flex flex-wrap items-center gap-x-6 gap-y-3">
          <Button onClick={() => setKeys(true)}>Show all keys</Button>
          <p className="flex items-center gap-2 text-muted">
            <Keys keys="?" /> anywhere
          </p>
          <p className="flex items-center gap-2 text-muted">
            <Keys keys="⌘K" /> finds everything by its name
          </p>
        </div>
      </Section>
      <About />
      <Section title="What is kept">
        <ul className="mb-4 flex max-w-[72ch] list-disc flex-col gap-1.5 pl-5">
          <li>
            Everything stays in the data folder of this server, until a rule removes it. The browser keeps the theme and
            nothing else; no request goes anywhere but to this server.
          </li>
          <li>
            Somebody who is erased (on the page of a customer, or with{" "}
            <code className="font-mono text-sm">periplus erase</code>) is in no answer from that moment, and leaves the
            files within a day.
          </li>
          <li>
            What is to be kept only for a while stands in <code className="font-mono text-sm">settings.toml</code> in
            the data folder, such as below. A running server applies it once a day,{" "}
            <code className="font-mono text-sm">periplus lake compact</code> at once.
          </li>
        </ul>
        <Code label="Retention in settings.toml" text={KEEP} className="max-w-2xl" />
      </Section>
      <Suspense>{keys && <Shortcuts onClose={() => setKeys(false)} />}</Suspense>
    </Page>
  );
}

function About() {
  const workspace = useWorkspace().data;
  const sources = useSources().data;
  const storage = useStorage().data;
  const rows: [string, string | null | undefined][] = [
    ["Workspace", workspace && `${workspace.title}${workspace.demo ? " (the demo company)" : ""}`],
    ["Periplus", workspace && `version ${workspace.version}`],
    ["This app", window.location.origin],
    [
      "Sources send to",
      workspace?.collecting === false
        ? "nowhere: this server does not collect"
        : sources && (sources.address ?? window.location.origin),
    ],
    [
      "Data",
      workspace &&
        `${count(workspace.events)} events${workspace.customers === null ? "" : ` of ${count(workspace.customers)} customers`}, version ${count(workspace.snapshot)}`,
    ],
    ["Newest event", workspace?.watermark && `${time(workspace.watermark)} UTC`],
    [
      "On the disk",
      storage && bytes(storage.bytes + storage.log_bytes + storage.store_bytes + storage.quarantine_bytes),
    ],
    ["Changes", workspace && (workspace.may_change ? "allowed from this machine" : "not over the network")],
  ];
  return (
    <Section title="About">
      <dl className="grid max-w-2xl grid-cols-[minmax(112px,auto)_1fr] gap-x-6 gap-y-1.5">
        {rows.map(
          ([name, value]) =>
            value && (
              <div key={name} className="contents">
                <dt className="text-muted">{name}</dt>
                <dd dir="auto" className="figures min-w-0 break-words">
                  {value}
                </dd>
              </div>
            ),
        )}
      </dl>
    </Section>
  );
}
