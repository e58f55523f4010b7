import { Link } from "@tanstack/react-router";
import type { DeclaredMap } from "@/api/contract";
import { useShownSnapshot } from "@/api/live";
import { useMaps, useSaved } from "@/api/queries";
import { AskProgress, wasStopped } from "@/charts/AskProgress";
import { DismissedFold } from "@/findings/Dismissed";
import { FindingRows } from "@/findings/FindingRows";
import { nothingFound, type Told } from "@/findings/finding";
import { useFindings } from "@/findings/useFindings";
import { AsOf } from "@/shell/AsOf";
import { inContext, useContextQuestion, useContextSearch, useMapFileInContext } from "@/shell/context";
import { buttonClasses } from "@/ui/Button";
import { Code } from "@/ui/Copy";
import { Page, Section } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { plural } from "@/words/format";
import { ActNavigation } from "./ActNavigation";

/** What hurts, by whose it is: the list from which one chooses what to do. */
export default function ActPage() {
  const maps = useMaps();
  const { map: chosen } = useContextSearch();
  const readable = (maps.data ?? []).filter((one) => !one.problem);
  const map = readable.find(({ id }) => id === chosen) ?? readable[0];
  return (
    <Page
      title="Act"
      about="The pains of the map, with who answers for them, how many people they strike and what they cost. Each opens its evidence, and the people behind it."
    >
      <ActNavigation />
      {maps.isError && <ProblemNote error={maps.error} again={() => maps.refetch()} />}
      {maps.data && !map && (
        <EmptyState
          title="Pains come from measured maps"
          action={
            <Link to="/maps" className={buttonClasses("solid")}>
              Make a map
            </Link>
          }
        >
          Once the stages of a journey are declared, Periplus finds where people leave, turn back, wait or complain more
          than others do.
        </EmptyState>
      )}
      {map && <Pains key={map.id} map={map.id} />}
      <TakeAlong />
    </Page>
  );
}

function Pains({ map }: { map: string }) {
  const context = useContextQuestion();
  const file = useMapFileInContext(map);
  const { snapshot, hold } = useShownSnapshot();
  const { asked, answer, view, told, folded } = useFindings(
    inContext(context.question, { map }),
    snapshot,
    context.ready && context.missing === null,
  );
  const pains = told.filter(({ finding }) => finding.feeling === "pain");
  if (context.missing !== null) {
    return (
      <EmptyState title={`There is no ${context.missing}`}>It was removed. Choose another in the bar above.</EmptyState>
    );
  }
  return (
    <section
      {...hold}
      aria-label="Pains"
      aria-busy={answer.isFetching}
      className={answer.isPlaceholderData ? "opacity-60 transition-opacity delay-200" : ""}
    >
      <AsOf map={map} />
      {answer.isError && <ProblemNote error={answer.error} again={() => answer.refetch()} />}
      <AskProgress asked={asked} answer={answer} />
      {!view && !answer.isError && !wasStopped(answer) && <Skeleton className="h-20" lines={5} />}
      {view && pains.length === 0 && (
        <EmptyState title="Nothing hurts beyond chance">
          {nothingFound("No pain", view)} Another period or segment may differ.
        </EmptyState>
      )}
      {byOwner(pains, file.data?.declared).map(([owner, own]) => (
        <Section key={owner} title={owner} about={plural(own.length, "pain")}>
          <FindingRows told={own} map={map} unit={view?.unit ?? ""} />
        </Section>
      ))}
      <DismissedFold folded={folded.filter(({ finding }) => finding.feeling === "pain")} />
    </section>
  );
}

const NOBODY = "Nobody answers for these";

/** The owner of the costliest pain first, and what nobody answers for at the end. */
function byOwner(pains: readonly Told[], map: DeclaredMap | undefined): [owner: string, pains: Told[]][] {
  const owners = new Map<string, Told[]>();
  for (const pain of pains) {
    const owner = map?.stages?.find(({ name }) => name === pain.finding.stage)?.owner ?? NOBODY;
    owners.set(owner, [...(owners.get(owner) ?? []), pain]);
  }
  return [...owners].sort(([a], [b]) => Number(a === NOBODY) - Number(b === NOBODY));
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
