import { type FieldQuery, type LogQuery, matchesValue, wordsOf } from "@footfall/service-logs";
import type { FieldFacets } from "./facets.ts";
import { everyEntryToken, facetToken, fieldWordToken } from "./index-tokens.ts";

/**
 * The rows among which the index can say that all entries of a query are. `isExact`: they are these entries, and
 * nothing has to be read to know it.
 */
export type Candidates =
  | { readonly kind: "all" | "none"; readonly isExact: boolean }
  /** Rows that the FTS5 expression finds. */
  | { readonly kind: "found"; readonly expression: string; readonly isExact: boolean }
  /** Rows that it does not find. */
  | { readonly kind: "others"; readonly expression: string; readonly isExact: boolean };

/** Longer words are cut by the index. */
const wordCharsMax = 4_000;

const everything: Candidates = { kind: "all", isExact: false };

/** Translates a query for one segment. */
export function candidatesOf(query: LogQuery, facetsOf: (field: string) => FieldFacets): Candidates {
  switch (query.kind) {
    case "all":
      return { kind: "all", isExact: true };
    case "word":
    case "phrase":
      return candidatesOfWords(wordsOf(query.text), false);
    case "prefix":
      return candidatesOfWords(wordsOf(query.text), true);
    case "substring":
      return everything;
    case "field":
      return candidatesOfField(query, facetsOf(query.field));
    case "and":
      return intersection(query.queries.map((part) => candidatesOf(part, facetsOf)));
    case "or":
      return union(query.queries.map((part) => candidatesOf(part, facetsOf)));
    case "not":
      return complement(candidatesOf(query.query, facetsOf));
  }
}

/** The expression that finds the rows, or undefined where they are all. */
export function expressionOf(candidates: Exclude<Candidates, { kind: "none" }>): string | undefined {
  if (candidates.kind === "found") return candidates.expression;
  return candidates.kind === "others" ? `${quoted(everyEntryToken)} NOT (${candidates.expression})` : undefined;
}

function quoted(token: string): string {
  return `"${token}"`;
}

function candidatesOfWords(words: readonly string[], isLastBegun: boolean): Candidates {
  if (words.length === 0) return { kind: "none", isExact: true };
  if (words.some((word) => word.length > wordCharsMax)) return everything;
  const last = words.length - 1;
  const parts = words.map((word, at) => (isLastBegun && at === last ? `${quoted(word)} *` : quoted(word)));
  return { kind: "found", expression: parts.join(" AND "), isExact: words.length === 1 };
}

function candidatesOfField(query: FieldQuery, { facets, isCrowded }: FieldFacets): Candidates {
  const tokens = facets.filter(({ value }) => matchesValue(query, value)).map(({ id }) => quoted(facetToken(id)));
  const ofFacets: Candidates =
    tokens.length === 0
      ? { kind: "none", isExact: true }
      : { kind: "found", expression: tokens.join(" OR "), isExact: true };
  if (!isCrowded) return ofFacets;
  if (query.operator !== "=") return everything;
  // A number matches however the query writes it; the index has it as it is printed.
  const forms = new Set([query.value, String(Number(query.value))]);
  return union([ofFacets, ...[...forms].map((form) => candidatesOfFieldWords(wordsOf(form)))]);
}

function candidatesOfFieldWords(words: readonly string[]): Candidates {
  if (words.length === 0 || words.some((word) => word.length > wordCharsMax)) return everything;
  const expression = words.map((word) => `(${quoted(word)} OR ${quoted(fieldWordToken(word))})`).join(" AND ");
  return { kind: "found", expression, isExact: false };
}

function complement(candidates: Candidates): Candidates {
  if (!candidates.isExact) return everything;
  switch (candidates.kind) {
    case "all":
      return { kind: "none", isExact: true };
    case "none":
      return { kind: "all", isExact: true };
    case "found":
      return { ...candidates, kind: "others" };
    case "others":
      return { ...candidates, kind: "found" };
  }
}

function intersection(parts: readonly Candidates[]): Candidates {
  const isExact = parts.every((part) => part.isExact);
  if (parts.some(({ kind }) => kind === "none")) return { kind: "none", isExact: true };
  const found = parts.flatMap((part) => (part.kind === "found" ? [`(${part.expression})`] : []));
  const without = parts.flatMap((part) => (part.kind === "others" ? [`(${part.expression})`] : []));
  if (found.length === 0 && without.length === 0) return { kind: "all", isExact };
  if (found.length === 0) return { kind: "others", expression: without.join(" OR "), isExact };
  const wanted = found.join(" AND ");
  if (without.length === 0) return { kind: "found", expression: wanted, isExact };
  return { kind: "found", expression: `(${wanted}) NOT (${without.join(" OR ")})`, isExact };
}

function union(parts: readonly Candidates[]): Candidates {
  const all = parts.filter(({ kind }) => kind === "all");
  if (all.length > 0) return { kind: "all", isExact: all.some(({ isExact }) => isExact) };
  const expressions = parts.flatMap((part) => {
    if (part.kind === "none" || part.kind === "all") return [];
    return [`(${expressionOf(part)})`];
  });
  if (expressions.length === 0) return { kind: "none", isExact: true };
  return { kind: "found", expression: expressions.join(" OR "), isExact: parts.every((part) => part.isExact) };
}
