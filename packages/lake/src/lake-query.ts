import { type DuckDBConnection, type DuckDBDataChunk, type DuckDBValue, StatementType } from "@duckdb/node-api";
import { AppError } from "@footfall/base";
import { quoteName, quoteText } from "./column-type.ts";
import type { DuckDbEngine } from "./duckdb-engine.ts";
import type { LakeQueryOptions, LakeSnapshot, LakeTable, ScanColumn } from "./lake.ts";
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

/** Runs a SELECT and returns its rows as objects. */
export async function queryRows<Row extends object>(
  sql: string,
  options: LakeQueryOptions,
  deps: QueryDependencies,
): Promise<readonly Row[]> {
  return withPinnedTables(sql, options, deps, async (result) => {
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
  options: LakeQueryOptions,
  deps: QueryDependencies,
): Promise<void> {
  await withPinnedTables(sql, options, deps, async (result) => {
    const names = result.deduplicatedColumnNames();
    await eachChunk(result, (chunk) => onChunk(chunkColumns(chunk, names), chunk.rowCount));
  });
}

/** The next chunk is on its way while `use` works on one. */
async function eachChunk(result: QueryResult, use: (chunk: DuckDBDataChunk) => void): Promise<void> {
  let next = result.fetchChunk();
  try {
    for (let chunk = await next; chunk !== null && chunk.rowCount > 0; chunk = await next) {
      next = result.fetchChunk();
      use(chunk);
    }
  } finally {
    // The connection must not be closed below it.
    await next.catch(() => {});
  }
}

/** Snapshots of the lake's tables that the SQL may mean, at the versions asked for. */
async function pinnedSnapshots(
  sql: string,
  options: LakeQueryOptions,
  deps: QueryDependencies,
): Promise<{ table: LakeTable; snapshot: LakeSnapshot }[]> {
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
  use: (result: QueryResult) => Promise<T>,
): Promise<T> {
  const snapshots = await pinnedSnapshots(sql, options, deps);
  return deps.engine.withConnection(sql, async (connection) => {
    for (const { table, snapshot } of snapshots) {
      await connection.run(`CREATE TEMP VIEW ${quoteName(table.name)} AS ${snapshotSql(table.folder, snapshot)}`);
    }
    await connection.run(`SET streaming_buffer_size = ${quoteText(streamingBuffer)}`);
    return use(await startSelect(connection, sql, options.parameters ?? {}));
  });
}

type QueryResult = Awaited<ReturnType<typeof startSelect>>;

async function startSelect(
  connection: DuckDBConnection,
  sql: string,
  parameters: NonNullable<LakeQueryOptions["parameters"]>,
) {
  const statement = await connection.prepare(sql);
  if (statement.statementType !== StatementType.SELECT && statement.statementType !== StatementType.EXPLAIN) {
    throw new AppError("LAKE_QUERY_FAILED", "Only SELECT statements may be run over the lake.", {
      context: { sql: sql.slice(0, 300) },
    });
  }
  if (Object.keys(parameters).length > 0) statement.bind(parameters as Record<string, DuckDBValue>);
  return statement.stream();
}
