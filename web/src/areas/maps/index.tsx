import { Page } from "@/ui/Page";
import { EmptyState } from "@/ui/States";

export default function MapsPage() {
	return (
		<Page title="Maps">
			<EmptyState title="No map to show">
				A journey map is a file that says what the stages and touchpoints are. Periplus measures it.
			</EmptyState>
		</Page>
	);
}
