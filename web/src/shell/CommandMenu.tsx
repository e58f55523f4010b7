import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useAnalyses, useCustomerSearch, useMaps, useSaved } from "@/api/queries";
import { Keys } from "@/ui/Keys";
import { AREAS } from "./areas";
import { setTheme, THEMES } from "./theme";

interface Command {
  id: string;
  name: string;
  about?: string;
  keys?: string;
  /** Further words by which it is found. */
  words?: string;
  run: () => void;
}

/** Everything by its name: areas, maps, what is saved, analyses, customers, and what one can do. */
export default function CommandMenu({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const navigate = useNavigate();
  const [search, setSearch] = useState("");
  const text = useDeferredValue(search.trim());
  const maps = useMaps();
  const saved = useSaved();
  const analyses = useAnalyses();
  const customers = useCustomerSearch(text, 6, text.length >= 2);

  const go = (to: string, params?: object, more?: object) => () =>
    navigate({ to, params, ...(more ? { search: (now: object) => ({ ...now, ...more }) } : {}) } as never);
  const groups: { value: string; items: Command[] }[] = [
    {
      value: "Go to",
      items: AREAS.map((area) => ({
        id: area.path,
        name: area.name,
        about: area.about,
        keys: `G ${area.key}`,
        run: go(area.path),
      })),
    },
    {
      value: "Maps",
      items: (maps.data ?? []).map((map) => ({
        id: `map ${map.id}`,
        name: map.title,
        words: map.id,
        run: go("/maps/$id", { id: map.id }),
      })),
    },
    {
      value: "Saved",
      items: [
        ...(saved.data?.answers ?? []).map((one) => ({
          id: `answer ${one.id}`,
          name: one.name,
          about: one.analysis,
          run: go("/explore/$analysis", { analysis: one.analysis }, { q: one.question, saved: one.id }),
        })),
        ...(saved.data?.dashboards ?? []).map((one) => ({
          id: `dashboard ${one.id}`,
          name: one.name,
          about: "dashboard",
          run: go("/explore/dashboards/$id", { id: one.id }),
        })),
        ...(saved.data?.segments ?? []).map((one) => ({
          id: `segment ${one.id}`,
          name: one.name,
          about: "segment: show only these customers",
          run: go(".", undefined, { who: `segment:${one.id}` }),
        })),
      ],
    },
    {
      value: "Ask",
      items: [
        ...(analyses.data ?? [])
          .filter(({ name }) => name !== "map")
          .map((one) => ({
            id: `analysis ${one.name}`,
            name: one.name.replaceAll("_", " "),
            about: one.about,
            run: go("/explore/$analysis", { analysis: one.name }),
          })),
        {
          id: "sql",
          name: "SQL",
          about: "Whatever no analysis asks",
          words: "query statement select",
          run: go("/explore/sql"),
        },
      ],
    },
    {
      value: "Do",
      items: [
        ...THEMES.map((theme) => ({
          id: `theme ${theme}`,
          name: `Theme: ${theme}`,
          words: "look dark light",
          run: () => setTheme(theme),
        })),
        { id: "keys", name: "Keyboard shortcuts", keys: "?", run: onShortcuts },
      ],
    },
    {
      value: "Customers",
      items: (text.length >= 2 ? (customers.data ?? []) : []).map((one) => ({
        id: `customer ${one.id}`,
        name: one.name,
        about: one.identifiers.slice(0, 2).join(", "),
        words: text,
        run: go("/customers/$id", { id: one.id }),
      })),
    },
  ].filter((group) => group.items.length > 0);

  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-scrim" />
        <Dialog.Popup
          aria-label="Find"
          className="pop fixed top-[12vh] left-1/2 z-40 flex max-h-[70vh] w-[calc(100vw-24px)] max-w-xl -translate-x-1/2 flex-col overflow-hidden"
        >
          <Autocomplete.Root
            open
            inline
            items={groups}
            value={search}
            onValueChange={setSearch}
            autoHighlight="always"
            keepHighlight
            itemToStringValue={(command: Command) =>
              [command.name, command.about, command.words].filter(Boolean).join(" ")
            }
          >
            <div className="flex items-center gap-3 border-line border-b px-4">
              <Search size={16} className="text-muted" aria-hidden />
              <Autocomplete.Input
                aria-label="Find"
                placeholder="An area, a map, an analysis, a customer …"
                className="h-12 w-full bg-transparent text-md outline-none placeholder:text-muted"
              />
            </div>
            <Autocomplete.Empty className="empty:hidden">
              <p className="px-4 py-6 text-muted">Nothing is called so.</p>
            </Autocomplete.Empty>
            <Autocomplete.List className="min-h-0 flex-1 overflow-y-auto p-2 empty:p-0">
              {(group: (typeof groups)[number]) => (
                <Autocomplete.Group key={group.value} items={group.items} className="pb-2">
                  <Autocomplete.GroupLabel className="px-2 py-1 text-muted text-xs">
                    {group.value}
                  </Autocomplete.GroupLabel>
                  <Autocomplete.Collection>
                    {(command: Command) => (
                      <Autocomplete.Item
                        key={command.id}
                        value={command}
                        onClick={() => {
                          onClose();
                          command.run();
                        }}
                        className="flex min-h-9 cursor-default select-none items-center gap-3 rounded-md px-2 outline-none data-highlighted:bg-hover"
                      >
                        <span dir="auto" className="max-w-[60%] shrink-0 truncate first-letter:uppercase">
                          {command.name}
                        </span>
                        <span dir="auto" className="min-w-0 flex-1 truncate text-muted text-sm">
                          {command.about}
                        </span>
                        {command.keys && <Keys keys={command.keys} />}
                      </Autocomplete.Item>
                    )}
                  </Autocomplete.Collection>
                </Autocomplete.Group>
              )}
            </Autocomplete.List>
          </Autocomplete.Root>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
