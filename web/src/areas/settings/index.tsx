import { Page } from "@/ui/Page";
import { EmptyState } from "@/ui/States";

export default function SettingsPage() {
	return (
		<Page title="Settings">
			<EmptyState title="Nothing to set">Press ⌘K to change the theme.</EmptyState>
		</Page>
	);
}
