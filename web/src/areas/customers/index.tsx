import { Page } from "@/ui/Page";
import { EmptyState } from "@/ui/States";

export default function CustomersPage() {
	return (
		<Page title="Customers">
			<EmptyState title="Find somebody">Press ⌘K and write a name or an identifier.</EmptyState>
		</Page>
	);
}
