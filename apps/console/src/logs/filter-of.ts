import { type LogValue, levelNameOf, matchesEntry, parseQuery, renderQuery } from "@footfall/service-logs";

const filterLengthMax = 500;
const probe = "probe";
/** Names of attributes come from outside: what is remembered about them stays bounded. */
const namesMax = 2_000;
const isSearchable = new Map<string, boolean>();

/**
 * The query that finds entries of this value in a field of entries themselves (`service`, `trace`, …), for a click;
 * undefined where the language has none. Severity numbers become their level.
 */
export function filterOfField(field: string, value: LogValue): string | undefined {
  if (field !== "level") return filterOf(field, value);
  const level = typeof value === "number" ? levelNameOf(value) : undefined;
  return level && `level:${level}`;
}

/** The same for an attribute, whose name may mean something else in a query, or nothing at all. */
export function filterOfAttribute(name: string, value: LogValue): string | undefined {
  let searchable = isSearchable.get(name);
  if (searchable === undefined) {
    searchable = meansAttribute(name);
    if (isSearchable.size >= namesMax) isSearchable.clear();
    isSearchable.set(name, searchable);
  }
  return searchable ? filterOf(name, value) : undefined;
}

function filterOf(field: string, value: LogValue): string | undefined {
  const text = String(value);
  // A box of one line holds no line break.
  if (text.trim() === "" || text.length > filterLengthMax || /[\r\n]/.test(text)) return undefined;
  return renderQuery({ kind: "field", field, test: { kind: "value", text, openStart: false, openEnd: false } });
}

function meansAttribute(name: string): boolean {
  const parsed = parseQuery(filterOf(name, probe) ?? "");
  const entry = { occurredAtMs: 0, observedAtMs: 0, severityNumber: 0, body: "", service: "-", instance: "-" };
  return (
    parsed.ok &&
    matchesEntry(parsed.query, { ...entry, attributes: { [name]: probe } }) &&
    !matchesEntry(parsed.query, entry)
  );
}
