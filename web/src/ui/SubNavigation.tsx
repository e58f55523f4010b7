import { Link } from "@tanstack/react-router";

interface SubNavigationProps {
  label: string;
  parts: readonly { to: string; name: string; count?: string; exact?: boolean }[];
}

/** The screens of an area, each with an address of its own. */
export function SubNavigation({ label, parts }: SubNavigationProps) {
  return (
    <nav aria-label={label} className="mb-6">
      <ul className="no-scrollbar flex gap-5 overflow-x-auto border-line border-b">
        {parts.map((part) => (
          <li key={part.to}>
            <Link
              to={part.to}
              activeOptions={{ exact: part.exact, includeSearch: false }}
              className="-mb-px flex h-9 items-center whitespace-nowrap border-transparent border-b-2 text-muted transition-colors hover:text-ink data-[status=active]:border-ink data-[status=active]:font-medium data-[status=active]:text-ink"
            >
              {part.name}
              {part.count !== undefined && (
                <span className="figures ml-1.5 font-normal text-muted text-sm">{part.count}</span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
