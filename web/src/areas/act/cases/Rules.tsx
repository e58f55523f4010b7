import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useWorkspace } from "@/api/queries";
import { buttonClasses } from "@/ui/Button";
import { Section } from "@/ui/Page";
import { useWatches } from "../queries";
import { useScores } from "../useScores";
import { fallsIn, ruleWords } from "./words";

const openRule = (rule: string) => (now: object) => ({ ...now, rule }) as never;

export function NewRule() {
  return (
    <Link to="." search={openRule("new")} className={buttonClasses()}>
      <Plus size={14} aria-hidden /> New rule
    </Link>
  );
}

/** Which responses become cases. */
export function Rules() {
  const rules = useWatches().data?.case_rules ?? [];
  const mayChange = useWorkspace().data?.may_change !== false;
  const { scores } = useScores();
  if (rules.length === 0) return null;
  return (
    <Section title="Rules" about="Which responses become cases, once they arrive." actions={mayChange && <NewRule />}>
      <ul>
        {rules.map(({ id, rule }) => {
          const score = scores.find(({ name }) => name === rule.score);
          return (
            <li key={id} className="border-line border-b last:border-b-0">
              <Link
                to="."
                search={openRule(id)}
                className="-mx-2 block rounded-md px-2 py-2.5 transition-colors hover:bg-hover"
              >
                <span dir="auto" className="block break-words font-medium">
                  {rule.name}
                  {rule.is_off && <span className="font-normal text-muted"> · off</span>}
                </span>
                <span dir="auto" className="block break-words text-muted text-sm">
                  {ruleWords(rule, score && fallsIn(score))}
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
