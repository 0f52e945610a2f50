import { AppError } from "@footfall/base";
import type { ColumnSpec, ColumnType } from "./lake.ts";

/** DuckDB's type of a column. Instants are TIMESTAMP WITH TIME ZONE, which Parquet stores as UTC microseconds. */
export const duckDbTypes: Readonly<Record<ColumnType, string>> = {
  string: "VARCHAR",
  long: "BIGINT",
  integer: "INTEGER",
  double: "DOUBLE",
  boolean: "BOOLEAN",
  timestamp: "TIMESTAMPTZ",
  date: "DATE",
};

const columnTypes = new Set<string>(Object.keys(duckDbTypes));

export function isColumnType(name: unknown): name is ColumnType {
  return typeof name === "string" && columnTypes.has(name);
}

/** A quoted SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A quoted SQL text literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The columns of a table after it was opened with a schema: the stored ones first, then new ones at the end.
 * @throws AppError LAKE_SCHEMA_CONFLICT  a column changed its type, or the partitioning differs
 */
export function mergeColumns(
  stored: readonly ColumnSpec[],
  wanted: readonly ColumnSpec[],
  table: string,
): ColumnSpec[] {
  const merged = new Map(stored.map((column) => [column.name, column]));
  for (const column of wanted) {
    const known = merged.get(column.name);
    if (known !== undefined && known.type !== column.type) {
      throw new AppError(
        "LAKE_SCHEMA_CONFLICT",
        `Column ${column.name} of table ${table} is ${known.type} and cannot become ${column.type}. Add a new column instead.`,
        { context: { table, column: column.name } },
      );
    }
    merged.set(column.name, known ?? column);
  }
  return [...merged.values()];
}
