import { type FieldTest, foldText, type LogQuery, type TextTest, tokensOf } from "@footfall/service-logs";
import {
  endedBy,
  facetField,
  facetLengthMax,
  isFacetText,
  isLongName,
  longNameFacet,
  longWordFacet,
  numberFacet,
  numbersEnd,
  oddFacet,
  valueFacet,
  wholeValueFacet,
} from "./facets.ts";
import { allOf, anyOf, type Dsl, inOrder, matchAll, matchNone, noneOf, prefix, term } from "./query-dsl.ts";

/**
 * What the index can say of a query without reading entries: all of `sure` are meant, and none that are not `possible`.
 * Only those between have to be looked at.
 */
export interface QueryBounds {
  readonly sure: Dsl;
  readonly possible: Dsl;
}

/** The body's tokens, with spaces between them. */
export const tokenField = "tokens";
/** Longer phrases are looked for by their beginning: a server bounds how many terms one query may have. */
const phraseTokensMax = 6;
const surrogate = /\p{Surrogate}/u;

export function boundsOf(query: LogQuery): QueryBounds {
  switch (query.kind) {
    case "all":
      return { sure: matchAll, possible: matchAll };
    case "and":
      return combined(query.parts, allOf);
    case "or":
      return combined(query.parts, anyOf);
    case "not": {
      const { sure, possible } = boundsOf(query.part);
      return { sure: noneOf(possible), possible: noneOf(sure) };
    }
    case "words":
      return wordBounds(query);
    case "field":
      return fieldBounds(query.field, query.test);
  }
}

function combined(queries: readonly LogQuery[], join: (parts: readonly Dsl[]) => Dsl): QueryBounds {
  const parts = queries.map(boundsOf);
  return { sure: join(parts.map(({ sure }) => sure)), possible: join(parts.map(({ possible }) => possible)) };
}

function wordBounds({ text, openStart, openEnd }: TextTest): QueryBounds {
  const part = foldText(text);
  const tokens = tokensOf(text);
  // Half a letter may be found within a whole one, and no token at all within anything.
  if (tokens.length === 0 || surrogate.test(part)) return { sure: matchNone, possible: matchAll };
  const longWords = term(facetField, longWordFacet);
  if (tokens.some(isLongToken)) return { sure: matchNone, possible: longWords };
  const [first, last] = [tokens[0]!, tokens.at(-1)!];
  const isFirstOpen = openStart && part.startsWith(first);
  const isLastOpen = openEnd && part.endsWith(last);
  if (tokens.length === 1) {
    const found = tokenDsl(first, isFirstOpen, isLastOpen);
    return { sure: part === first ? found : matchNone, possible: anyOf([found, longWords]) };
  }
  const whole = tokens.slice(isFirstOpen ? 1 : 0, isLastOpen ? -1 : undefined);
  const ends = [
    ...(isFirstOpen ? [tokenDsl(first, true, false)] : []),
    ...(isLastOpen ? [tokenDsl(last, false, true)] : []),
  ];
  return { sure: matchNone, possible: anyOf([allOf([...ends, phraseDsl(whole)]), longWords]) };
}

/** Whether the index leaves a token out; the entry has `longWordFacet` then. */
export function isLongToken(token: string): boolean {
  return token.length > facetLengthMax;
}

function tokenDsl(token: string, isStartOpen: boolean, isEndOpen: boolean): Dsl {
  if (isStartOpen) return inOrder(tokenField, isEndOpen ? ["", token, ""] : ["", token]);
  return isEndOpen ? prefix(tokenField, token) : term(tokenField, token);
}

function phraseDsl(tokens: readonly string[]): Dsl {
  if (tokens.length === 0) return matchAll;
  if (tokens.length === 1) return term(tokenField, tokens[0]!);
  return { match_phrase: { [tokenField]: { query: tokens.slice(0, phraseTokensMax).join(" ") } } };
}

function fieldBounds(field: string, test: FieldTest): QueryBounds {
  const longNames = term(facetField, longNameFacet);
  if (isLongName(field)) return { sure: matchNone, possible: longNames };
  const odd = term(facetField, oddFacet(field));
  const exists = anyOf([prefix(facetField, valueFacet(field, "")), odd]);
  switch (test.kind) {
    case "exists":
      return { sure: exists, possible: anyOf([exists, longNames]) };
    case "range": {
      const sure = rangeDsl(field, test);
      return { sure, possible: anyOf([sure, longNames]) };
    }
    case "value": {
      const sure = valueDsl(field, test);
      if (sure === undefined) return { sure: matchNone, possible: anyOf([exists, longNames]) };
      return { sure, possible: anyOf([sure, odd, longNames]) };
    }
  }
}

/** Undefined where facets cannot say it. */
function valueDsl(field: string, { text, openStart, openEnd }: TextTest): Dsl | undefined {
  const part = foldText(text);
  if (!isFacetText(part)) return undefined;
  if (openStart) {
    const pieces = openEnd ? [valueFacet(field, ""), part, endedBy("")] : [valueFacet(field, ""), endedBy(part)];
    return inOrder(facetField, [...pieces, ""]);
  }
  return prefix(facetField, openEnd ? valueFacet(field, part) : wholeValueFacet(field, part));
}

function rangeDsl(field: string, { from, to }: FieldTest & { kind: "range" }): Dsl {
  if (Number.isNaN(from?.value) || Number.isNaN(to?.value)) return matchNone;
  const lower = from ? numberFacet(field, from.value) : numberFacet(field, Number.NEGATIVE_INFINITY);
  const upper = to ? numberFacet(field, to.value) : numbersEnd(field);
  const bounds = {
    [from?.inclusive === false ? "gt" : "gte"]: lower,
    [to?.inclusive === false ? "lt" : "lte"]: upper,
  };
  return { range: { [facetField]: bounds } };
}
