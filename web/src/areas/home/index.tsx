import { Page } from "@/ui/Page";
import { EmptyState } from "@/ui/States";

export default function HomePage() {
	return (
		<Page title="Home">
			<EmptyState title="Ask in Explore, or open a map">
				Explore answers questions about your customers’ journeys; Maps shows the journey as a whole.
			</EmptyState>
		</Page>
	);
}
