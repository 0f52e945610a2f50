import { eventsTable, type Lake, openLake, relationSql } from "@footfall/lake";
import { temporaryFolder, type TemporaryFolder } from "@footfall/testkit";
import { afterAll, beforeAll } from "vitest";
import { type AggregationLake, openAggregationLake, withStagedRows } from "../src/aggregation-lake.ts";
import { eventRowsSql } from "../src/events/events-sql.ts";
import { startMs } from "./pipeline-fixture.ts";

export interface ClosableTables extends AggregationLake {
  close(): Promise<void>;
}

/** Empty lakes for the tests of a file, removed after them. */
export function useLakes(): { readonly newTables: () => Promise<ClosableTables> } {
  let folder: TemporaryFolder;
  let lakes = 0;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(async () => {
    await folder.remove();
  });
  return {
    async newTables() {
      lakes += 1;
      const lake = await openLake({ root: `${folder.path}/${lakes}`, clock: () => startMs, threads: 1 });
      return { ...(await openAggregationLake(lake)), close: () => lake.close() };
    },
  };
}

/** @returns the version of `events` that holds them */
export async function addEvents(tables: AggregationLake, events: readonly object[]): Promise<number> {
  const add = await withStagedRows(tables, events, (path) =>
    tables.lake.writeBulk(tables.events, { sql: eventRowsSql(path) }),
  );
  return tables.events.commit({ add, operation: "append" });
}

/** Puts all events of another lake into the tables. */
export async function copyEvents(from: Lake, tables: AggregationLake): Promise<void> {
  const source = await from.existingTable(eventsTable.name);
  const { schema, files } = await source.snapshot();
  const add = await tables.lake.writeBulk(tables.events, { sql: relationSql(source.folder, schema, files) });
  await tables.events.commit({ add, operation: "append" });
}

export async function rowsOf(lake: Lake): Promise<{ windows: readonly object[]; sessions: readonly object[] }> {
  return {
    windows: await lake.query("SELECT * FROM item_windows ORDER BY tenant, window_start, item_id, event_name"),
    sessions: await lake.query(
      "SELECT * FROM sessions ORDER BY tenant, visitor_id, session_id, session_start, position",
    ),
  };
}
