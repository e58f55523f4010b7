import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { fetchJson } from "@/api/client";
import type { Customer, CustomerChange } from "@/api/contract";
import { useSnapshot } from "@/api/queries";

/** Everybody with an identifier; a value without a kind may be several people's. */
export function useCustomer(id: string, asOf: string | undefined) {
  const snapshot = useSnapshot();
  return useQuery({
    queryKey: ["customers", "one", id, asOf ?? "now", asOf ? 0 : snapshot],
    queryFn: async ({ signal }) => {
      const when = asOf ? `?${new URLSearchParams({ as_of: asOf })}` : "";
      const path = `/api/customers/${encodeURIComponent(id)}${when}`;
      return (await fetchJson<{ customers: Customer[] }>(path, { signal })).customers;
    },
  });
}

export function useChangeCustomer() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: CustomerChange) => fetchJson<Record<string, unknown>>("/api/customers", { body: change }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["customers"] }),
  });
}
