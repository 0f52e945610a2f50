import { dateOf } from "@footfall/base";
import type { DataFile, LakeSnapshot } from "@footfall/lake";
import { quotePath } from "@footfall/lake";
import { type OrderEvent, OrderLines, orderRepeatSpanMs } from "@footfall/windows";
import { type AggregationLake, filesSql, withStagedRows } from "../aggregation-lake.ts";
import { hourOf } from "./event-hours.ts";

const hourMs = 3_600_000;
/** Order lines that one look over `events` keeps; purchases of so many lines lie between two of one line at most. */
const orderLinesMax = 1_000_000;

/** SELECT of `events` as windows and sessions count them, over some of the files that were announced. */
export type CountedEventsSql = (files: readonly DataFile[]) => string;

/**
 * What counts of `events` in windows and sessions: not what well-known bots did, nor order lines that a purchase tells
 * of once more (see `OrderLines`). The columns are those of the table, `items` without the lines that do not count.
 * @param files  of the snapshot; all that `use` will ask for
 */
export async function withCountedEvents<T>(
  tables: AggregationLake,
  snapshot: LakeSnapshot,
  files: readonly DataFile[],
  use: (countedSql: CountedEventsSql) => Promise<T>,
): Promise<T> {
  const allSql: CountedEventsSql = (some) =>
    `SELECT * FROM (${filesSql(tables.events, snapshot, some)}) WHERE is_bot IS NOT TRUE`;
  const repeats = await repeatedOrders(tables, snapshot, files);
  if (repeats.length === 0) return use(allSql);
  return withStagedRows(tables, repeats, (path) =>
    use(
      (some) => `
SELECT events.* REPLACE (if(repeats.event_id IS NULL, events.items, repeats.items) AS items)
FROM (${allSql(some)}) AS events LEFT JOIN read_json(${quotePath(path)}, format = 'newline_delimited',
  columns = {tenant: 'VARCHAR', event_id: 'VARCHAR', items: 'VARCHAR'}) AS repeats
  ON events.tenant = repeats.tenant AND events.event_id = repeats.event_id`,
    ),
  );
}

/** A purchase with lines that do not count, and the items that do. */
interface RepeatedOrder {
  readonly tenant: string;
  readonly event_id: string;
  /** JSON array; what does not count is left out. */
  readonly items: string;
}

/** Purchases in the files with lines that do not count. Those of other files may be among them. */
async function repeatedOrders(
  tables: AggregationLake,
  snapshot: LakeSnapshot,
  files: readonly DataFile[],
): Promise<readonly RepeatedOrder[]> {
  const withOrders = files.filter(mayHoldOrders);
  if (withOrders.length === 0) return [];
  const source = filesAround(snapshot, withOrders, { beforeMs: orderRepeatSpanMs, afterMs: 0 });
  const lines = new OrderLines(orderLinesMax);
  const repeated: RepeatedOrder[] = [];
  for (const order of await ordersOf(tables, snapshot, source)) {
    const { event } = lines.observe(order);
    if (event === order) continue;
    repeated.push({ tenant: event.tenant, event_id: event.eventId, items: JSON.stringify(event.items) });
  }
  return repeated;
}

/** Purchases of orders that more than one purchase tells of, by (time, event id). */
async function ordersOf(
  tables: AggregationLake,
  snapshot: LakeSnapshot,
  files: readonly DataFile[],
): Promise<readonly OrderEvent[]> {
  const rows = await tables.lake.query<{
    tenant: string;
    event_id: string;
    transaction_id: string;
    time_ms: number;
    items: string;
  }>(`
WITH orders AS MATERIALIZED (${ordersSql(tables, snapshot, files)})
SELECT * FROM orders SEMI JOIN (
  SELECT tenant, transaction_id FROM orders GROUP BY ALL HAVING count(*) > 1
) USING (tenant, transaction_id) ORDER BY time_ms, event_id`);
  return rows.map(orderEvent);
}

/** SELECT of the purchases with a transaction id: tenant, event_id, transaction_id, time_ms, items. */
export function ordersSql(tables: AggregationLake, snapshot: LakeSnapshot, files: readonly DataFile[]): string {
  return `SELECT tenant, event_id, transaction_id, epoch_ms(occurred_at)::DOUBLE AS time_ms, items
FROM (${filesSql(tables.events, snapshot, files.filter(mayHoldOrders))})
WHERE name = 'purchase' AND transaction_id <> '' AND items IS NOT NULL AND is_bot IS NOT TRUE`;
}

/** Rows of `ordersSql` as events. */
export function orderEvent(row: {
  readonly tenant: string;
  readonly event_id: string;
  readonly transaction_id: string;
  readonly time_ms: number;
  readonly items: string;
}): OrderEvent {
  return {
    tenant: row.tenant,
    eventId: row.event_id,
    transaction_id: row.transaction_id,
    occurredAtMs: row.time_ms,
    name: "purchase",
    visitorId: "",
    sessionId: "",
    items: JSON.parse(row.items) as NonNullable<OrderEvent["items"]>,
  };
}

/** Files with later purchases of orders that the files tell of: what counts of them may change with these. */
export async function filesOfLaterOrders(
  tables: AggregationLake,
  snapshot: LakeSnapshot,
  files: readonly DataFile[],
): Promise<readonly DataFile[]> {
  const withOrders = files.filter(mayHoldOrders);
  if (withOrders.length === 0) return [];
  const known = new Set(files);
  const around = filesAround(snapshot, withOrders, { beforeMs: 0, afterMs: orderRepeatSpanMs });
  const later = around.filter((file) => !known.has(file));
  if (later.length === 0) return [];
  const found = await tables.lake.query<{ tenant: string; hour: number }>(`
WITH orders AS (SELECT tenant, transaction_id, min(time_ms) AS first_ms, max(time_ms) AS last_ms
  FROM (${ordersSql(tables, snapshot, withOrders)}) GROUP BY ALL)
SELECT DISTINCT tenant, (floor(time_ms / ${hourMs}) * ${hourMs})::DOUBLE AS hour
FROM (${ordersSql(tables, snapshot, later)}) JOIN orders USING (tenant, transaction_id)
WHERE time_ms BETWEEN first_ms AND last_ms + ${orderRepeatSpanMs}`);
  const hours = new Set(found.map(({ tenant, hour }) => `${tenant} ${hour}`));
  return later.filter((file) => hours.has(`${file.partition["tenant"]} ${hourOf(file.partition)}`));
}

/** Files without one need not be opened. */
function mayHoldOrders({ rows, nulls }: DataFile): boolean {
  return nulls?.["transaction_id"] === undefined || nulls["transaction_id"] < rows;
}

/** Files with purchases of the same tenants, from so long before the files until so long after them. */
function filesAround(
  snapshot: LakeSnapshot,
  files: readonly DataFile[],
  { beforeMs, afterMs }: { readonly beforeMs: number; readonly afterMs: number },
): DataFile[] {
  const dates = new Map<string, { first: string; last: string }>();
  for (const file of files) {
    const tenant = file.partition["tenant"]!;
    const startMs = hourOf(file.partition);
    const [first, last] = [dateOf(startMs - beforeMs), dateOf(startMs + hourMs + afterMs)];
    const range = dates.get(tenant);
    if (!range) dates.set(tenant, { first, last });
    else
      Object.assign(range, {
        first: first < range.first ? first : range.first,
        last: last > range.last ? last : range.last,
      });
  }
  return snapshot.files.filter((file) => {
    const range = dates.get(file.partition["tenant"]!);
    const date = file.partition["date"]!;
    return range !== undefined && range.first <= date && date <= range.last && mayHoldOrders(file);
  });
}
