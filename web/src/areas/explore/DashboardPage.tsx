import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { ArrowLeft, ArrowRight, Maximize2, Minimize2, Plus, Trash2, X } from "lucide-react";
import type { Dashboard, SavedAnswer } from "@/api/contract";
import { useAnalyses, useRemoveSaved, useSave, useSaved, useWorkspace } from "@/api/queries";
import { Button, IconButton } from "@/ui/Button";
import { Menu, MenuItem } from "@/ui/Menu";
import { Page } from "@/ui/Page";
import { EmptyState, ProblemNote, Skeleton } from "@/ui/States";
import { toast, toastProblem } from "@/ui/Toast";
import { Given } from "./AskPage";
import { titleOf } from "./analyses";

/** Saved answers beside each other. */
export default function DashboardPage() {
  const { id } = useParams({ from: "/explore/dashboards/$id" });
  const navigate = useNavigate();
  const saved = useSaved();
  const workspace = useWorkspace();
  const save = useSave("dashboards");
  const remove = useRemoveSaved("dashboards");
  const dashboard = saved.data?.dashboards.find((one) => one.id === id);
  const answers = saved.data?.answers ?? [];
  const mayChange = workspace.data?.may_change !== false;
  if (saved.isError) {
    return (
      <Page title="Dashboard">
        <ProblemNote error={saved.error} again={() => saved.refetch()} />
      </Page>
    );
  }
  if (!dashboard) {
    return (
      <Page title="Dashboard">
        {saved.isPending ? (
          <Skeleton className="h-40" />
        ) : (
          <EmptyState title="There is no such dashboard">It may have been removed.</EmptyState>
        )}
      </Page>
    );
  }
  const change = (tiles: Dashboard["tiles"], said?: string) =>
    save.mutate(
      { ...dashboard, tiles },
      { onSuccess: () => said && toast(said, () => save.mutate(dashboard)), onError: toastProblem },
    );
  const others = answers.filter((answer) => !dashboard.tiles.some((tile) => tile.answer === answer.id));
  return (
    <Page
      title={dashboard.name}
      actions={
        mayChange && (
          <>
            <Menu
              align="end"
              trigger={
                <Button>
                  <Plus size={14} aria-hidden /> Answer
                </Button>
              }
            >
              {others.map((answer) => (
                <MenuItem
                  key={answer.id}
                  onSelect={() => change([...dashboard.tiles, { answer: answer.id, wide: false }])}
                >
                  <span dir="auto">{answer.name}</span>
                </MenuItem>
              ))}
              {others.length === 0 && (
                <p className="max-w-60 px-2 py-2 text-muted text-sm">
                  All saved answers are here. Ask something in Explore and save it.
                </p>
              )}
            </Menu>
            <IconButton
              name="Remove this dashboard"
              onClick={() =>
                remove.mutate(dashboard.id, {
                  onSuccess: () => {
                    toast(`“${dashboard.name}” is removed`, () => save.mutate(dashboard));
                    navigate({ to: "/explore" });
                  },
                  onError: toastProblem,
                })
              }
            >
              <Trash2 size={16} />
            </IconButton>
          </>
        )
      }
    >
      {dashboard.tiles.length === 0 && (
        <EmptyState title="Nothing on this dashboard yet">
          {answers.length > 0
            ? "Add saved answers with the button above."
            : "Ask something in Explore, save it, and put it here."}
        </EmptyState>
      )}
      <ul className="grid gap-x-10 gap-y-12 lg:grid-cols-2">
        {dashboard.tiles.map((tile, index) => (
          <Tile
            key={tile.answer}
            answer={answers.find((one) => one.id === tile.answer)}
            wide={tile.wide}
            mayChange={mayChange}
            onWide={() => change(dashboard.tiles.with(index, { ...tile, wide: !tile.wide }))}
            onMove={(by) => {
              const rest = dashboard.tiles.toSpliced(index, 1);
              change(rest.toSpliced(Math.max(0, index + by), 0, tile));
            }}
            onRemove={() => change(dashboard.tiles.toSpliced(index, 1), "Taken off the dashboard")}
          />
        ))}
      </ul>
    </Page>
  );
}

interface TileProps {
  answer: SavedAnswer | undefined;
  wide: boolean;
  mayChange: boolean;
  onWide: () => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}

function Tile({ answer, wide, mayChange, onWide, onMove, onRemove }: TileProps) {
  const analyses = useAnalyses();
  return (
    <li className={`group min-w-0 ${wide ? "lg:col-span-2" : ""}`}>
      <header className="mb-3 flex h-8 items-center gap-1 border-line border-b">
        <h2 className="min-w-0 flex-1 truncate font-semibold" dir="auto">
          {answer ? (
            <Link
              to="/explore/$analysis"
              params={{ analysis: answer.analysis }}
              search={(now) => ({ ...now, q: answer.question, saved: answer.id })}
              className="hover:underline hover:underline-offset-4"
            >
              {answer.name}
            </Link>
          ) : (
            "Removed answer"
          )}
          {answer && <span className="ml-2 font-normal text-muted text-sm">{titleOf(answer.analysis)}</span>}
        </h2>
        {mayChange && (
          <span className="flex opacity-0 transition-opacity focus-within:opacity-100 group-hover:opacity-100 max-md:opacity-100">
            <IconButton size="small" name="Move before" onClick={() => onMove(-1)}>
              <ArrowLeft size={14} />
            </IconButton>
            <IconButton size="small" name="Move after" onClick={() => onMove(1)}>
              <ArrowRight size={14} />
            </IconButton>
            <IconButton size="small" name={wide ? "Half the width" : "Full width"} onClick={onWide}>
              {wide ? <Minimize2 size={14} /> : <Maximize2 size={14} />}
            </IconButton>
            <IconButton size="small" name="Take off the dashboard" onClick={onRemove}>
              <X size={14} />
            </IconButton>
          </span>
        )}
      </header>
      {answer ? (
        <Given
          analysis={answer.analysis}
          own={answer.map ? { ...answer.question, map: answer.map } : answer.question}
          needsMap={analyses.data?.find((one) => one.name === answer.analysis)?.needs_map ?? false}
          compact
        />
      ) : (
        <p className="text-muted">This answer was removed. Take it off, or save it again under its name.</p>
      )}
    </li>
  );
}
