import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useEffect, useState } from "react";
import type { CustomerEntry } from "@/api/contract";
import { useCustomerSearch, useWorkspace } from "@/api/queries";
import { Page } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { ago, count, plural } from "@/words/format";
import { CustomersNavigation } from "./CustomersNavigation";
import { identifierParts, kindName } from "./words";

const DEBOUNCE_MS = 150;
const AT_MOST = 50;

/** Finds somebody; before anything is written, those who were active last. */
export default function CustomersPage() {
  const { search = "" } = useSearch({ from: "/customers" });
  const navigate = useNavigate({ from: "/customers" });
  const workspace = useWorkspace();
  const [written, setWritten] = useState(search);
  useEffect(() => {
    if (written.trim() === search) return;
    const timer = setTimeout(
      () => navigate({ search: (now) => ({ ...now, search: written.trim() || undefined }), replace: true }),
      DEBOUNCE_MS,
    );
    return () => clearTimeout(timer);
  }, [written, search, navigate]);
  const found = useCustomerSearch(search, AT_MOST);
  // Enter opens the first of those who are found by what is written now: it may have to wait for them.
  const [opening, setOpening] = useState(false);
  useEffect(() => {
    if (!opening || written.trim() !== search || found.isPlaceholderData || !found.data) return;
    setOpening(false);
    const [first] = found.data;
    if (first) navigate({ to: "/customers/$id", params: { id: first.id } });
  }, [opening, written, search, found.isPlaceholderData, found.data, navigate]);
  return (
    <Page
      title="Customers"
      about={
        workspace.data?.customers != null &&
        `${plural(workspace.data.customers, "customer")}, as stitched from their identifiers.`
      }
    >
      <CustomersNavigation />
      <form
        role="search"
        className="mb-4 flex items-center gap-3 border-line border-b pb-2 focus-within:border-line-strong"
        onSubmit={(event) => {
          event.preventDefault();
          setOpening(written.trim() !== "");
        }}
      >
        <Search size={16} aria-hidden className="text-muted" />
        <input
          type="search"
          aria-label="Search customers"
          placeholder="An e-mail address, a number, any identifier"
          value={written}
          onChange={(event) => {
            setWritten(event.target.value);
            setOpening(false);
          }}
          className="h-9 w-full bg-transparent text-md outline-none placeholder:text-muted"
        />
      </form>
      {found.isError && <ProblemNote error={found.error} again={() => found.refetch()} />}
      {found.isPending && <Skeleton className="h-11" lines={8} />}
      {found.data && found.data.length > 0 && (
        <>
          <h2 className="mb-1 text-muted text-sm">{search ? "Found" : "Active last"}</h2>
          <ul className={found.isPlaceholderData ? "opacity-60" : ""}>
            {found.data.map((one) => (
              <li key={one.id} className="border-line border-b last:border-b-0">
                <CustomerRow customer={one} />
              </li>
            ))}
          </ul>
          {found.data.length === AT_MOST && search && (
            <p className="mt-3 text-muted text-sm">The first {count(AT_MOST)}; write more of it to see others.</p>
          )}
        </>
      )}
      {found.data?.length === 0 &&
        (search ? (
          <EmptyState title="Nobody is known by this">
            No identifier contains this. Names and other traits are found with a segment.
          </EmptyState>
        ) : (
          <EmptyState
            title="There are no customers yet"
            action={
              <Link to="/" className="underline underline-offset-4">
                Bring data in
              </Link>
            }
          >
            They follow from the identifiers in the data: whoever logs in, buys or writes.
          </EmptyState>
        ))}
    </Page>
  );
}

function CustomerRow({ customer }: { customer: CustomerEntry }) {
  const { kind, value } = identifierParts(customer.name);
  const others = customer.identifiers.filter((one) => one !== customer.name);
  return (
    <Link
      to="/customers/$id"
      params={{ id: customer.id }}
      className="-mx-2 grid grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-4 rounded-md px-2 py-2.5 transition-colors hover:bg-hover md:grid-cols-[minmax(0,2fr)_minmax(0,3fr)_96px_112px]"
    >
      <span className="min-w-0">
        <span dir="auto" className="block truncate font-medium">
          {value || customer.name}
        </span>
        <span className="block text-muted text-sm">{kindName(kind)}</span>
      </span>
      <span dir="auto" className="truncate text-muted text-sm max-md:hidden">
        {others.map((one) => identifierParts(one).value || one).join(", ")}
      </span>
      <span className="figures text-right text-sm max-md:hidden">
        {customer.events != null && plural(customer.events, "event")}
      </span>
      <span className="figures text-right text-muted text-sm">{customer.last && ago(customer.last)}</span>
    </Link>
  );
}
