/** A query of OpenSearch, in its JSON language. */
export type Dsl = Readonly<Record<string, unknown>>;

export const matchAll: Dsl = { match_all: {} };
export const matchNone: Dsl = { match_none: {} };

export function allOf(parts: readonly Dsl[]): Dsl {
  if (parts.includes(matchNone)) return matchNone;
  const needed = parts.filter((part) => part !== matchAll);
  if (needed.length <= 1) return needed[0] ?? matchAll;
  return { bool: { filter: needed } };
}

export function anyOf(parts: readonly Dsl[]): Dsl {
  if (parts.includes(matchAll)) return matchAll;
  const needed = parts.filter((part) => part !== matchNone);
  if (needed.length <= 1) return needed[0] ?? matchNone;
  return { bool: { should: needed, minimum_should_match: 1 } };
}

export function noneOf(part: Dsl): Dsl {
  if (part === matchAll) return matchNone;
  if (part === matchNone) return matchAll;
  // Not twice: servers bound how deep a query may be.
  const negated = (part["bool"] as { must_not?: Dsl } | undefined)?.must_not;
  return negated ?? { bool: { must_not: part } };
}

export function term(field: string, value: string | number): Dsl {
  return { term: { [field]: { value } } };
}

export function prefix(field: string, value: string): Dsl {
  return { prefix: { [field]: { value } } };
}

/** @param pieces  stand in this order, with anything between them */
export function inOrder(field: string, pieces: readonly string[]): Dsl {
  const value = pieces.map((piece) => piece.replaceAll(/[\\*?]/g, String.raw`\$&`)).join("*");
  return { wildcard: { [field]: { value } } };
}

/** @param fromMs  inclusive; @param toMs  exclusive */
export function timeRange(fromMs: number | undefined, toMs: number | undefined): Dsl {
  if (fromMs === undefined && toMs === undefined) return matchAll;
  const bounds = { ...(fromMs !== undefined && { gte: fromMs }), ...(toMs !== undefined && { lt: toMs }) };
  return { range: { "@timestamp": { ...bounds, format: "epoch_millis" } } };
}
