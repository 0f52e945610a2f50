import { type FieldTest, foldText, type LogQuery, tokensOf, valueTest } from "@footfall/service-logs";
import type { FieldFacets } from "./facets.ts";
import { crowdedToken, facetToken, valueToken } from "./index-tokens.ts";
import { allRows, complement, intersection, type RowSet, rowsWith, rowsWithAny, union } from "./row-set.ts";

/** The rows among which all entries of a query are. */
export interface Candidates {
  readonly rows: RowSet;
  /** What is left to ask of their entries; undefined where the rows are the entries. */
  readonly check: LogQuery | undefined;
}

/** Longer words are cut by the index. */
const tokenCharsMax = 4_000;

/** What a segment knows of its entries. */
export interface KnownOfSegment {
  facetsOf(field: string): FieldFacets;
  /** Whether so many rows have a token that looking for it finds less than it costs. */
  isFrequent(token: string): boolean;
}

/** Translates a query for one segment. */
export function candidatesOf(query: LogQuery, known: KnownOfSegment): Candidates {
  switch (query.kind) {
    case "all":
      return { rows: allRows, check: undefined };
    case "words":
      return candidatesOfWords(query, known);
    case "field":
      return candidatesOfField(query, known.facetsOf(query.field));
    case "and":
      return together(query.parts.map((part) => candidatesOf(part, known)));
    case "or": {
      const parts = query.parts.map((part) => candidatesOf(part, known));
      return {
        rows: union(parts.map(({ rows }) => rows)),
        check: parts.some(({ check }) => check) ? query : undefined,
      };
    }
    case "not": {
      const { rows, check } = candidatesOf(query.part, known);
      // Which of the candidates it means is not known, so neither is which it does not mean.
      return check ? { rows: allRows, check: query } : { rows: complement(rows), check };
    }
  }
}

function together(parts: readonly Candidates[]): Candidates {
  const checks = parts.flatMap(({ check }) => check ?? []);
  return {
    rows: intersection(parts.map(({ rows }) => rows)),
    check: checks.length > 1 ? { kind: "and", parts: checks } : checks[0],
  };
}

function candidatesOfWords(query: Extract<LogQuery, { kind: "words" }>, known: KnownOfSegment): Candidates {
  const text = foldText(query.text);
  const tokens = tokensOf(query.text);
  const [first = "", last = ""] = [tokens[0], tokens.at(-1)];
  // Half a surrogate pair may be found within a letter.
  if (tokens.length === 0 || /\p{Cs}/u.test(text)) return { rows: allRows, check: query };
  const isBegun = query.openEnd && text.endsWith(last);
  const isCut = query.openStart && text.startsWith(first);
  const whole = tokens.slice(isCut ? 1 : 0, isBegun ? -1 : undefined).filter((token) => token.length <= tokenCharsMax);
  const begun =
    isBegun && !(isCut && tokens.length === 1) && last.length <= tokenCharsMax ? [rowsWith(last, true)] : [];
  const sets = [...rarest(whole, known).map((token) => rowsWith(token)), ...begun];
  const isExact = tokens.length === 1 && sets.length === 1 && text === first;
  return { rows: intersection(sets), check: isExact ? undefined : query };
}

/** The words that are worth asking for: all of them, but for those that most rows have where others are left. */
function rarest(tokens: readonly string[], known: KnownOfSegment): readonly string[] {
  if (tokens.length < 2) return tokens;
  const rare = tokens.filter((token) => !known.isFrequent(token));
  return rare.length > 0 ? rare : tokens;
}

function candidatesOfField(query: Extract<LogQuery, { kind: "field" }>, found: FieldFacets): Candidates {
  const { test } = query;
  const isMet = valueTest(test);
  const known = rowsWithAny(found.facets.filter(({ value }) => isMet(value)).map(({ id }) => facetToken(id)));
  if (found.crowdedIds.length === 0) return { rows: known, check: undefined };
  const isExact = test.kind === "exists" && !found.mayBeUnnamed;
  return { rows: union([known, crowdedRows(test, found)]), check: isExact ? undefined : query };
}

function crowdedRows(test: FieldTest, { crowdedIds }: FieldFacets): RowSet {
  if (test.kind === "value" && !test.openStart && !test.openEnd) return rowsWith(valueToken(test.text));
  return rowsWithAny(crowdedIds.map(crowdedToken));
}
