import { useSaved } from "@/api/queries";
import { SubNavigation } from "@/ui/SubNavigation";
import { count } from "@/words/format";

export function CustomersNavigation() {
  const segments = useSaved().data?.segments.length;
  return (
    <SubNavigation
      label="Customers"
      parts={[
        { to: "/customers", name: "People", exact: true },
        { to: "/customers/segments", name: "Segments", count: segments ? count(segments) : undefined },
      ]}
    />
  );
}
