import { quoteName, quoteText } from "./column-type.ts";
import { quotePath } from "./quote-path.ts";
import type { ColumnSpec, TableSchema } from "./lake.ts";

/** How a column's values are written as JSON: instants as whole ms, dates as `2026-11-23`. */
const jsonTypes: Readonly<Record<ColumnSpec["type"], string>> = {
  string: "VARCHAR",
  long: "BIGINT",
  integer: "INTEGER",
  double: "DOUBLE",
  boolean: "BOOLEAN",
  timestamp: "BIGINT",
  date: "DATE",
};

/** SELECT of a table's rows from a file of JSON lines, each a `LakeRow` with the partition columns. */
export function stagedRowsSql({ columns, partitionColumns }: TableSchema, path: string): string {
  const all = [...columns, ...partitionColumns];
  const types = all.map(({ name, type }) => `${quoteText(name)}: '${jsonTypes[type]}'`);
  const values = all.map(({ name, type }) =>
    type === "timestamp" ? `make_timestamp(${quoteName(name)} * 1000) AS ${quoteName(name)}` : quoteName(name),
  );
  return `SELECT ${values.join(", ")}
FROM read_json(${quotePath(path)}, format = 'newline_delimited', columns = {${types.join(", ")}})`;
}
