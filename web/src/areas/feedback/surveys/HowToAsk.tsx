import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { OneSurvey } from "@/api/surveys";
import { useSources } from "@/areas/data/queries";
import { Code } from "@/ui/Copy";
import { Section } from "@/ui/Page";

/** The ways in which people come to a survey, as far as its file names them. */
export function HowToAsk({ one: { id, page, survey } }: { one: OneSurvey }) {
  const sources = useSources().data;
  const key = sources?.sources.flatMap(({ keys }) => keys).find(({ ended }) => ended === null)?.key;
  const address = sources?.address ?? window.location.origin;
  const ways = survey?.channels ?? [];
  return (
    <Section title="How people come to it" about="As “channels” in the file says.">
      {ways.length === 0 && <p className="text-muted">In no way yet: write channels = ["page"] into the file.</p>}
      <div className="flex flex-col gap-6">
        {page && (
          <Way title="A page" about="For a receipt or a QR code. Nobody knows who answers, or how many saw it.">
            <Code label="Address of the page" text={`${address}${page}`} />
          </Way>
        )}
        {ways.includes("widget") && (
          <Way title="In your own pages" about="Whom to ask, and after what, is decided by the file.">
            <Code
              label="Widget"
              text={`<script async src="${address}/s/widget.js" data-key="${key ?? "YOUR-KEY"}" data-survey="${id}"></script>`}
            />
            {sources && !key && (
              <p className="mt-2 text-muted text-sm">
                It needs the key of a source:{" "}
                <Link to="/data/connect" className="text-ink underline underline-offset-4">
                  make one
                </Link>
                .
              </p>
            )}
          </Way>
        )}
        {ways.includes("email") && (
          <Way
            title="By links"
            about="A row with links for everybody who is to be asked now, for your mailing tool. Whoever is in it counts as asked; with --dry-run nobody is."
          >
            <Code label="Command" text={`periplus survey links ${id} --address ${address} --out links.csv`} />
          </Way>
        )}
      </div>
    </Section>
  );
}

function Way({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  return (
    <div>
      <h3 className="font-medium">{title}</h3>
      <p className="mb-2 text-muted text-sm">{about}</p>
      {children}
    </div>
  );
}
