// What is drawn over each other in one chart: everybody, the other side of a comparison, groups.

import type { JsonObject } from "@/api/contract";
import type { Answer, View } from "@/api/model";
import { conditionSentence } from "@/words/condition";

export type Shape = View["shape"];
export type ViewOf<S extends Shape> = Extract<View, { shape: S }>;

export interface Layer<S extends Shape = Shape> {
  name: string;
  view: ViewOf<S>;
  /** A colour of the theme. */
  colour: string;
  /** The other side of a comparison is drawn quietly behind. */
  behind?: boolean;
  /** What the places of its marks have besides: nothing of everybody's, else the group or that it is the other side. */
  at: JsonObject;
}

/** Opens the people at a place. */
export type OnPeople = (place: JsonObject, title: string) => void;

/** The same for the marks of a layer. */
export function ofLayer(
  { at, name }: Pick<Layer, "at" | "name">,
  onPeople: OnPeople | undefined,
): OnPeople | undefined {
  if (!onPeople || Object.keys(at).length === 0) return onPeople;
  return (place, title) => onPeople({ ...place, ...at }, `${title}, ${name}`);
}

export const SERIES_COLOURS = [1, 2, 3, 4, 5, 6].map((n) => `var(--color-series-${n})`);
export const seriesColour = (index: number) => SERIES_COLOURS[index % SERIES_COLOURS.length] as string;
const BEHIND = "var(--color-muted)";

/** How many groups are drawn; the table below has them all. */
export const GROUPS_DRAWN_MAX = 6;

export const groupName = (name: string[]) => name.map((part) => part || "none").join(" · ");

/** The layers of an answer that have this shape: its groups if it is broken down, else everybody and the other side. */
export function layersOf<S extends Shape>(answer: Answer, shape: S, shownGroups: readonly string[]): Layer<S>[] {
  const all: Layer[] = [{ name: "all", view: answer.view, colour: seriesColour(0), at: {} }];
  if (answer.compared) {
    const { name, view } = answer.compared;
    all.push({ name: comparedName(name), view, colour: BEHIND, behind: true, at: { compared: true } });
  }
  const groups: Layer[] = (answer.groups ?? [])
    .map((group) => ({ name: groupName(group.name), view: group.view, at: { group: group.name } }))
    .filter(({ name }) => shownGroups.includes(name))
    .map((group, index) => ({ ...group, colour: seriesColour(index) }));
  const layers = groups.length > 0 ? groups : all;
  return layers.filter((layer) => layer.view.shape === shape) as unknown as Layer<S>[];
}

/** The name of the other side: a period in days, or who meets the segment's condition. */
export function comparedName(name: string[]): string {
  const text = groupName(name);
  if (text.startsWith("{")) return `those who ${conditionSentence(JSON.parse(text))}`;
  return text.replaceAll("T00:00:00Z", "").replace(" to ", " – ");
}
