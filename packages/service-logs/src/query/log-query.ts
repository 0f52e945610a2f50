/** What an entry must be to be found. */
export type LogQuery =
  | { readonly kind: "all" }
  /** A word of the body, as `wordsOf` cuts it. */
  | { readonly kind: "word"; readonly text: string }
  /** Words that follow each other in the body. */
  | { readonly kind: "phrase"; readonly text: string }
  /** Words that follow each other, the last one perhaps only begun. */
  | { readonly kind: "prefix"; readonly text: string }
  /** Characters of the body, in any case of letters. */
  | { readonly kind: "substring"; readonly text: string }
  | FieldQuery
  | { readonly kind: "and" | "or"; readonly queries: readonly LogQuery[] }
  | { readonly kind: "not"; readonly query: LogQuery };

/** A comparison with a field; an entry without the field is not found. */
export interface FieldQuery {
  readonly kind: "field";
  readonly field: string;
  readonly operator: "=" | "<" | "<=" | ">" | ">=";
  readonly value: string;
}
