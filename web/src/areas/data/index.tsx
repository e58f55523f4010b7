import { Page } from "@/ui/Page";
import { EmptyState } from "@/ui/States";

export default function DataPage() {
	return (
		<Page title="Data">
			<EmptyState title="No data to show">Import files on the command line: periplus import FILE.</EmptyState>
		</Page>
	);
}
