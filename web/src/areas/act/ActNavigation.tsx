import { SubNavigation } from "@/ui/SubNavigation";
import { count } from "@/words/format";
import { useAlerts, useCases } from "./queries";

/** The screens of Act, with how much of it waits for somebody. */
export function ActNavigation() {
  const cases = useCases({}, 1).data?.figures;
  const alerts = useAlerts(100).data?.filter((alert) => alert.ended_at === null && alert.seen_by === null).length;
  const waiting = cases && cases.open + cases.in_hand;
  return (
    <SubNavigation
      label="Act"
      parts={[
        { to: "/act", name: "Pains", exact: true },
        { to: "/act/alerts", name: "Alerts", count: alerts ? count(alerts) : undefined },
        { to: "/act/watches", name: "Watches" },
        { to: "/act/cases", name: "Cases", count: waiting ? count(waiting) : undefined },
      ]}
    />
  );
}
