import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBMaterializedResult,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  type DuckDBValue,
  StatementType,
} from "@duckdb/node-api";
import { AppError } from "@footfall/base";
import { quoteName, quoteText } from "./column-type.ts";
import type { DuckDbEngine } from "./duckdb-engine.ts";
import type { DataFile, LakeQueryOptions, LakeScanOptions, LakeSnapshot, LakeTable, ScanColumn } from "./lake.ts";
import { snapshotSql } from "./lake-relation.ts";
import { plainValue } from "./plain-value.ts";
import { chunkColumns } from "./scan-columns.ts";

export interface QueryDependencies {
  readonly engine: DuckDbEngine;
  readonly tableNames: () => Promise<readonly string[]>;
  readonly openTable: (name: string) => Promise<LakeTable>;
}

/** What DuckDB may be ahead of its reader. With its own megabyte its threads spend most of the time waking up. */
const streamingBuffer = "32MB";

/** About so many rows of a sliced table are read at once. */
const sliceRows = 1_000_000;
/** A slice of more rows, for it is one large file, would take too much memory; then all is one stream. */
const sliceRowsMax = 4_000_000;

/** Runs a SELECT and returns its rows as objects. */
export async function queryRows<Row extends object>(
  sql: string,
  options: LakeQueryOptions,
  deps: QueryDependencies,
): Promise<readonly Row[]> {
  return withPinnedTables(sql, options, deps, async (connection) => {
    const result = await (await prepareSelect(connection, sql, options)).stream();
    const names = result.deduplicatedColumnNames();
    const rows: Row[] = [];
    for await (const chunk of result) {
      for (const values of chunk.convertRows(plainValue)) {
        rows.push(Object.fromEntries(names.map((name, index) => [name, values[index]])) as Row);
      }
    }
    return rows;
  });
}

/** Runs a SELECT and hands over its chunks as columns. */
export async function scanColumns(
  sql: string,
  onChunk: (columns: readonly ScanColumn[], rows: number) => void,
  options: LakeScanOptions,
  deps: QueryDependencies,
): Promise<void> {
  const use = (chunk: DuckDBDataChunk, names: readonly string[]) => onChunk(chunkColumns(chunk, names), chunk.rowCount);
  await withPinnedTables(sql, options, deps, async (connection, pinned) => {
    const slices = pinned.filter(({ table }) => table.name === options.slicedTable).flatMap(slicesOf);
    if (slices.length < 2) {
      return eachChunk(await (await prepareSelect(connection, sql, options)).stream(), use);
    }
    const run = async (slice: PinnedTable): Promise<DuckDBMaterializedResult> => {
      await createView(connection, slice);
      return (await prepareSelect(connection, sql, options)).run();
    };
    let next = run(slices[0]!);
    try {
      for (let at = 0; at < slices.length; at += 1) {
        const result = await next;
        if (at + 1 < slices.length) next = run(slices[at + 1]!);
        const names = result.deduplicatedColumnNames();
        for (let index = 0; index < result.chunkCount; index += 1) use(result.getChunk(index), names);
      }
    } finally {
      // The connection must not be closed below it.
      await next.catch(() => {});
    }
  });
}

/** The table in parts of about `sliceRows`; in one where a part would be too large. */
function slicesOf(whole: PinnedTable): readonly PinnedTable[] {
  const { table, snapshot } = whole;
  const slices: { files: DataFile[]; rows: number }[] = [];
  for (const file of snapshot.files) {
    const last = slices.at(-1);
    if (last && last.rows + file.rows <= sliceRows) {
      last.files.push(file);
      last.rows += file.rows;
    } else slices.push({ files: [file], rows: file.rows });
  }
  if (slices.some(({ rows }) => rows > sliceRowsMax)) return [whole];
  return slices.map(({ files }) => ({ table, snapshot: { ...snapshot, files } }));
}

/** The next chunk is on its way while `use` works on one. */
async function eachChunk(
  result: DuckDBResult,
  use: (chunk: DuckDBDataChunk, names: readonly string[]) => void,
): Promise<void> {
  const names = result.deduplicatedColumnNames();
  let next = result.fetchChunk();
  try {
    for (let chunk = await next; chunk !== null && chunk.rowCount > 0; chunk = await next) {
      next = result.fetchChunk();
      use(chunk, names);
    }
  } finally {
    // The connection must not be closed below it.
    await next.catch(() => {});
  }
}

interface PinnedTable {
  readonly table: LakeTable;
  readonly snapshot: LakeSnapshot;
}

/** The lake's tables that the SQL may mean, at the versions asked for. */
async function pinnedTables(sql: string, options: LakeQueryOptions, deps: QueryDependencies): Promise<PinnedTable[]> {
  const pinned = options.versions ?? {};
  const names = new Set([...(await deps.tableNames()), ...Object.keys(pinned)]);
  const used = [...names].filter((name) => sql.toLowerCase().includes(name.toLowerCase()));
  return Promise.all(
    used.map(async (name) => {
      const table = await deps.openTable(name);
      return { table, snapshot: await table.snapshot(pinned[name]) };
    }),
  );
}

async function withPinnedTables<T>(
  sql: string,
  options: LakeQueryOptions,
  deps: QueryDependencies,
  use: (connection: DuckDBConnection, pinned: readonly PinnedTable[]) => Promise<T>,
): Promise<T> {
  const pinned = await pinnedTables(sql, options, deps);
  return deps.engine.withConnection(sql, async (connection) => {
    for (const each of pinned) await createView(connection, each);
    await connection.run(`SET streaming_buffer_size = ${quoteText(streamingBuffer)}`);
    return use(connection, pinned);
  });
}

async function createView(connection: DuckDBConnection, { table, snapshot }: PinnedTable): Promise<void> {
  const sql = snapshotSql(table.folder, snapshot);
  await connection.run(`CREATE OR REPLACE TEMP VIEW ${quoteName(table.name)} AS ${sql}`);
}

async function prepareSelect(
  connection: DuckDBConnection,
  sql: string,
  { parameters = {} }: LakeQueryOptions,
): Promise<DuckDBPreparedStatement> {
  const statement = await connection.prepare(sql);
  if (statement.statementType !== StatementType.SELECT && statement.statementType !== StatementType.EXPLAIN) {
    throw new AppError("LAKE_QUERY_FAILED", "Only SELECT statements may be run over the lake.", {
      context: { sql: sql.slice(0, 300) },
    });
  }
  if (Object.keys(parameters).length > 0) statement.bind(parameters as Record<string, DuckDBValue>);
  return statement;
}
