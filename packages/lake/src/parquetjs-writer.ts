import { stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@footfall/base";
import parquet from "parquetjs-lite";
import { wrongRowCount } from "./duckdb-writer.ts";
import type { DurableFiles } from "./durable-file.ts";
import { StatisticsCollector } from "./file-statistics.ts";
import type { ColumnSpec, ColumnType, DataFile, LakeRow, LakeTable, PartitionValues, TableSchema } from "./lake.ts";
import { translateStorageError } from "./lake-failure.ts";
import { partitionFolder, partitionOf } from "./partition-path.ts";

/** Rows of one file: all of them are one row group in memory. Larger partitions become several files. */
const fileRowsMax = 65_536;
const dayMs = 86_400_000;

/** Logical types of parquetjs-lite. TIMESTAMP_MICROS is UTC by definition of Parquet's converted types. */
const parquetTypes: Readonly<Record<ColumnType, string>> = {
  string: "UTF8",
  long: "INT64",
  integer: "INT32",
  double: "DOUBLE",
  boolean: "BOOLEAN",
  timestamp: "TIMESTAMP_MICROS",
  date: "DATE",
};

export interface SmallWriterDependencies {
  readonly files: DurableFiles;
  readonly newFileName: () => string;
}

/** Writes rows by parquetjs-lite, a file per partition (several above `fileRowsMax` rows). */
export async function writeSmall(
  table: LakeTable,
  rows: readonly LakeRow[],
  deps: SmallWriterDependencies,
): Promise<readonly DataFile[]> {
  const { schema, folder } = table;
  const written: DataFile[] = [];
  try {
    for (const { partition, partitionRows } of groupByPartition(schema, rows)) {
      for (let start = 0; start < partitionRows.length; start += fileRowsMax) {
        const fileRows = partitionRows.slice(start, start + fileRowsMax);
        const path = [partitionFolder(schema, partition), deps.newFileName()].filter((part) => part !== "").join("/");
        const statistics = new StatisticsCollector();
        await deps.files.writeFile(join(folder, path), (temporaryPath) =>
          writeRowGroup(schema, fileRows, { temporaryPath, path, statistics }),
        );
        const { size } = await stat(join(folder, path));
        const { length } = fileRows;
        const columns = schema.columns.length;
        written.push({ path, partition, rows: length, bytes: size, columns, ...statistics.statistics });
      }
    }
    await deps.files.syncFolders(written.map((file) => join(folder, file.path)));
  } catch (error) {
    throw translateStorageError(error, folder);
  }
  return written;
}

function groupByPartition(
  schema: TableSchema,
  rows: readonly LakeRow[],
): Iterable<{ partition: PartitionValues; partitionRows: LakeRow[] }> {
  const groups = new Map<string, { partition: PartitionValues; partitionRows: LakeRow[] }>();
  const names = schema.partitionColumns.map(({ name }) => name);
  let lastKey: string | undefined;
  let last: LakeRow[] = [];
  for (const row of rows) {
    let key = "";
    for (const name of names) key += `${String(row[name])}\0`;
    if (key !== lastKey) {
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = { partition: partitionOf(schema, row), partitionRows: [] }));
      last = group.partitionRows;
      lastKey = key;
    }
    last.push(row);
  }
  return groups.values();
}

/**
 * Hands the library whole columns instead of rows: `appendRow` shreds each row through a Set per column (seven times
 * the cost), takes longs through text and refuses instants before 1970. One row group, so nothing is written before
 * `close`, and nothing can be written twice.
 */
async function writeRowGroup(
  schema: TableSchema,
  rows: readonly LakeRow[],
  target: { temporaryPath: string; path: string; statistics: StatisticsCollector },
): Promise<void> {
  const writer = await parquet.ParquetWriter.openFile(parquetSchema(schema), target.temporaryPath, {
    rowGroupSize: fileRowsMax + 1,
    useDataPageV2: false,
    pageIndex: false,
  });
  const columns = schema.columns.map((column) => [column.name, shredColumn(column, rows, target.statistics)] as const);
  writer.rowBuffer = {
    rowCount: rows.length,
    pageRowCount: rows.length,
    columnData: Object.fromEntries(columns),
    pages: Object.fromEntries(columns.map(([name]) => [name, []])),
  };
  await writer.close();
  await checkFooter(target.temporaryPath, target.path, rows.length);
}

function parquetSchema(schema: TableSchema) {
  // The library compares text statistics by UTF-16 code units, which misleads readers: the commit entry has them
  // instead.
  const fields = schema.columns.map(({ name, type }) => [
    name,
    { type: parquetTypes[type], optional: true, compression: "SNAPPY" as const, statistics: false as const },
  ]);
  return new parquet.ParquetSchema(Object.fromEntries(fields));
}

function shredColumn(column: ColumnSpec, rows: readonly LakeRow[], statistics: StatisticsCollector) {
  const { name, type } = column;
  const values: unknown[] = [];
  const dlevels = new Array<number>(rows.length).fill(1);
  let min: number | undefined;
  let max: number | undefined;
  for (let index = 0; index < rows.length; index += 1) {
    const value = rows[index]?.[name];
    if (value === null || value === undefined) {
      dlevels[index] = 0;
      continue;
    }
    values.push(toPhysical(column, value));
    if (typeof value === "number") {
      if (min === undefined || value < min) min = value;
      if (max === undefined || value > max) max = value;
    }
  }
  statistics.setNulls(name, rows.length - values.length);
  if (min !== undefined && max !== undefined) {
    if (type === "timestamp") statistics.setInstantRange(name, min, max);
    else if (!(type === "double" && values.some(Number.isNaN))) statistics.setRange(name, min, max);
  }
  return { values, dlevels, rlevels: dlevels, distinct_values: new Set<unknown>(), count: rows.length };
}

function toPhysical(column: ColumnSpec, value: string | number | boolean): unknown {
  switch (column.type) {
    case "string":
      if (typeof value === "string") return value;
      break;
    case "long":
      if (Number.isSafeInteger(value)) return value;
      break;
    case "integer":
      if (typeof value === "number" && (value | 0) === value) return value;
      break;
    case "double":
      if (typeof value === "number") return value;
      break;
    case "boolean":
      if (typeof value === "boolean") return value;
      break;
    case "timestamp":
      if (Number.isSafeInteger(value)) return toMicros(value as number);
      break;
    case "date": {
      const ms = typeof value === "string" ? Date.parse(`${value}T00:00:00Z`) : NaN;
      if (Number.isInteger(ms)) return ms / dayMs;
      break;
    }
  }
  throw new AppError(
    "LAKE_SCHEMA_CONFLICT",
    `Column ${column.name} takes a ${column.type}${column.type === "long" ? " up to 2^53" : ""}, not ${JSON.stringify(value)}.`,
    { context: { column: column.name } },
  );
}

function toMicros(ms: number): number | bigint {
  const micros = ms * 1000;
  return Number.isSafeInteger(micros) ? micros : BigInt(ms) * 1000n;
}

async function checkFooter(temporaryPath: string, path: string, expected: number): Promise<void> {
  const reader = await parquet.ParquetEnvelopeReader.openFile(temporaryPath);
  try {
    await reader.readHeader();
    const rows = Number((await reader.readFooter()).num_rows);
    if (rows !== expected) throw wrongRowCount(path, expected, rows);
  } finally {
    await reader.close();
  }
}
