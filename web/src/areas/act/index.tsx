import { Page } from "@/ui/Page";
import { EmptyState } from "@/ui/States";

export default function ActPage() {
	return (
		<Page title="Act">
			<EmptyState title="No findings to act on">Findings come from measured maps.</EmptyState>
		</Page>
	);
}
