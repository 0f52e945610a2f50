import { revenueScale, type WindowAggregate, windowSizeMs } from "@footfall/windows";
import { type LakeRow, quoteText } from "@footfall/lake";
import { partitionTimeSql } from "./events-sql.ts";

/** Items of an event as DuckDB reads them from the JSON text. */
export const itemsSql = `from_json(items, '[{"item_id":"VARCHAR","quantity":"BIGINT","price":"DOUBLE"}]')`;

/**
 * Distinct values of a group. Nearly all groups are single rows, and the others tiny, where lists of 64-bit hashes take
 * less than half the time of count(DISTINCT). Two of a million visitors coincide with probability 3·10^-8.
 */
function distinctSql(column: string): string {
  return `CASE WHEN count(*) = 1 THEN 1 ELSE len(list_distinct(list(hash(${column})))) END`;
}

/**
 * Rows of `item_windows` of the minutes in relation `minutes` (tenant, window_start_ms), from relation `source` with
 * the columns of `events`. It says in SQL what `TumblingWindows` says in TypeScript; a test holds the two together.
 */
export const itemWindowRowsSql = `
SELECT
  make_timestamp(window_start_ms * 1000) AS window_start,
  make_timestamp((window_start_ms + ${windowSizeMs}) * 1000) AS window_end,
  item.item_id AS item_id, name AS event_name,
  sum(is_first)::BIGINT AS events,
  ${distinctSql("visitor_id")} AS visitors,
  ${distinctSql("session_id")} AS sessions,
  sum(coalesce(item.quantity, 1))::BIGINT AS quantity,
  sum(coalesce(round(item.price * coalesce(item.quantity, 1) * ${revenueScale}), 0)) / ${revenueScale} AS revenue,
  tenant, ${partitionTimeSql("window_start_ms")}
FROM (
  SELECT tenant, window_start_ms, name, visitor_id, session_id, item,
    CASE WHEN place = 1 THEN 1
      ELSE (list_position(list_transform(all_items, lambda x: x.item_id), item.item_id) = place)::INTEGER
    END AS is_first
  FROM (
    SELECT tenant, window_start_ms, name, visitor_id, session_id, all_items,
      unnest(all_items) AS item, generate_subscripts(all_items, 1) AS place
    FROM (
      SELECT tenant, window_start_ms, name, visitor_id, session_id, ${itemsSql} AS all_items
      FROM (
        SELECT tenant, epoch_ms(occurred_at) // ${windowSizeMs} * ${windowSizeMs} AS window_start_ms, name, visitor_id,
          session_id, items
        FROM source WHERE items IS NOT NULL
      ) SEMI JOIN minutes USING (tenant, window_start_ms)
    )
  )
)
GROUP BY tenant, window_start_ms, item.item_id, name`;

/** Rows of `item_windows` from a file of JSON lines, each a `WindowAggregate`. */
export function stagedWindowRowsSql(path: string): string {
  return `
SELECT make_timestamp(startMs * 1000) AS window_start, make_timestamp(endMs * 1000) AS window_end,
  itemId AS item_id, eventName AS event_name, events, visitors, sessions, quantity, revenue,
  tenant, ${partitionTimeSql("startMs")}
FROM read_json(${quoteText(path)}, format = 'newline_delimited', columns = {
  startMs: 'BIGINT', endMs: 'BIGINT', tenant: 'VARCHAR', itemId: 'VARCHAR', eventName: 'VARCHAR', events: 'BIGINT',
  visitors: 'BIGINT', sessions: 'BIGINT', quantity: 'BIGINT', revenue: 'DOUBLE'})`;
}

export function itemWindowRow(aggregate: WindowAggregate): LakeRow {
  return {
    window_start: aggregate.startMs,
    window_end: aggregate.endMs,
    item_id: aggregate.itemId,
    event_name: aggregate.eventName,
    events: aggregate.events,
    visitors: aggregate.visitors,
    sessions: aggregate.sessions,
    quantity: aggregate.quantity,
    revenue: aggregate.revenue,
    tenant: aggregate.tenant,
    date: new Date(aggregate.startMs).toISOString().slice(0, 10),
  };
}
