import { Toast as Base } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { useEffect } from "react";
import { Button, IconButton } from "./Button";

export const manager = Base.createToastManager();

/** Shows what `toast` tells. */
export default function Toaster({ onReady }: { onReady: () => void }) {
  useEffect(onReady, [onReady]);
  return (
    <Base.Provider toastManager={manager}>
      <Base.Portal>
        <Base.Viewport className="fixed right-4 bottom-4 z-50 flex w-[min(380px,calc(100vw-32px))] flex-col gap-2 max-md:bottom-18">
          <List />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function List() {
  const { toasts } = Base.useToastManager();
  return toasts.map((one) => (
    <Base.Root key={one.id} toast={one} swipeDirection="right" className="pop data-limited:hidden">
      <Base.Content className="flex items-center gap-3 py-2 pr-2 pl-4">
        <div className="min-w-0 flex-1">
          <Base.Title className="font-medium" />
          <Base.Description className="text-muted text-sm" />
        </div>
        {one.actionProps && <Base.Action render={<Button size="small" />} />}
        <Base.Close
          render={
            <IconButton name="Dismiss" size="small">
              <X size={14} />
            </IconButton>
          }
        />
      </Base.Content>
    </Base.Root>
  ));
}
