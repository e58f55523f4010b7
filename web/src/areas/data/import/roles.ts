import type { MappingForm } from "./mappingForm";

/** What becomes of each column, by what the form says. */
export function rolesOf(form: MappingForm, columns: readonly string[]): Map<string, string[]> {
  const roles = new Map<string, string[]>(columns.map((column) => [column, []]));
  const add = (column: string, role: string) => roles.get(column)?.push(role);
  for (const { column, kind } of form.ids) add(column, kind ? `who: ${kind.replaceAll("_", " ")}` : "who");
  if (form.happens) {
    add(form.time, "when");
    if (form.nameFrom === "column") add(form.name, "what");
    if (form.channelFrom === "column") add(form.channel, "channel");
    add(form.amount, "amount");
    if (form.amount !== "" && form.currencyFrom === "column") add(form.currency, "currency");
  }
  if (form.known) add(form.household, "household");
  for (const [column, own] of roles) {
    // What is used otherwise is no property besides, unless it is named.
    const takes = (pick: MappingForm["properties"]) => (pick === "all" ? own.length === 0 : pick.includes(column));
    const further = [
      form.happens && form.properties !== "none" && takes(form.properties) && "property",
      form.known && form.traits !== "none" && takes(form.traits) && "trait",
    ].filter((role) => role !== false);
    own.push(...further);
  }
  return roles;
}
