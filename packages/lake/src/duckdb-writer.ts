import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { AppError } from "@footfall/base";
import { duckDbTypes, quoteName, quoteText } from "./column-type.ts";
import type { DuckDbEngine } from "./duckdb-engine.ts";
import type { DurableFiles } from "./durable-file.ts";
import type { BulkRows, ColumnSpec, DataFile, LakeTable, PartitionValues, TableSchema } from "./lake.ts";
import { translateStorageError } from "./lake-failure.ts";
import { partitionFolder, partitionOf } from "./partition-path.ts";
import { type CopiedColumn, fileStatistics } from "./file-statistics.ts";

/**
 * How many times over the staged rows may be scanned, beyond what is cheap in any case, before they are sorted: passing
 * a row over takes a few ns, sorting it half a µs.
 */
const scatterMax = 100;
const scannedRowsMax = 2_000_000;

export interface BulkWriterDependencies {
  readonly engine: DuckDbEngine;
  readonly files: DurableFiles;
  readonly newFileName: () => string;
}

/** Tells the staged tables of one process apart. */
let stagedTables = 0;

/**
 * Of zstd's levels the quickest: a tenth less time than the usual one, for files that are as large within 2 %. Of
 * dictionaries only those that stay small: DuckDB would try a fifth of the rows, a quarter of the time for `sessions`,
 * and ids that hardly repeat come out no smaller.
 */
const encoding = "COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 5000";

/**
 * Writes rows by DuckDB, a file per partition. Rows of one known partition go straight into its file. Others are staged
 * once in a table (which spills to disk) and copied out partition by partition, because DuckDB's own partitioned COPY
 * keeps a buffer per partition and runs out of memory, and because it neither syncs nor renames.
 */
export async function writeBulk(
  table: LakeTable,
  rows: BulkRows,
  deps: BulkWriterDependencies,
): Promise<readonly DataFile[]> {
  const { folder } = table;
  try {
    const written = await deps.engine.withConnection(rows.sql, (connection) => {
      const { partition } = rows;
      const copying: Copying = { table, deps, connection };
      if (partition === undefined) return copyStaged(copying, rows.sql);
      return copyWhole(copying, { ...rows, partition: partitionOf(table.schema, partition) });
    });
    await deps.files.syncFolders(written.map((file) => join(folder, file.path)));
    return written;
  } catch (error) {
    throw translateStorageError(error, folder);
  }
}

interface Copying {
  readonly table: LakeTable;
  readonly deps: BulkWriterDependencies;
  readonly connection: DuckDBConnection;
}

/** One partition, straight from the SELECT. */
async function copyWhole(
  copying: Copying,
  { sql, partition, rowCount }: BulkRows & { readonly partition: PartitionValues },
): Promise<readonly DataFile[]> {
  const columns = await columnsToCopy(copying, sql);
  const file = await copyFile(copying, { partition, rowCount, select: `SELECT ${columns} FROM (${sql})` });
  return file === undefined ? [] : [file];
}

/** All partitions from one table, as many at a time as DuckDB has threads, since each waits for its fsync. */
async function copyStaged(copying: Copying, sql: string): Promise<readonly DataFile[]> {
  const { connection, deps, table } = copying;
  const { schema } = table;
  // Not a temporary table, since the other connections must see it.
  const staged = `staged_${(stagedTables += 1)}`;
  try {
    await connection.run(`CREATE TABLE ${staged} AS ${sql}`);
    const columns = await columnsToCopy(copying, `FROM ${staged}`);
    const partitions = await stagedPartitions(connection, schema, staged);
    await gatherPartitions(connection, schema, { staged, partitions });
    const written: DataFile[] = [];
    let next = 0;
    const copyNext = async (via: DuckDBConnection): Promise<void> => {
      for (let index = next++; index < partitions.length; index = next++) {
        const { partition, rowCount } = partitions[index]!;
        const select = `SELECT ${columns} FROM ${staged} ${whereSql(schema, partition)}`;
        const file = await copyFile({ ...copying, connection: via }, { partition, rowCount, select });
        if (file !== undefined) written[index] = file;
      }
    };
    const copyUntilFailure = (via: DuckDBConnection): Promise<void> =>
      copyNext(via).catch((error: unknown) => {
        next = partitions.length;
        throw error;
      });
    const others = Math.min(deps.engine.threads, partitions.length) - 1;
    const copies = [copyUntilFailure(connection)];
    for (let other = 0; other < others; other += 1) copies.push(deps.engine.withConnection(sql, copyUntilFailure));
    const ended = await Promise.allSettled(copies);
    for (const copy of ended) if (copy.status === "rejected") throw copy.reason;
    return written;
  } finally {
    // What went wrong before must not be hidden by what goes wrong here.
    await connection.run(`DROP TABLE IF EXISTS ${staged}`).catch(() => {});
  }
}

function whereSql(schema: TableSchema, partition: PartitionValues): string {
  const filters = schema.partitionColumns.map(
    ({ name, type }) => `${quoteName(name)} = ${quoteText(partition[name] ?? "")}::${duckDbTypes[type]}`,
  );
  return filters.length > 0 ? `WHERE ${filters.join(" AND ")}` : "";
}

/** Writes the rows to a new file; none where there are no rows. @throws AppError LAKE_ROW_COUNT_MISMATCH */
async function copyFile(
  { table, deps, connection }: Copying,
  { partition, rowCount, select }: { partition: PartitionValues; rowCount: number | undefined; select: string },
): Promise<DataFile | undefined> {
  const { schema, folder } = table;
  const path = [partitionFolder(schema, partition), deps.newFileName()].filter((part) => part !== "").join("/");
  let copied: CopiedFile = { rows: 0, columns: [] };
  await deps.files.writeFile(join(folder, path), async (temporaryPath) => {
    copied = await copyRows(connection, select, temporaryPath);
    if (rowCount !== undefined && copied.rows !== rowCount) throw wrongRowCount(path, rowCount, copied.rows);
  });
  if (copied.rows === 0) {
    await rm(join(folder, path));
    return undefined;
  }
  const { size } = await stat(join(folder, path));
  const statistics = fileStatistics(schema, copied.columns);
  return { path, partition, rows: copied.rows, bytes: size, columns: schema.columns.length, ...statistics };
}

interface CopiedFile {
  readonly rows: number;
  readonly columns: readonly CopiedColumn[];
}

/** Select expressions that give every data column its declared type. @throws AppError LAKE_SCHEMA_CONFLICT */
async function columnsToCopy({ connection, table: { schema, newerColumns } }: Copying, sql: string): Promise<string> {
  const described = await connection.runAndReadAll(`SELECT column_name, column_type FROM (DESCRIBE ${sql})`);
  const types = new Map(described.getRows().map(([name, type]) => [String(name), String(type)]));
  const known = [...schema.columns, ...schema.partitionColumns];
  const missing = known.map(({ name }) => name).filter((name) => !types.has(name) && !newerColumns.has(name));
  const unknown = [...types.keys()].filter((name) => !known.some((column) => column.name === name));
  if (missing.length > 0 || unknown.length > 0) {
    throw new AppError(
      "LAKE_SCHEMA_CONFLICT",
      `The rows for table ${schema.name} do not match its columns: missing [${missing.join(", ")}], ` +
        `unknown [${unknown.join(", ")}]. Select every column by name.`,
      { context: { table: schema.name } },
    );
  }
  return schema.columns.map((column) => castStaged(column, types.get(column.name))).join(", ");
}

function castStaged({ name, type }: ColumnSpec, stagedType: string | undefined): string {
  const quoted = quoteName(name);
  if (stagedType === undefined) return `NULL::${duckDbTypes[type]} AS ${quoted}`;
  // A plain TIMESTAMP is UTC by convention; taking its microseconds is ten times cheaper than the calendar's cast.
  const value = type === "timestamp" && stagedType === "TIMESTAMP" ? `make_timestamptz(epoch_us(${quoted}))` : quoted;
  return `${value}::${duckDbTypes[type]} AS ${quoted}`;
}

interface StagedPartition {
  readonly partition: PartitionValues;
  readonly rowCount: number;
  /** Rows from the partition's first to its last, those of others in between included. */
  readonly span: number;
}

async function stagedPartitions(
  connection: DuckDBConnection,
  schema: TableSchema,
  staged: string,
): Promise<readonly StagedPartition[]> {
  const names = schema.partitionColumns.map(({ name, type }) => `${quoteName(name)}::${duckDbTypes[type]}::VARCHAR`);
  const counted = await connection.runAndReadAll(
    `SELECT ${[...names, "count(*)", "max(rowid) - min(rowid) + 1"].join(", ")} FROM ${staged} ` +
      (names.length > 0 ? "GROUP BY ALL ORDER BY ALL" : ""),
  );
  return counted
    .getRows()
    .map((row) => ({
      partition: partitionOf(schema, Object.fromEntries(schema.partitionColumns.map(({ name }, i) => [name, row[i]]))),
      rowCount: Number(row[names.length]),
      span: Number(row[names.length + 1]),
    }))
    .filter(({ rowCount }) => rowCount > 0);
}

/**
 * Each partition is copied out by a scan that skips blocks without its rows. Where the partitions lie scattered over a
 * large table nothing can be skipped, so the rows are sorted first, keeping their order within a partition.
 */
async function gatherPartitions(
  connection: DuckDBConnection,
  schema: TableSchema,
  { staged, partitions }: { readonly staged: string; readonly partitions: readonly StagedPartition[] },
): Promise<void> {
  const rows = partitions.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const rowsScanned = partitions.reduce((sum, { span }) => sum + span, 0);
  if (rowsScanned <= rows * scatterMax + scannedRowsMax) return;
  const names = schema.partitionColumns.map(({ name }) => quoteName(name));
  const gathered = `${staged}_gathered`;
  await connection.run(`CREATE TABLE ${gathered} AS FROM ${staged} ORDER BY ${names.join(", ")}, rowid`);
  await connection.run(`DROP TABLE ${staged}`);
  await connection.run(`ALTER TABLE ${gathered} RENAME TO ${staged}`);
}

async function copyRows(connection: DuckDBConnection, select: string, path: string): Promise<CopiedFile> {
  const result = await connection.runAndReadAll(
    `COPY (${select}) TO ${quoteText(path)} (FORMAT parquet, ${encoding}, RETURN_STATS)`,
  );
  const [row] = result.getRowObjectsJson();
  return {
    rows: Number(row?.["count"]),
    columns: (row?.["column_statistics"] ?? []) as unknown as CopiedColumn[],
  };
}

export function wrongRowCount(path: string, expected: number, actual: number): AppError {
  return new AppError(
    "LAKE_ROW_COUNT_MISMATCH",
    `File ${path} holds ${actual} rows instead of ${expected}; it was not added to the table.`,
    { context: { path, expected, actual } },
  );
}
