import type { ColumnSpec, TableSchema } from "./lake.ts";

const tenant: ColumnSpec = { name: "tenant", type: "string", description: "The shop." };
const date = (of: string): ColumnSpec => ({ name: "date", type: "date", description: `UTC day of ${of}.` });
const column = (name: string, type: ColumnSpec["type"], description: string): ColumnSpec => ({
  name,
  type,
  description,
});

/** Bronze: every accepted event exactly once (invariant I2). */
export const eventsTable: TableSchema = {
  name: "events",
  columns: [
    column("event_id", "string", "UUID; unique in the table."),
    column("name", "string", "GA4 event name."),
    column("visitor_id", "string", "Anonymous id of the browser."),
    column("session_id", "string", "The visit."),
    column("seq", "integer", "1, 2, 3, … within the session; null where the sender has none."),
    column("occurred_at", "timestamp", "Event time, corrected for clock skew."),
    column("sent_at", "timestamp", "Device time of the sending."),
    column("received_at", "timestamp", "When the collector took it."),
    column("user_id", "string", "Signed-in customer."),
    column("page_location", "string", "Address of the page."),
    column("page_referrer", "string", "Address of the page before."),
    column("page_title", "string", "Title of the page."),
    column("search_term", "string", "What was searched for."),
    column("item_list_id", "string", "The list shown."),
    column("item_list_name", "string", "Its display name."),
    column("transaction_id", "string", "Order id."),
    column("currency", "string", "ISO 4217."),
    column("value", "double", "Value of the event, in `currency`."),
    column("items", "string", "JSON array of GA4 items, as sent; null where there are none."),
    column("recommendation_request_id", "string", "Answer of the recommender that was shown or clicked."),
    column("recommendation_placement", "string", "Where it was shown."),
    column("recommendation_position", "integer", "Position clicked, from 0."),
    column("log_partition", "integer", "Partition of topic `clicks` it came from; null for imported history."),
    column("log_offset", "long", "Offset in that partition; null for imported history."),
    column("schema_version", "integer", "Version of the event schema."),
  ],
  partitionColumns: [
    tenant,
    date("occurred_at"),
    { name: "hour", type: "integer", description: "UTC hour of occurred_at." },
  ],
};

/** Silver: one row per minute window, item and event name. Key: tenant, window_start, item_id, event_name. */
export const itemWindowsTable: TableSchema = {
  name: "item_windows",
  columns: [
    column("window_start", "timestamp", "Start of the tumbling window, inclusive; epoch-aligned."),
    column("window_end", "timestamp", "End of the window, exclusive."),
    column("item_id", "string", "The item."),
    column("event_name", "string", "GA4 event name."),
    column("events", "long", "Events that named the item (an event that names it twice counts once)."),
    column("visitors", "long", "Distinct visitors."),
    column("sessions", "long", "Distinct sessions."),
    column("quantity", "long", "Sum of quantities; 1 where none is given."),
    column("revenue", "double", "Sum of price × quantity; 0 where no price is given."),
  ],
  partitionColumns: [tenant, date("window_start")],
};

/**
 * Silver: one flat row per item of a session, ordered by position. A session window is a run of one session id's item
 * interactions with gaps of at most 30 minutes. Key: tenant, session_id, session_start, position.
 */
export const sessionsTable: TableSchema = {
  name: "sessions",
  columns: [
    column("session_id", "string", "The visit, as the tracker named it."),
    column("visitor_id", "string", "Anonymous id of the browser."),
    column("session_start", "timestamp", "Time of the first interaction."),
    column("session_end", "timestamp", "Time of the last interaction."),
    column("position", "integer", "1, 2, 3, … in order of (time, event id, index in items)."),
    column("item_id", "string", "The item."),
    column(
      "event_name",
      "string",
      "view_item, select_item, add_to_cart, remove_from_cart, begin_checkout or purchase.",
    ),
    column("occurred_at", "timestamp", "Event time."),
    column("event_id", "string", "The event it came from."),
    column("quantity", "integer", "Units; 1 where none is given."),
    column("price", "double", "Unit price; null where none is given."),
  ],
  partitionColumns: [tenant, date("session_start")],
};

/** Event names whose items make up a session. Lists that were merely shown do not. */
export const itemInteractionNames = [
  "view_item",
  "select_item",
  "add_to_cart",
  "remove_from_cart",
  "begin_checkout",
  "purchase",
] as const;
