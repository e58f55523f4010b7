import { useMapFile, useMaps } from "@/api/queries";
import type { Score } from "@/areas/maps/declared";
import { useContextSearch } from "@/shell/context";

/** A map and its scores: the one that is wanted, that of the context, or the first that can be read. */
export function useScores(wanted?: string) {
  const { map: chosen } = useContextSearch();
  const maps = useMaps();
  const readable = (maps.data ?? []).filter(({ problem }) => !problem);
  const map = readable.find(({ id }) => id === (wanted ?? chosen)) ?? readable[0];
  const file = useMapFile(map?.id);
  return {
    maps: readable,
    map: map?.id,
    scores: (file.data?.declared.scores as Score[] | undefined) ?? [],
    pending: maps.isPending || (map !== undefined && file.isPending),
  };
}
