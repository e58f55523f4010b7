import "./styles.css";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { retry } from "./api/queries";
import { makeRouter } from "./router";
import { applyTheme } from "./shell/theme";
import { Toasts } from "./ui/Toast";

applyTheme();

const client = new QueryClient({
  defaultOptions: {
    // The server tells when something changed (api/live.ts), so coming back to the window need not ask.
    queries: { retry, staleTime: 60_000, refetchOnWindowFocus: false },
  },
});
const router = makeRouter(client);

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
