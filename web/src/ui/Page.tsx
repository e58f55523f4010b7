import type { ReactNode } from "react";
import { useEffect } from "react";
import { classes } from "./classes";

interface PageProps {
  title: string;
  /** What stands in the window's title, when it is not the heading. */
  windowTitle?: string;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** For maps and canvases that take all the room there is. */
  full?: boolean;
}

/** A page of an area: its one heading, what one can do, and what it shows. */
export function Page({ title, windowTitle, about, actions, children, full }: PageProps) {
  useEffect(() => {
    document.title = `${windowTitle ?? title} · Periplus`;
  }, [title, windowTitle]);
  return (
    <div className={classes("px-4 pt-6 pb-24 md:px-8 md:pb-16", full ? "" : "max-w-[1280px]")}>
      <header className="mb-6 flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-60">
          <h1 tabIndex={-1} dir="auto" className="text-balance font-semibold text-lg tracking-[-0.01em]">
            {title}
          </h1>
          {about && <p className="mt-1 max-w-[68ch] text-muted">{about}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a page under a heading of its own. */
export function Section({ title, about, actions, children }: Omit<PageProps, "full" | "windowTitle">) {
  return (
    <section className="mt-10 first:mt-0">
      <header className="mb-3 flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h2 className="font-semibold">{title}</h2>
        {about && <p className="text-muted text-sm">{about}</p>}
        {actions && <div className="ml-auto flex items-center gap-2">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
