import {
  type DataFile,
  eventsTable,
  itemWindowsTable,
  type Lake,
  type LakeSnapshot,
  type LakeTable,
  relationSql,
  sessionsTable,
  withStagedText,
} from "@footfall/lake";

/** The lake as the aggregator uses it: its three tables. */
export interface AggregationLake {
  readonly lake: Lake;
  readonly events: LakeTable;
  readonly itemWindows: LakeTable;
  readonly sessions: LakeTable;
}

/** Opens the tables. */
export async function openAggregationLake(lake: Lake): Promise<AggregationLake> {
  return {
    lake,
    events: await lake.table(eventsTable),
    itemWindows: await lake.table(itemWindowsTable),
    sessions: await lake.table(sessionsTable),
  };
}

/** Lines put together before they are handed to the file system. */
const partRows = 1000;

/** As `withStagedText`, for rows as JSON lines. */
export async function withStagedRows<T>(
  tables: AggregationLake,
  rows: readonly object[],
  use: (path: string) => Promise<T>,
): Promise<T> {
  return withStagedText(tables.lake, jsonLines(rows), use);
}

/** As `withStagedRows`, with the SELECT that reads them; undefined where there are none. */
export async function withRowsSql<T>(
  tables: AggregationLake,
  rows: readonly object[],
  { readSql, use }: { readSql: (path: string) => string; use: (sql: string | undefined) => Promise<T> },
): Promise<T> {
  return rows.length === 0 ? use(undefined) : withStagedRows(tables, rows, (path) => use(readSql(path)));
}

/** JSON lines, many to a part. */
function jsonLines(rows: readonly object[]): string[] {
  const parts: string[] = [];
  for (let start = 0; start < rows.length; start += partRows) {
    let part = "";
    for (let i = start; i < Math.min(start + partRows, rows.length); i += 1) part += `${JSON.stringify(rows[i])}\n`;
    parts.push(part);
  }
  return parts;
}

/** A SELECT over some files of a table. */
export function filesSql(table: LakeTable, snapshot: LakeSnapshot, files: readonly DataFile[]): string {
  return relationSql(table.folder, snapshot.schema, files);
}
