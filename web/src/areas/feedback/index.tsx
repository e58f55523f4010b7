import { Page } from "@/ui/Page";
import { EmptyState } from "@/ui/States";

export default function FeedbackPage() {
	return (
		<Page title="Feedback">
			<EmptyState title="No feedback to show">
				Answers to surveys, reviews and tickets come with the data that you import.
			</EmptyState>
		</Page>
	);
}
