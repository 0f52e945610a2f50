import { type LakeRow, type LakeTable, mayHoldTimes, relationSql } from "@footfall/lake";

/** By what a row is known, whoever sends it again, with whatever other rows, and in whatever order. */
export interface RowIdentity {
  /** Together they tell rows apart; none is null. */
  readonly columns: readonly string[];
  /** A timestamp that follows from them: rows of other times need not be looked at. */
  readonly time: string;
}

/** The first of each row that is there more than once. */
export function distinctRows<Row extends { readonly row: LakeRow }>(
  rows: readonly Row[],
  { columns }: RowIdentity,
): readonly Row[] {
  const seen = new Set<string>();
  return rows.filter(({ row }) => {
    const key = JSON.stringify(columns.map((column) => row[column]));
    return !seen.has(key) && seen.add(key);
  });
}

/**
 * Of the rows that a SELECT gives, those that the table does not hold. Times mostly grow, so mostly no file is read.
 * @param times  of the rows, ms since the epoch
 * @throws as `LakeTable.snapshot`
 */
export async function unstoredSql(
  table: LakeTable,
  { columns, time }: RowIdentity,
  sql: string,
  times: readonly number[],
): Promise<string> {
  const [firstMs, lastMs] = times.reduce(([first, last], ms) => [Math.min(first, ms), Math.max(last, ms)] as const, [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ] as const);
  const { files, schema } = await table.snapshot();
  const held = files.filter((file) => mayHoldTimes(file, time, firstMs, lastMs));
  if (held.length === 0) return sql;
  // Not a subquery of the join: there DuckDB takes the names of types for columns of the other side.
  return `WITH stored AS (
  SELECT ${columns.join(", ")} FROM (${relationSql(table.folder, schema, held)})
  WHERE epoch_ms(${time}) BETWEEN ${firstMs} AND ${lastMs}
)
SELECT * FROM (${sql}) ANTI JOIN stored USING (${columns.join(", ")})`;
}
