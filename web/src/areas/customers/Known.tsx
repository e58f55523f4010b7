// What is known about somebody beside the journey: traits, household, responses.

import { Link } from "@tanstack/react-router";
import type { Customer, CustomerTrait, JsonObject } from "@/api/contract";
import { usePeople } from "@/api/queries";
import { date, plural } from "@/words/format";
import type { Response } from "./words";
import { identifierParts, kindName, valueText } from "./words";

export function Traits({ traits, name }: { traits: readonly CustomerTrait[]; name: string }) {
  return (
    <dl>
      {traits.map((trait) => (
        <div
          key={trait.name}
          className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-x-3 border-line border-b py-2 last:border-b-0"
        >
          <dt dir="auto" className="truncate text-muted" title={trait.name}>
            {trait.name}
          </dt>
          <dd className="min-w-0">
            <span dir="auto" className="line-clamp-4 break-words">
              {valueText(trait.value)}
            </span>
            <span dir="auto" className="block break-words text-muted text-sm">
              {provenance(trait, name)}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Where a trait is from: its source, since when, and by which identifier unless it is the customer's name. */
function provenance({ source, time, distinct_id: id }: CustomerTrait, name: string): string {
  const by = id && id !== name ? `told of the ${kindName(identifierParts(id).kind)}` : null;
  return [source && `from ${source}`, time ? `since ${date(time)}` : "since always", by].filter(Boolean).join(", ");
}

/** Those who share the trait `household`. */
export function Household({ customer }: { customer: Customer }) {
  const trait = customer.traits.find(({ name }) => name === "household");
  const question: JsonObject = { segments: { household: { trait: "household", is: trait?.value ?? null } } };
  const people = usePeople("segments", question, trait ? { in: ["household"] } : null, 20);
  if (!trait) return null;
  const others = people.data?.people.filter((one) => one.key !== customer.key && one.customer !== customer.name) ?? [];
  return (
    <>
      <p dir="auto" className="break-words text-muted text-sm">
        {valueText(trait.value)}
        {people.data && `, ${plural(people.data.total, "customer")} with events`}
      </p>
      <ul>
        {others.map((one) => (
          <li key={one.key} className="border-line border-b last:border-b-0">
            <Link
              to="/customers/$id"
              params={{ id: one.customer ?? "" }}
              className="-mx-2 block rounded-md px-2 py-2 transition-colors hover:bg-hover"
            >
              <span dir="auto" className="block truncate">
                {one.customer}
              </span>
              <span className="figures text-muted text-sm">
                {plural(one.events, "event")}, last {date(one.last)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

/** What they answered when they were asked, newest first. */
export function Responses({ responses }: { responses: readonly Response[] }) {
  return (
    <ul>
      {[...responses].reverse().map(({ event, name, score, best, feeling, comment }, index) => (
        <li key={`${event.time} ${index}`} className="border-line border-b py-2 last:border-b-0">
          <p className="flex items-baseline gap-2">
            <span className={feeling < 0 ? "text-pain" : feeling > 0 ? "text-delight" : "text-muted"}>
              <span aria-hidden>{feeling < 0 ? "▼" : feeling > 0 ? "▲" : "–"}</span>
              <span className="sr-only">{feeling < 0 ? "low" : feeling > 0 ? "high" : "middling"}</span>
            </span>
            <span dir="auto" className="min-w-0 flex-1 truncate">
              {name}
            </span>
            <span className="figures font-medium">
              {score}
              <span className="font-normal text-muted"> of {best}</span>
            </span>
          </p>
          {comment && (
            <blockquote dir="auto" className="mt-1 line-clamp-6 break-words border-line-strong border-l-2 pl-3">
              {comment}
            </blockquote>
          )}
          <p className="figures mt-0.5 text-muted text-sm">{date(event.time)}</p>
        </li>
      ))}
    </ul>
  );
}
