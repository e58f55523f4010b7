import { Link, type LinkProps } from "@tanstack/react-router";
import { Check } from "lucide-react";
import { useMaps, useSaved, useWorkspace } from "@/api/queries";

interface Item {
  name: string;
  about: string;
  done: boolean;
  to: LinkProps["to"];
}

/** The first steps; it is gone once all are done. */
export function Checklist() {
  const workspace = useWorkspace();
  const maps = useMaps();
  const saved = useSaved();
  if (!workspace.data || !maps.data || !saved.data) return null;
  const items: Item[] = [
    { name: "Data", about: "Import a file, or connect a source", done: workspace.data.events > 0, to: "/data/import" },
    { name: "A map", about: "Draft the journey from what happens", done: maps.data.length > 0, to: "/maps" },
    {
      name: "A segment",
      about: "Name some of your customers",
      done: saved.data.segments.length > 0,
      to: "/customers/new-segment",
    },
    {
      name: "A saved answer",
      about: "Ask something worth coming back to",
      done: saved.data.answers.length > 0,
      to: "/explore",
    },
    {
      name: "A source",
      about: "Let new events arrive by themselves",
      done: workspace.data.sources > 0,
      to: "/data/connect",
    },
  ];
  const done = items.filter((item) => item.done).length;
  if (done === items.length || !workspace.data.may_change) return null;
  return (
    <section aria-label="First steps" className="mb-10">
      <h2 className="mb-3 text-muted text-sm">
        First steps, <span className="figures">{done}</span> of <span className="figures">{items.length}</span> done
      </h2>
      <ol className="grid grid-cols-1 gap-2 sm:grid-cols-2 lg:grid-cols-5">
        {items.map((item) => (
          <li key={item.name} className="min-w-0">
            {item.done ? (
              <span className="flex items-center gap-2 py-2 text-muted lg:flex-col lg:items-start">
                <span className="flex items-center gap-2">
                  <Check size={14} aria-hidden />
                  <span className="line-through decoration-line-strong">{item.name}</span>
                  <span className="sr-only">(done)</span>
                </span>
              </span>
            ) : (
              <Link
                to={item.to}
                className="block rounded-md border border-line px-3 py-2 transition-colors hover:bg-hover"
              >
                <span className="block font-medium">{item.name}</span>
                <span className="block text-muted text-sm">{item.about}</span>
              </Link>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
