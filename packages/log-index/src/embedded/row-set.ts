/** Rows of a segment, by what the index finds. A slow one costs the same for few rows as for all. */
export type RowSet =
  | { readonly kind: "all" }
  | { readonly kind: "none" }
  /** Rows that the FTS5 expression finds, or does not find. */
  | { readonly kind: "found" | "others"; readonly expression: string; readonly isSlow: boolean };

type Expressed = Extract<RowSet, { readonly expression: string }>;

export const allRows: RowSet = { kind: "all" };
export const noRows: RowSet = { kind: "none" };

// Each is looked at for each row.
const slowAlternatives = 32;

/** Rows that have a token, all of it or its beginning. */
export function rowsWith(token: string, isBegun = false): RowSet {
  return { kind: "found", expression: isBegun ? `"${token}" *` : `"${token}"`, isSlow: isBegun };
}

/** Rows that have one of the tokens. */
export function rowsWithAny(tokens: readonly string[]): RowSet {
  if (tokens.length === 0) return noRows;
  const expression = tokens.map((token) => `"${token}"`).join(" OR ");
  return { kind: "found", expression, isSlow: tokens.length > slowAlternatives };
}

export function complement(rows: RowSet): RowSet {
  switch (rows.kind) {
    case "all":
      return noRows;
    case "none":
      return allRows;
    case "found":
      return { ...rows, kind: "others" };
    case "others":
      return { ...rows, kind: "found" };
  }
}

export function intersection(sets: readonly RowSet[]): RowSet {
  if (sets.some(({ kind }) => kind === "none")) return noRows;
  const isOf = (kind: RowSet["kind"]) => sets.filter((set): set is Expressed => set.kind === kind);
  const [found, others] = [isOf("found"), isOf("others")];
  const isSlow = [...found, ...others].some((set) => set.isSlow);
  const wanted = joined(found, "AND");
  const unwanted = joined(others, "OR");
  if (found.length === 0) return others.length === 0 ? allRows : { kind: "others", expression: unwanted, isSlow };
  if (others.length === 0) return { kind: "found", expression: wanted, isSlow };
  return { kind: "found", expression: `(${wanted}) NOT (${unwanted})`, isSlow };
}

export function union(sets: readonly RowSet[]): RowSet {
  return complement(intersection(sets.map(complement)));
}

function joined(sets: readonly Expressed[], operator: "AND" | "OR"): string {
  if (sets.length === 1) return sets[0]!.expression;
  return sets.map(({ expression }) => `(${expression})`).join(` ${operator} `);
}
