// The context that every area shares, as it stands in the address: of whom, when, compared with what, seen by which map.

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import type { DeclaredMap, JsonObject, Saved } from "@/api/contract";
import type { JsonValue } from "@/api/model";
import { useMapFile, useSaved, useWorkspace } from "@/api/queries";
import { daysOf, isPeriod, newestDay } from "@/words/period";

export interface Context {
  /** `segment:ID` of a saved segment or `persona:ID` of the map. */
  who?: string;
  /** A condition on customers that is not saved. */
  where?: Record<string, unknown>;
  /** A preset or two days; all time (of a map: its own period) when absent. */
  period?: string;
  /** `previous`, `year`, two days, `segment:ID` or `persona:ID`. */
  compare?: string;
  /** The id of the map by which stages, touchpoints and personas are meant. */
  map?: string;
  /** A version of that map; the current one when absent. */
  version?: string;
}

export const CONTEXT_KEYS = ["who", "where", "period", "compare", "map", "version"] as const;

const GROUP = /^(segment|persona):.+$/;

/** Reads the context out of an address; what makes no sense is left out, never an error. */
export function readContext(search: Record<string, unknown>): Context {
  const text = (key: string) => {
    const value = search[key];
    if (typeof value === "number") return String(value);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const valid = (value: string | undefined, holds: (value: string) => boolean) =>
    value !== undefined && holds(value) ? value : undefined;
  const where = search.where;
  const found: Context = {
    who: valid(text("who"), (who) => GROUP.test(who)),
    where: isObject(where) ? where : undefined,
    period: valid(text("period"), (period) => period !== "all" && isPeriod(period)),
    compare: valid(
      text("compare"),
      (with_) => ["previous", "year"].includes(with_) || GROUP.test(with_) || (with_.includes("..") && isPeriod(with_)),
    ),
    map: text("map"),
    version: text("version"),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The context of the address. */
export function useContextSearch(): Context {
  return useSearch({ strict: false, select: (search) => readContext(search as Record<string, unknown>) });
}

/** Changes parts of the context and leaves the rest of the address as it is. */
export function useSetContext() {
  const navigate = useNavigate();
  return (change: Partial<Context>, replace = false) =>
    navigate({ to: ".", search: (search) => ({ ...search, ...change }) as never, replace });
}

/** The day that presets count back from. */
export function useNewestDay(): string {
  return newestDay(useWorkspace().data?.watermark);
}

/** The condition of a group such as `segment:vip`; null when there is no such segment (yet). */
export function groupCondition(group: string, saved: Saved | undefined): JsonValue | null {
  const [kind, id] = [group.slice(0, group.indexOf(":")), group.slice(group.indexOf(":") + 1)];
  if (kind === "persona") return { member: id };
  return (saved?.segments.find((segment) => segment.id === id)?.condition as JsonValue | undefined) ?? null;
}

/** The map of the context, in its version of the context. */
export function useContextMap(): DeclaredMap | undefined {
  return useMapFileInContext(useContextSearch().map).data?.declared;
}

/** The file of a map; of the map of the context, in its version of the context. */
export function useMapFileInContext(id: string | undefined) {
  const { map, version } = useContextSearch();
  return useMapFile(id, id === map ? id && version : undefined);
}

/**
 * What a context means in a question: its fields `from`, `to`, `segment`, `compare` and `map`. Under the map's id the
 * server knows its current version; `declared` is the map as it was in the version of the context.
 */
export function contextQuestion(
  context: Context,
  newest: string,
  saved: Saved | undefined,
  declared?: DeclaredMap,
): JsonObject {
  const question: JsonObject = {};
  const days = daysOf(context.period, newest);
  if (days) Object.assign(question, days);
  const conditions = [
    context.who ? groupCondition(context.who, saved) : null,
    (context.where as JsonValue | undefined) ?? null,
  ].filter((condition) => condition !== null);
  const segment = conditions.length > 1 ? { and: conditions } : conditions[0];
  if (segment !== undefined) question.segment = segment;
  const compare = compareWith(context, saved);
  if (compare !== null) question.compare = compare;
  if (context.map) question.map = context.map;
  if (context.map && context.version && declared) question.declared = declared as JsonValue;
  return question;
}

function compareWith({ compare, period }: Context, saved: Saved | undefined): JsonValue | null {
  if (!compare) return null;
  if (GROUP.test(compare)) {
    const segment = groupCondition(compare, saved);
    return segment === null ? null : { segment };
  }
  const days = daysOf(compare.includes("..") ? compare : undefined, "");
  if (days) return { period: { from: days.from, to: days.to } };
  // All time has nothing before it.
  if (!period) return null;
  // 52 weeks, so that Mondays are compared with Mondays.
  return compare === "year" ? { earlier: "364d" } : "previous";
}

export interface ContextQuestion {
  question: JsonObject;
  /** Whether everything that the context names is known by now. */
  ready: boolean;
  /** What the address names and is not there (any more): an answer would be of something else. */
  missing: string | null;
}

/** The context's part of every question. */
export function useContextQuestion(): ContextQuestion {
  const context = useContextSearch();
  const newest = useNewestDay();
  const saved = useSaved();
  const workspace = useWorkspace();
  const old = context.map && context.version ? context.version : undefined;
  const file = useMapFile(old && context.map, old);
  const declared = file.data?.declared;
  const question = useMemo(
    () => contextQuestion(context, newest, saved.data, declared),
    [context, newest, saved.data, declared],
  );
  const named = [context.who, context.compare].filter((group) => group?.startsWith("segment:")) as string[];
  const gone = saved.data && named.find((group) => groupCondition(group, saved.data) === null);
  return {
    question,
    ready: !(named.length > 0 && !saved.data) && !(old && !declared) && !workspace.isPending,
    missing: gone
      ? `segment “${gone.slice("segment:".length)}”`
      : old && (file.isError || (file.data && !declared))
        ? `version “${old}” of this map that can be read`
        : null,
  };
}

/** Joins the context with a question's own fields; its own segment narrows the context's. */
export function inContext(context: JsonObject, own: JsonObject): JsonObject {
  const joined = { ...context, ...own };
  // The version of the context is one of its own map.
  if (own.map !== undefined && own.map !== context.map) delete joined.declared;
  if (context.segment !== undefined && own.segment !== undefined) {
    joined.segment = { and: [context.segment, own.segment] };
  }
  return joined;
}

/** The question for a map alone: its findings take longer, and are asked for once for all pages. */
export const withoutFindings = (question: JsonObject): JsonObject => ({ ...question, findings: false });
