import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Ellipsis, History } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Customer } from "@/api/contract";
import { useMaps, useWorkspace } from "@/api/queries";
import { useContextSearch, useMapFileInContext } from "@/shell/context";
import { Button, buttonClasses, IconButton } from "@/ui/Button";
import { Chip } from "@/ui/Chip";
import { Code } from "@/ui/Copy";
import { Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { Page } from "@/ui/Page";
import { Popover } from "@/ui/Popover";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { plural, time } from "@/words/format";
import { rangeName } from "@/words/period";
import { EraseDialog } from "./Erase";
import { Identity, Ledger } from "./Identity";
import { Household, Responses, Traits } from "./Known";
import { useCustomer } from "./queries";
import { Timeline } from "./Timeline";
import { identifierParts, responsesOf, type Score } from "./words";

/** Somebody: the journey, and why it is one person's. */
export default function CustomerPage() {
  const { id } = useParams({ from: "/customers/$id" });
  const { as_of: asOf } = useSearch({ from: "/customers/$id" });
  const found = useCustomer(id, asOf);
  const [first, ...more] = found.data ?? [];
  const only = more.length === 0 ? first : undefined;
  const { kind, value } = identifierParts(only?.name ?? id);
  // One page around whatever is known by now, so that its heading, which has the focus, stays.
  return (
    <Page
      title={value}
      about={
        only ? (
          <Facts customer={only} kind={kind} />
        ) : (
          more.length > 0 && `${plural(more.length + 1, "customer")} are known by this.`
        )
      }
      actions={only && <Actions customer={only} asOf={asOf} />}
    >
      {found.isPending && <Skeleton className="h-16" lines={5} />}
      {found.isError && <ProblemNote error={found.error} again={() => found.refetch()} />}
      {found.data && !first && <Nobody id={id} asOf={asOf} />}
      {found.data && more.length > 0 && <Several customers={found.data} />}
      {only && <Known key={only.key} customer={only} asOf={asOf} />}
    </Page>
  );
}

function Nobody({ id, asOf }: { id: string; asOf?: string }) {
  return (
    <EmptyState
      title={asOf ? "Nobody was known by this then" : "Nobody is known by this"}
      action={
        <Link to="/customers" className={buttonClasses("solid")}>
          Search customers
        </Link>
      }
    >
      <span dir="auto" className="break-all">
        {id}
      </span>{" "}
      was never seen, or was erased.
    </EmptyState>
  );
}

/** A value without its kind can be several people's. */
function Several({ customers }: { customers: readonly Customer[] }) {
  return (
    <ul>
      {customers.map((one) => (
        <li key={one.key} className="border-line border-b last:border-b-0">
          <Link
            to="/customers/$id"
            params={{ id: one.name }}
            className="-mx-2 block rounded-md px-2 py-2.5 transition-colors hover:bg-hover"
          >
            <span dir="auto" className="block truncate font-medium">
              {one.name}
            </span>
            <span className="figures text-muted text-sm">
              {plural(one.events.length, "event")}, {plural(one.identifiers.length, "identifier")}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function useMayChange(asOf: string | undefined): boolean {
  return useWorkspace().data?.may_change === true && !asOf;
}

interface KnownProps {
  customer: Customer;
  asOf?: string;
}

function Known({ customer, asOf }: KnownProps) {
  const responses = useResponses(customer);
  const mayChange = useMayChange(asOf);
  return (
    <div className="grid grid-cols-1 gap-x-12 gap-y-10 lg:grid-cols-[minmax(0,1fr)_320px]">
      <Timeline events={customer.events} />
      <div className="flex flex-col gap-8">
        {responses.length > 0 && (
          <Part title="Responses">
            <Responses responses={responses} />
          </Part>
        )}
        {customer.traits.length > 0 && (
          <Part title="Traits">
            <Traits traits={customer.traits} name={customer.name} />
          </Part>
        )}
        <Part title="Identifiers, and why they are one person">
          <Identity customer={customer} mayChange={mayChange} />
        </Part>
        {customer.traits.some(({ name }) => name === "household") && (
          <Part title="Household">
            <Household customer={customer} />
          </Part>
        )}
        {customer.ledger.length > 0 && (
          <Part title="Ledger">
            <Ledger entries={customer.ledger} />
          </Part>
        )}
      </div>
    </div>
  );
}

function Actions({ customer, asOf }: KnownProps) {
  const [dialog, setDialog] = useState<"erase" | "export" | null>(null);
  const mayChange = useMayChange(asOf);
  return (
    <>
      <AsOf asOf={asOf} />
      <Menu
        align="end"
        trigger={
          <IconButton name="More" look="outline">
            <Ellipsis size={16} />
          </IconButton>
        }
      >
        <MenuItem
          href={`/api/customers/${encodeURIComponent(customer.name)}`}
          download={`${customer.name.replace(/[^A-Za-z0-9]+/g, "-")}.json`}
        >
          Download as JSON
        </MenuItem>
        <MenuItem onSelect={() => setDialog("export")}>Export everything …</MenuItem>
        {mayChange && (
          <>
            <MenuSeparator />
            <MenuItem onSelect={() => setDialog("erase")}>Erase …</MenuItem>
          </>
        )}
      </Menu>
      {dialog === "erase" && <EraseDialog customer={customer} onClose={() => setDialog(null)} />}
      <Dialog
        open={dialog === "export"}
        onClose={() => setDialog(null)}
        title="Everything about this customer"
        about="One JSON object a line: identifiers and why, the ledger, every trait there ever was, every event, and messages that were refused. “periplus import” reads it back."
      >
        <Code label="Command" text={`periplus export customer ${quoted(customer.name)} customer.jsonl`} />
      </Dialog>
    </>
  );
}

/** A word for the shell, whatever is in it. */
const quoted = (text: string) => (/^[\w:@.+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function Facts({ customer, kind }: { customer: Customer; kind: string }) {
  const [first, last] = [customer.events[0]?.time, customer.events.at(-1)?.time];
  return (
    <span className="figures">
      {[
        kind.replaceAll("_", " "),
        plural(customer.events.length, "event"),
        first && last && rangeName(first.slice(0, 10), last.slice(0, 10)),
      ]
        .filter(Boolean)
        .join(" · ")}
    </span>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h2 className="mb-1 font-semibold">{title}</h2>
      {children}
    </section>
  );
}

/** The scores that the map of the context declares, or else every map. */
function useResponses(customer: Customer) {
  const { map } = useContextSearch();
  const maps = useMaps();
  const file = useMapFileInContext(map ?? maps.data?.[0]?.id);
  return responsesOf(customer.events, (file.data?.declared.scores as Score[] | undefined) ?? []);
}

/** The journey as it was known at an earlier time. */
function AsOf({ asOf }: { asOf?: string }) {
  const navigate = useNavigate({ from: "/customers/$id" });
  const [open, setOpen] = useState(false);
  const [day, setDay] = useState(asOf?.slice(0, 10) ?? "");
  const go = (as_of: string | undefined) => {
    navigate({ search: (now) => ({ ...now, as_of }) });
    setOpen(false);
  };
  return (
    <>
      {asOf && (
        <Chip tone="ink" onRemove={() => go(undefined)} removeName="Back to now">
          as known on {time(asOf)}
        </Chip>
      )}
      <Popover
        title="As it was known"
        open={open}
        onOpenChange={setOpen}
        align="end"
        className="w-72"
        trigger={
          <Button>
            <History size={14} aria-hidden /> As of
          </Button>
        }
      >
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (day) go(`${day}T23:59:59Z`);
          }}
        >
          <Field
            label="As it was known at the end of"
            about="The events and traits that were in the data then. Who is who is told as it is known now."
          >
            <Input
              type="date"
              value={day}
              max={new Date().toISOString().slice(0, 10)}
              onChange={(event) => setDay(event.target.value)}
              required
            />
          </Field>
          <div className="flex justify-end gap-2">
            {asOf && (
              <Button look="quiet" onClick={() => go(undefined)}>
                Now
              </Button>
            )}
            <Button look="solid" type="submit">
              Show
            </Button>
          </div>
        </form>
      </Popover>
    </>
  );
}
