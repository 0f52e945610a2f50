import { join } from "node:path";
import { duckDbTypes, quoteName, quoteText } from "./column-type.ts";
import { quotePath } from "./quote-path.ts";
import type { ColumnSpec, DataFile, LakeSnapshot, TableSchema } from "./lake.ts";

/**
 * A SELECT of all columns of a table over exactly the files given (a listing is not atomic, so never a pattern).
 * Filters on partition columns skip files unread.
 */
export function relationSql(folder: string, schema: TableSchema, files: readonly DataFile[]): string {
  const columns = [...schema.columns, ...schema.partitionColumns];
  const select = `SELECT ${columns.map(castColumn).join(", ")} FROM `;
  const isComplete = files.every((file) => file.columns === schema.columns.length);
  if (files.length === 0) return `SELECT ${columns.map(emptyColumn).join(", ")} WHERE false`;
  if (isComplete) return select + readParquet(folder, schema, files, false);
  // Some files may lack columns: without union_by_name a column that the first file lacks would vanish (and it opens
  // every file, so it is not used needlessly); the empty relation supplies columns that no file has yet.
  const empty = `SELECT ${columns.map(emptyColumn).join(", ")} WHERE false`;
  return `${select}(${empty} UNION ALL BY NAME SELECT * FROM ${readParquet(folder, schema, files, true)})`;
}

/** `relationSql` of everything in a snapshot. */
export function snapshotSql(folder: string, snapshot: LakeSnapshot): string {
  return relationSql(folder, snapshot.schema, snapshot.files);
}

function castColumn({ name, type }: ColumnSpec): string {
  return `${quoteName(name)}::${duckDbTypes[type]} AS ${quoteName(name)}`;
}

function emptyColumn({ name, type }: ColumnSpec): string {
  return `NULL::${duckDbTypes[type]} AS ${quoteName(name)}`;
}

function readParquet(
  folder: string,
  schema: TableSchema,
  files: readonly DataFile[],
  hasOlderColumns: boolean,
): string {
  const paths = files.map((file) => quotePath(join(folder, file.path)));
  const types = schema.partitionColumns.map(({ name, type }) => `${quoteText(name)}: ${duckDbTypes[type]}`);
  const options = [`union_by_name = ${hasOlderColumns}`, `hive_partitioning = ${types.length > 0}`];
  if (types.length > 0) options.push("hive_types_autocast = false", `hive_types = {${types.join(", ")}}`);
  return `read_parquet([${paths.join(", ")}], ${options.join(", ")})`;
}
