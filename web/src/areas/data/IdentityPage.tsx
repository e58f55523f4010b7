import { Link } from "@tanstack/react-router";
import type { IdentityHealth } from "@/api/contract";
import { useWorkspace } from "@/api/queries";
import { Section } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { count, list, plural, share } from "@/words/format";
import { spanWords } from "@/words/span";
import { Bars } from "./Bars";
import { Figures } from "./Figures";
import { useIdentity } from "./queries";

/** How well identifiers come together to people, and where they do not. */
export default function IdentityPage() {
  const identity = useIdentity();
  const workspace = useWorkspace();
  if (identity.isPending) return <Skeleton className="h-10" lines={6} />;
  if (identity.isError) return <ProblemNote error={identity.error} again={() => identity.refetch()} />;
  const { customers, identifiers, merged, kinds, biggest, blocked, demoted, households, rules } = identity.data;
  // Only those are kept with their identifiers who have a link; the others are each their one identifier.
  const all = Math.max(workspace.data?.customers ?? 0, customers);
  if (identifiers === 0) {
    return (
      <EmptyState title="No identifier is known yet">
        E-mail addresses, logins, browsers and cards come with the data. Two that stand in one row are one person’s,
        unless a rule or a person says otherwise.
      </EmptyState>
    );
  }
  return (
    <>
      <Figures
        figures={[
          { name: "Customers", value: count(all) },
          {
            name: "Linked identifiers",
            value: count(identifiers),
            about: `${(identifiers / Math.max(1, customers)).toFixed(1)} for each customer who has links`,
          },
          {
            name: "Merged",
            value: share(merged / Math.max(1, all)),
            about: `${count(merged)} have more than one identifier`,
          },
          ...(households === undefined ? [] : [{ name: "Households", value: count(households) }]),
        ]}
      />
      <div className="grid grid-cols-1 gap-x-12 gap-y-10 lg:grid-cols-2">
        <section>
          <h2 className="mb-2 font-semibold">Kinds of identifiers</h2>
          <Bars
            label="Kinds of identifiers"
            rows={kinds.map(({ kind, identifiers: n }) => ({
              key: kind,
              name: kind.replaceAll("_", " "),
              value: n,
              text: count(n),
            }))}
          />
        </section>
        <section>
          <h2 className="mb-2 font-semibold">Customers with the most identifiers</h2>
          <p className="mb-1 text-muted text-sm">A shared tablet or a test account shows here first.</p>
          <ul>
            {biggest.slice(0, 10).map(({ id, identifiers: n }) => (
              <li key={id} className="border-line border-b last:border-b-0">
                <Link
                  to="/customers/$id"
                  params={{ id }}
                  className="-mx-2 flex items-baseline gap-4 rounded-md px-2 py-2 transition-colors hover:bg-hover"
                >
                  <span dir="auto" className="min-w-0 flex-1 truncate">
                    {id}
                  </span>
                  <span className="figures text-muted">{plural(n, "identifier")}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      </div>
      {rules && <Rules {...rules} />}
      {demoted && (
        <Section title="Links that were not believed" about="Seen together, and yet not made one customer.">
          {demoted.length === 0 && (
            <p className="text-muted">None: every link that was seen joins its two identifiers.</p>
          )}
          <ul>
            {demoted.map(({ kind, why, count: n }) => (
              <li key={`${kind} ${why}`} className={ROW}>
                <span className="truncate">
                  <span className="figures font-medium">{count(n)}</span> {kindName(kind)}
                </span>
                <span dir="auto" className="text-muted">
                  {why}
                </span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {blocked && (
        <Section title="Values that name nobody" about="They link nobody, whoever sends them.">
          {blocked.length === 0 && <p className="text-muted">None were met.</p>}
          <ul>
            {blocked.map(({ kind, value, why }) => (
              <li key={`${kind} ${value}`} className={ROW}>
                <span dir="auto" className="truncate">
                  <span className="text-muted">{kindName(kind)}</span> {value}
                </span>
                <span dir="auto" className="text-muted">
                  {why}
                </span>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

const ROW = "grid grid-cols-[minmax(0,1fr)_minmax(0,2fr)] gap-x-4 border-line border-b py-2 last:border-b-0";

const kindName = (kind: string) => kind.replaceAll("_", " ");

/** By what identifiers come together: what `settings.toml` says. */
function Rules({
  strongest,
  weakest,
  limits,
  limit_other,
  limit_total,
  look_back,
}: NonNullable<IdentityHealth["rules"]>) {
  const most = list(limits.map(({ kind, max }) => `${count(max)} ${kindName(kind)}`));
  const rules: [string, string][] = [
    ["Strongest first", list(strongest.map(kindName))],
    ["Weakest last", list(weakest.map(kindName))],
    ["One customer has at most", `${most}; ${count(limit_other)} of any other kind, ${count(limit_total)} in all`],
    ["Before the first login", `what a browser did in the ${spanWords(look_back)} before counts`],
  ];
  return (
    <Section
      title="Rules"
      about="They stand in settings.toml in the data folder; “periplus lake restitch” applies changes to all."
    >
      <dl>
        {rules.map(([name, value]) => (
          <div key={name} className={ROW}>
            <dt className="text-muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
