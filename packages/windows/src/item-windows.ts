import { count } from "./measures/count.ts";
import { countDistinct } from "./measures/count-distinct.ts";
import { sum } from "./measures/sum.ts";
import type { WindowEvent, WindowItem } from "./window-event.ts";
import { type RowOf, windowTable } from "./window-table.ts";

/** Length of the windows of table `item_windows`. */
export const windowSizeMs = 60_000;

/** Money is summed in ten-thousandths: exact below 9 · 10^11 units of currency a window. */
const revenueScale = 10_000;

/** Items of an event as DuckDB reads them from the JSON text. */
export const itemsSql = `from_json(items, '[{"item_id":"VARCHAR","quantity":"BIGINT","price":"DOUBLE"}]')`;

/** Minute windows per tenant, item and event name. */
export const itemWindows = windowTable({
  name: "item_windows",
  windowSizeMs,
  rows: {
    of: (event: WindowEvent): readonly WindowItem[] | undefined => event.items,
    sql: (events) => `
  SELECT *, unnest(all_items) AS item, generate_subscripts(all_items, 1) AS place
  FROM (SELECT *, ${itemsSql} AS all_items FROM ${events} WHERE items IS NOT NULL)`,
  },
  keys: {
    itemId: { of: (item) => item.item_id, sql: "item.item_id" },
    eventName: { of: (_item, event) => event.name, sql: "name" },
  },
  measures: {
    /** Events that named the item; one that names it twice counts once. */
    events: count({
      of: ({ item_id: itemId }: WindowItem, { items }: WindowEvent, index) =>
        index === 0 || items!.findIndex((item) => item.item_id === itemId) === index,
      sql: `CASE WHEN place = 1 THEN true
    ELSE list_position(list_transform(all_items, lambda each_item: each_item.item_id), item.item_id) = place END`,
    }),
    visitors: countDistinct({ of: (_item: WindowItem, event: WindowEvent) => event.visitorId, sql: "visitor_id" }),
    /** Two visitors with one session id are two sessions. */
    sessions: countDistinct({
      of: (_item: WindowItem, event: WindowEvent) => `${event.visitorId}\u0000${event.sessionId}`,
      sql: "concat(visitor_id, chr(0), session_id)",
    }),
    /** Sum of quantities, 1 where none is given. */
    quantity: sum<WindowEvent, WindowItem>({ of: (item) => item.quantity ?? 1, sql: "coalesce(item.quantity, 1)" }),
    /** Sum of price × quantity, each rounded to 1 / `revenueScale`; 0 where no price is given. */
    revenue: sum<WindowEvent, WindowItem>(
      {
        of: ({ price, quantity }) => (price === undefined ? undefined : price * (quantity ?? 1)),
        sql: "item.price * coalesce(item.quantity, 1)",
      },
      revenueScale,
    ),
  },
});

/** One row of `item_windows`. */
export type ItemWindow = RowOf<typeof itemWindows>;
