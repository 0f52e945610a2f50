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
    column("event_id", "string", "UUID; unique within the tenant."),
    column("name", "string", "GA4 event name."),
    column("visitor_id", "string", "Anonymous id of the browser."),
    column("session_id", "string", "The visit; unique within the visitor only."),
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
    column("tax", "double", "Tax of the order, in `currency`."),
    column("shipping", "double", "Cost of shipping, in `currency`."),
    column("shipping_tier", "string", "How it is shipped."),
    column("payment_type", "string", "How it is paid."),
    column("customer_type", "string", "`new` or `returning`, as the shop counts."),
    column("coupon", "string", "Code of the coupon."),
    column("affiliation", "string", "The store or supplier."),
    column("location_id", "string", "The place, as a Google Place ID."),
    column("promotion_id", "string", "The promotion."),
    column("promotion_name", "string", "Its display name."),
    column("creative_name", "string", "What the promotion showed."),
    column("creative_slot", "string", "Where it showed it."),
    column("is_bot", "boolean", "True where a well-known bot sent it, by its user agent; else null."),
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
    column("sessions", "long", "Distinct sessions (visitor, session id)."),
    column("quantity", "long", "Sum of quantities; 1 where none is given."),
    column("revenue", "double", "Sum of price × quantity; 0 where no price is given."),
  ],
  partitionColumns: [tenant, date("window_start")],
};

/**
 * Silver: one flat row per item of a session, ordered by position. A session window is a run of item interactions of
 * one (tenant, visitor, session id) with gaps of at most 30 minutes. Key: tenant, visitor_id, session_id,
 * session_start, position.
 */
export const sessionsTable: TableSchema = {
  name: "sessions",
  columns: [
    column("session_id", "string", "The visit, as the tracker named it; unique within the visitor only."),
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

const latency = (stage: string, from: string): ColumnSpec[] =>
  [50, 90, 99].map((percent) =>
    column(`${stage}_p${percent}_ms`, "long", `${from}, ms: ${percent} of 100 prompt events took at most this.`),
  );

/**
 * The loss ledger: what arrived of an hour, what did not, and how long it took. One row per tenant and hour of event
 * time, a function of `events` and of its commits. Key: tenant, hour_start.
 */
export const ledgerTable: TableSchema = {
  name: "ledger",
  columns: [
    column("hour_start", "timestamp", "Start of the hour of event time."),
    column("events", "long", "Rows of `events`, whichever way they came."),
    column("history", "long", "Of these imported, or older than a live key may send: they are in no figure below."),
    column("unnumbered", "long", "Events without `seq`: their loss cannot be measured."),
    column("numbered", "long", "Distinct numbers (visitor, session, `seq`) that arrived."),
    column("missing", "long", "Numbers that never arrived though a later one of their session did."),
    column("sessions", "long", "Sessions with a number in the hour."),
    column("sessions_with_gaps", "long", "Of these with a number missing."),
    column("implausible", "long", "Jumps in `seq` too wide to be loss; not counted as missing."),
    column("repeats", "long", "Records dropped because their event id was known, by the hour of the dropping."),
    column("delayed", "long", "Events that arrived more than an hour after they occurred; in no percentile."),
    ...latency("log", "From the event to the collector, which answers when the log holds it"),
    ...latency("lake", "From the event to the commit that made it readable in `events`"),
    column("model_events", "long", "Item interactions with a known time to the first model that had learnt from them."),
    column("model_waiting", "long", "Item interactions that no kept model has learnt from."),
    ...latency("model", "From the event to the first model that had learnt from it"),
    column("derived_at", "timestamp", "When the row was made."),
  ],
  partitionColumns: [tenant, date("hour_start")],
};

/** Bronze: what was refused, whole, so that it can be looked into and sent again. Key: log_partition, log_offset. */
export const rejectedEventsTable: TableSchema = {
  name: "rejected_events",
  columns: [
    column("code", "string", "Why it was refused, as in errors.md."),
    column("field", "string", "JSON pointer into the event; empty for the whole."),
    column("reason", "string", "The same in words."),
    column("rejected_at", "timestamp", "When it was refused."),
    column("sent_at", "timestamp", "Device time of the sending."),
    column("historic", "boolean", "Whether it came by a write key for history."),
    column("body", "string", "The event as it came: JSON, or the text that was none."),
    column("log_partition", "integer", "Partition of topic `clicks.rejected` it came from."),
    column("log_offset", "long", "Offset in that partition."),
  ],
  partitionColumns: [
    { ...tenant, description: "The shop; `unknown` where the record did not tell." },
    date("rejected_at"),
  ],
};

/**
 * Bronze: every entry of the services' logs exactly once. Key: source_generation, source_offset of what was read from a
 * file, else log_partition, log_offset.
 */
export const logsTable: TableSchema = {
  name: "logs",
  columns: [
    column("occurred_at", "timestamp", "When it happened, as the entry says; else `observed_at`."),
    column("observed_at", "timestamp", "When it was read, or received."),
    column("severity_number", "integer", "OpenTelemetry's: 1 TRACE, 5 DEBUG, 9 INFO, 13 WARN, 17 ERROR, 21 FATAL."),
    column("severity_text", "string", "The level as the service wrote it."),
    column("body", "string", "The message; lines of a stack trace are parted by line feeds."),
    column("instance", "string", "The running copy of the service."),
    column("host", "string", "The machine."),
    column("trace_id", "string", "Hex, 32 digits."),
    column("span_id", "string", "Hex, 16 digits."),
    column("attributes", "string", "JSON object of further fields; null where there are none."),
    column("source_path", "string", "The file it was read from; null where it was sent."),
    column("source_generation", "string", "One life of that file's content; within it `source_offset` only grows."),
    column("source_offset", "long", "Byte at which the entry begins."),
    column("log_partition", "integer", "Partition of topic `logs` it came from."),
    column("log_offset", "long", "Offset in that partition."),
  ],
  partitionColumns: [{ name: "service", type: "string", description: "The service." }, date("occurred_at")],
};

/**
 * Bronze: every sample of every scrape exactly once, kept for some days. Key: tenant, event_id, name, labels.
 */
export const metricSamplesTable: TableSchema = {
  name: "metric_samples",
  columns: [
    column("event_id", "string", "The scrape: tenant, job, instance and time, as a JSON array."),
    column("occurred_at", "timestamp", "When the target was scraped."),
    column("job", "string", "What kind of service it is."),
    column("instance", "string", "Which copy of it."),
    column("name", "string", "Name of the metric; `up` is 1 where the target answered, else 0."),
    column("kind", "string", "counter, gauge or unknown."),
    column("labels", "string", 'Other labels, sorted: `code="500",path="/"`.'),
    column("value", "double", "Null where it is infinite or no number."),
    column("bucket", "integer", "Bucket of the value in sketches."),
    column("started_at_ms", "long", "When the counter was 0, ms since the epoch, where the target says so."),
    column("sampled_at_ms", "long", "`occurred_at`, ms since the epoch."),
    column("log_partition", "integer", "Partition of topic `metrics` it came from."),
    column("log_offset", "long", "Offset in that partition."),
  ],
  partitionColumns: [tenant, date("occurred_at")],
};

/**
 * Silver: one row per window of 10 s and series; a function of `metric_samples` (ADR 13). Key: tenant, window_start,
 * name, labels, job, instance, kind.
 */
export const metricWindowsTable: TableSchema = {
  name: "metric_windows",
  columns: [
    column("window_start", "timestamp", "Start of the tumbling window, inclusive; epoch-aligned."),
    column("window_end", "timestamp", "End of the window, exclusive."),
    column("labels", "string", 'Labels without job and instance, sorted: `code="500",path="/"`.'),
    column("name", "string", "Name of the metric."),
    column("instance", "string", "Which copy of the service."),
    column("job", "string", "What kind of service."),
    column("kind", "string", "counter, gauge or unknown."),
    column("samples", "long", "Samples in the window."),
    column("not_finite", "long", "Of these infinite or no number; no figure below has them."),
    column("total", "double", "Sum of the samples."),
    column("least", "double", "Least sample."),
    column("greatest", "double", "Greatest sample."),
    column("newest", "double", "Newest sample."),
    column("increase", "double", "By how much the counter has grown since the sample before the window."),
    column("spread", "string", "Sketch of a gauge's samples: bucket:count, …"),
  ],
  partitionColumns: [tenant, date("window_start")],
};

/** History of alerts: a row for each change of state. Key: episode, to_state. */
export const alertTransitionsTable: TableSchema = {
  name: "alert_transitions",
  columns: [
    column("changed_at", "timestamp", "End of the window that showed it."),
    column("rule", "string", "Group, name and labels of the rule."),
    column("fingerprint", "string", "The alert: a hash of its labels."),
    column("episode", "string", "One life of the alert, from pending to its end."),
    column("from_state", "string", "inactive, pending or firing."),
    column("to_state", "string", "pending, firing, resolved or inactive."),
    column("labels", "string", "Labels as a JSON object."),
    column("annotations", "string", "Texts as a JSON object."),
    column("value", "double", "What the condition found; null where it is infinite, or found nothing."),
    column("reason", "string", "Why it is over, where the condition did not end: no data, or rule removed."),
  ],
  partitionColumns: [date("changed_at")],
};

/** What `tune` has tried: a row per trial. Key: study, trial. */
export const tuningTrialsTable: TableSchema = {
  name: "tuning_trials",
  columns: [
    column("trial", "integer", "Number of the trial in its study, from 0."),
    column("model", "string", "Kind of model."),
    column("parameters", "string", "All its parameters, as JSON."),
    column("objective", "string", "What is made large."),
    column("value", "double", "What the trial reached."),
    column("metrics", "string", "All figures at 20, both columns, as JSON."),
    column("seconds", "double", "How long learning and judging took."),
    column("tried_at", "timestamp", "When it ended."),
  ],
  partitionColumns: [column("study", "string", "The search that it belongs to.")],
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
