import { quotePath } from "@footfall/lake";

/** Columns of text that are named as in the event. */
export const orderTexts = [
  "shipping_tier",
  "payment_type",
  "customer_type",
  "coupon",
  "affiliation",
  "location_id",
  "promotion_id",
  "promotion_name",
  "creative_name",
  "creative_slot",
] as const;

const stagedColumns = [
  "log_partition: 'INTEGER'",
  "log_offset: 'BIGINT'",
  "v: 'INTEGER'",
  "tenant: 'VARCHAR'",
  "eventId: 'VARCHAR'",
  "name: 'VARCHAR'",
  "visitorId: 'VARCHAR'",
  "sessionId: 'VARCHAR'",
  "seq: 'INTEGER'",
  "occurredAtMs: 'BIGINT'",
  "sentAtMs: 'BIGINT'",
  "receivedAtMs: 'BIGINT'",
  "userId: 'VARCHAR'",
  "page_location: 'VARCHAR'",
  "page_referrer: 'VARCHAR'",
  "page_title: 'VARCHAR'",
  "search_term: 'VARCHAR'",
  "item_list_id: 'VARCHAR'",
  "item_list_name: 'VARCHAR'",
  "transaction_id: 'VARCHAR'",
  "currency: 'VARCHAR'",
  "value: 'DOUBLE'",
  // As text: reading it as JSON would write it out anew, at a third of the cost of everything.
  "items: 'VARCHAR'",
  "recommendation: 'STRUCT(requestId VARCHAR, placement VARCHAR, position INTEGER)'",
  "tax: 'DOUBLE'",
  "shipping: 'DOUBLE'",
  ...orderTexts.map((name) => `${name}: 'VARCHAR'`),
  "isBot: 'BOOLEAN'",
];

/** Rows of table `events` from staged lines. */
export function eventRowsSql(stagedPath: string): string {
  return `
SELECT
  eventId AS event_id, name, visitorId AS visitor_id, sessionId AS session_id, seq,
  make_timestamp(occurredAtMs * 1000) AS occurred_at,
  make_timestamp(sentAtMs * 1000) AS sent_at,
  make_timestamp(receivedAtMs * 1000) AS received_at,
  userId AS user_id, page_location, page_referrer, page_title, search_term, item_list_id, item_list_name,
  transaction_id, currency, value, items,
  recommendation.requestId AS recommendation_request_id,
  recommendation.placement AS recommendation_placement,
  recommendation.position AS recommendation_position,
  log_partition, log_offset, v AS schema_version,
  tax, shipping, ${orderTexts.join(", ")}, isBot AS is_bot,
  tenant, ${partitionTimeSql("occurredAtMs")}, (occurredAtMs // 3600000 % 24)::INTEGER AS hour
FROM read_json(${quotePath(stagedPath)}, format = 'newline_delimited', columns = {${stagedColumns.join(", ")}})`;
}

/** The partition column `date` of a time in ms. */
export function partitionTimeSql(timeMs: string): string {
  return `make_timestamp(${timeMs} * 1000)::DATE AS date`;
}
