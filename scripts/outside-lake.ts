import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { itemInteractionNames, quotePath } from "@footfall/lake";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/**
 * Reads the lake as a stranger would: the commit logs as the Delta protocol describes them, the files with a DuckDB of
 * its own, and the silver tables computed once more from `events` in plain SQL. It shares no code with the product's
 * own readers and writers, so that what it confirms is not one fault twice.
 */
export interface OutsideLake {
  /** Rows and distinct events (tenant, event id) in `events`. Looks anew at each call. */
  countEvents(): Promise<{ readonly rows: number; readonly ids: number }>;
  /** All event ids, one entry per row. */
  eventIds(): Promise<readonly string[]>;
  /** Compares a silver table with its recomputation from `events`, row by row. @param tenant  absent: of all */
  compare(table: "item_windows" | "sessions", tenant?: string): Promise<TableComparison>;
  /** Some of the rows that the recomputation gives and the table lacks. */
  missingRows(table: "item_windows" | "sessions", tenant?: string): Promise<readonly object[]>;
  query<Row extends object>(sql: string): Promise<readonly Row[]>;
  close(): void;
}

export interface TableComparison {
  /** Rows that the table holds. */
  readonly rows: number;
  /** Rows that the recomputation gives. */
  readonly recomputedRows: number;
  /** Rows of the recomputation that the table lacks, and rows of the table that the recomputation does not give. */
  readonly missing: number;
  readonly surplus: number;
  /** Distinct sessions in the table; for `item_windows` distinct windows. */
  readonly groups: number;
  readonly recomputedGroups: number;
}

const tables = ["events", "item_windows", "sessions"] as const;
type TableName = (typeof tables)[number];

/** What each table looks like without a file, so that counts over an empty lake are zero and not errors. */
const emptyColumns: Record<TableName, string> = {
  events:
    "''::varchar as tenant, ''::varchar as event_id, ''::varchar as name, ''::varchar as visitor_id, " +
    "''::varchar as session_id, now()::timestamp as occurred_at, ''::varchar as items, ''::varchar as transaction_id, " +
    "false as is_bot",
  item_windows:
    "''::varchar as tenant, now()::timestamp as window_start, ''::varchar as item_id, ''::varchar as event_name, " +
    "0::bigint as events, 0::bigint as visitors, 0::bigint as sessions, 0::bigint as quantity, 0::double as revenue",
  sessions:
    "''::varchar as tenant, ''::varchar as visitor_id, ''::varchar as session_id, now()::timestamp as session_start, " +
    "now()::timestamp as session_end, 0::integer as position, ''::varchar as item_id, ''::varchar as event_name, " +
    "now()::timestamp as occurred_at, ''::varchar as event_id, 0::integer as quantity, 0::double as price",
};

const sentItem = `
  select tenant, epoch_ms(occurred_at) as at_ms, event_id, visitor_id, session_id, name, index, transaction_id,
    items[index].item_id as item_id, coalesce(items[index].quantity, 1) as quantity, items[index].price as price
  from (
    select * replace (from_json(items, '[{"item_id":"VARCHAR","quantity":"BIGINT","price":"DOUBLE"}]') as items)
    from events where items is not null and is_bot is not true
  ), lateral (select unnest(range(1, len(items) + 1)) as index)`;

/** An item of an order that another event has told of within the seven days before. */
const repeatedItem = `
  select tenant, event_id, item_id from (
    select *, at_ms - lag(at_ms) over (partition by tenant, transaction_id, item_id order by at_ms, event_id) as since_ms
    from (
      select distinct tenant, transaction_id, item_id, event_id, at_ms from (${sentItem})
      where name = 'purchase' and transaction_id <> ''
    )
  ) where since_ms <= 604800000`;

const itemOfEvent = `select * from (${sentItem}) anti join (${repeatedItem}) using (tenant, event_id, item_id)`;

const recomputed = {
  item_windows: `
    select tenant, at_ms // 60000 * 60000 as start_ms, item_id, name, count(distinct event_id) as events,
      count(distinct visitor_id) as visitors, count(distinct (visitor_id, session_id)) as sessions, sum(quantity)::bigint as quantity,
      round(sum(quantity * coalesce(price, 0)), 4) as revenue
    from (${itemOfEvent}) group by all`,
  // Runs without a gap of more than 30 minutes; those longer than a day are cut at midnights, UTC.
  sessions: `
    select tenant, visitor_id, session_id, min(at_ms) over part as start_ms, max(at_ms) over part as end_ms,
      row_number() over (part order by at_ms, event_id, index) as position, item_id, name, at_ms, event_id,
      quantity::bigint as quantity, price
    from (
      select *, case when max(at_ms) over run - min(at_ms) over run > 86400000 then at_ms // 86400000 end as day
      from (
        select *, sum(is_start) over (partition by tenant, visitor_id, session_id order by at_ms, event_id, index
          rows unbounded preceding) as run_number
        from (
          select *, case when at_ms - lag(at_ms) over (partition by tenant, visitor_id, session_id order by at_ms, event_id, index)
            <= 1800000 then 0 else 1 end as is_start
          from (${itemOfEvent}) where name in (${itemInteractionNames.map((name) => `'${name}'`).join(", ")})
        )
      ) window run as (partition by tenant, visitor_id, session_id, run_number)
    ) window part as (partition by tenant, visitor_id, session_id, run_number, day)`,
} as const;

const stored = {
  item_windows: `
    select tenant, epoch_ms(window_start) as start_ms, item_id, event_name as name, events, visitors, sessions,
      quantity, round(revenue, 4) as revenue
    from item_windows`,
  sessions: `
    select tenant, visitor_id, session_id, epoch_ms(session_start) as start_ms, epoch_ms(session_end) as end_ms,
      position::bigint as position, item_id, event_name as name, epoch_ms(occurred_at) as at_ms, event_id,
      quantity::bigint as quantity, price
    from sessions`,
} as const;

const groupKey = {
  item_windows: "(tenant, start_ms)",
  sessions: "(tenant, visitor_id, session_id, start_ms)",
} as const;

function rowsOf(table: keyof typeof stored, tenant?: string): { readonly stored: string; readonly recomputed: string } {
  const where = tenant === undefined ? "" : `where tenant = '${tenant}'`;
  return {
    stored: `select * from (${stored[table]}) ${where}`,
    recomputed: `select * from (${recomputed[table]}) ${where}`,
  };
}

/** @param tablesFolder  `tables` in the storage folder */
export async function openOutsideLake(tablesFolder: string): Promise<OutsideLake> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const query = async <Row extends object>(sql: string): Promise<readonly Row[]> => {
    await createViews(connection, tablesFolder);
    const reader = await connection.runAndReadAll(sql);
    return reader.getRowObjectsJS() as unknown as readonly Row[];
  };
  return {
    query,
    async countEvents() {
      const sql = "select count(*)::integer as rows, count(distinct (tenant, event_id))::integer as ids from events";
      const [counts] = await query<{ rows: number; ids: number }>(sql);
      return counts ?? { rows: 0, ids: 0 };
    },
    async eventIds() {
      return (await query<{ event_id: string }>("select event_id from events")).map((row) => row.event_id);
    },
    async compare(table, tenant) {
      const key = groupKey[table];
      const rows = rowsOf(table, tenant);
      const [result] = await query<TableComparison>(`
        with a as materialized (${rows.stored}), b as materialized (${rows.recomputed})
        select (select count(*) from a)::integer as rows, (select count(*) from b)::integer as "recomputedRows",
          (select count(*) from (select * from b except all select * from a))::integer as missing,
          (select count(*) from (select * from a except all select * from b))::integer as surplus,
          (select count(distinct ${key}) from a)::integer as groups,
          (select count(distinct ${key}) from b)::integer as "recomputedGroups"`);
      if (!result) throw new Error("a query of counts gave no row");
      return result;
    },
    async missingRows(table, tenant) {
      const rows = rowsOf(table, tenant);
      return query(`(${rows.recomputed}) except all (${rows.stored}) limit 5`);
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function createViews(connection: DuckDBConnection, tablesFolder: string): Promise<void> {
  for (const table of tables) {
    const files = await currentFiles(connection, join(tablesFolder, table));
    const list = files.map(quotePath).join(", ");
    const reading = "hive_partitioning = true, hive_types = {'tenant': varchar}, union_by_name = true";
    const rows =
      files.length > 0
        ? `select * from read_parquet([${list}], ${reading})`
        : `select ${emptyColumns[table]} where false`;
    await connection.run(`create or replace temp view ${table} as ${rows}`);
  }
}

interface DeltaAction {
  readonly add?: { readonly path: string };
  readonly remove?: { readonly path: string };
}

/** Absolute paths of a table's present files, by its commit log alone. */
async function currentFiles(connection: DuckDBConnection, tableFolder: string): Promise<readonly string[]> {
  const folder = join(tableFolder, "_delta_log");
  const names = (await readdir(folder).catch((): string[] => [])).sort();
  const entries = names.filter((name) => /^\d{20}\.json$/.test(name));
  const checkpoint = names.findLast((name) => /^\d{20}\.checkpoint\.parquet$/.test(name));
  const paths = new Set<string>();
  // Entries before the newest checkpoint may have been cleaned away; without a gap they alone tell everything.
  const needsCheckpoint = checkpoint !== undefined && Number(entries[0]?.slice(0, 20) ?? 1) > 0;
  if (needsCheckpoint) {
    const sql = `select add.path as path from read_parquet(${quotePath(join(folder, checkpoint))}) where add is not null`;
    const reader = await connection.runAndReadAll(sql);
    for (const [path] of reader.getRowsJS()) paths.add(String(path));
  }
  for (const name of entries) {
    if (needsCheckpoint && name.slice(0, 20) <= checkpoint.slice(0, 20)) continue;
    const lines = (await readFile(join(folder, name), "utf8")).split("\n").filter((line) => line !== "");
    const actions = lines.map((line) => JSON.parse(line) as DeltaAction);
    for (const { remove } of actions) if (remove) paths.delete(remove.path);
    for (const { add } of actions) if (add) paths.add(add.path);
  }
  return [...paths].map((path) => join(tableFolder, decodeURIComponent(path)));
}
