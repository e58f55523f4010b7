import { Link, useSearch } from "@tanstack/react-router";
import { useShownSnapshot } from "@/api/live";
import { useSaved, useWorkspace } from "@/api/queries";
import { evidenceLink, type Finding, findings } from "@/areas/home/findings";
import { useMeasuredMaps } from "@/areas/home/queries";
import { useContextQuestion } from "@/shell/context";
import { buttonClasses } from "@/ui/Button";
import { Code } from "@/ui/Copy";
import { Page, Section } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { count, plural } from "@/words/format";

/** What hurts, by whose it is: the list from which one chooses what to do. */
export default function ActPage() {
  const workspace = useWorkspace();
  const context = useContextQuestion();
  const { snapshot, hold } = useShownSnapshot();
  const { maps, measured, pending, error } = useMeasuredMaps(context.question, snapshot, context.ready);
  const { map: chosen } = useSearch({ strict: false });
  const looked = chosen ? measured.filter(({ id }) => id === chosen) : measured;
  const pains = findings(looked, "pain");
  return (
    <Page
      title="Act"
      about="The pains that the maps measure, with who answers for them and how many people they touch. Each opens its evidence, and the people behind it."
    >
      <div {...hold}>
        {error && <ProblemNote error={error} />}
        {workspace.data && maps.data?.length === 0 && (
          <EmptyState
            title="Pains come from measured maps"
            action={
              <Link to="/maps" className={buttonClasses("solid")}>
                Make a map
              </Link>
            }
          >
            Once the stages of a journey are declared, Periplus finds where people leave, turn back, wait or complain
            more than others do.
          </EmptyState>
        )}
        {pending && pains.length === 0 && maps.data?.length !== 0 && <Skeleton className="h-14" lines={5} />}
        {!pending && !error && pains.length === 0 && (maps.data?.length ?? 0) > 0 && (
          <EmptyState title="Nothing hurts beyond noise">
            Everybody who is counted here gets through as the others do. Another period or segment may differ.
          </EmptyState>
        )}
        {byOwner(pains).map(([owner, own]) => (
          <Section
            key={owner}
            title={owner}
            about={`${plural(own.length, "pain")}, ${count(own.reduce((sum, { signal }) => sum + signal.customers, 0))} times a customer was touched`}
          >
            <ol>
              {own.map((finding) => (
                <li
                  key={`${finding.map.id} ${finding.signal.title} ${finding.signal.stage}`}
                  className="border-line border-b last:border-b-0"
                >
                  <Pain finding={finding} />
                </li>
              ))}
            </ol>
          </Section>
        ))}
      </div>
      <TakeAlong />
    </Page>
  );
}

const NOBODY = "Nobody answers for these";

/** Those who answer for most first, and what nobody answers for at the end. */
function byOwner(pains: readonly Finding[]): [owner: string, pains: Finding[]][] {
  const owners = new Map<string, Finding[]>();
  for (const pain of pains) {
    const owner = pain.owner ?? NOBODY;
    owners.set(owner, [...(owners.get(owner) ?? []), pain]);
  }
  return [...owners].sort(([a, own], [b, other]) => (a === NOBODY ? 1 : b === NOBODY ? -1 : other.length - own.length));
}

function Pain({ finding }: { finding: Finding }) {
  const { map, signal, stage } = finding;
  return (
    <Link
      {...evidenceLink(finding)}
      className="-mx-2 grid grid-cols-[minmax(0,1fr)_auto] gap-x-6 rounded-md px-2 py-3 transition-colors hover:bg-hover"
    >
      <span className="min-w-0">
        <span dir="auto" className="block font-medium">
          <span aria-hidden className="mr-1.5 text-pain">
            ▼
          </span>
          {signal.title}
        </span>
        <span dir="auto" className="mt-0.5 block max-w-[80ch] text-muted text-sm">
          {signal.sentence}
        </span>
      </span>
      <span className="text-right">
        <span className="figures block font-medium">{plural(signal.customers, "customer")}</span>
        <span dir="auto" className="block text-muted text-sm">
          {stage}, {map.title}
        </span>
      </span>
    </Link>
  );
}

/** How the people go where something is done for them. */
function TakeAlong() {
  const [segment] = useSaved().data?.segments ?? [];
  const condition = JSON.stringify({ segments: { these: segment?.condition ?? { did: "Order Completed" } } });
  return (
    <Section title="Take the people along" about="To a mail tool, a call list, an audience: as a file.">
      <p className="mb-3 max-w-[68ch] text-muted">
        The evidence of a pain lists its people. A{" "}
        <Link to="/customers/segments" className="text-ink underline underline-offset-4">
          segment
        </Link>{" "}
        has its members as a CSV file on its page; the command line gives all of them to programs
        {segment ? (
          <>
            ; here “<span dir="auto">{segment.name}</span>”
          </>
        ) : (
          ", such as everybody who ordered"
        )}
        .
      </p>
      <Code
        label="Command"
        text={`periplus ask segments ${shellWord(condition)} --people '{"in": ["these"]}' --at-most 1000000 --json`}
      />
    </Section>
  );
}

const shellWord = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
