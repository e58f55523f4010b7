import { Page } from "@/ui/Page";
import { EmptyState } from "@/ui/States";

export default function ExplorePage() {
	return (
		<Page title="Explore">
			<EmptyState title="Nothing to explore">There is no data yet.</EmptyState>
		</Page>
	);
}
