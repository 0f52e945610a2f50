import { dateOf } from "@footfall/base";
import { readRejectedEvent, topics } from "@footfall/events";
import type { Decoded, TableIngestSpec } from "@footfall/ingest";
import { rejectedEventsTable } from "@footfall/lake";
import type { LogRecord, TopicPartition } from "@footfall/log";

/** Topic `clicks.rejected` as a table that people can query. */
export const rejectedEvents: TableIngestSpec = {
  topic: topics.rejected,
  table: rejectedEventsTable,
  decode: decodeRejectedEvent,
};

function decodeRejectedEvent(record: LogRecord, { partition }: TopicPartition): Decoded {
  if (record.value === null) return undefined;
  const rejected = readRejectedEvent(record.value.toString("utf8"), record.appendedAtMs);
  const { code, field, reason, tenant, rejectedAtMs, sentAtMs, historic, event } = rejected;
  const row = {
    code,
    field,
    reason,
    rejected_at: rejectedAtMs,
    sent_at: sentAtMs,
    historic,
    body: typeof event === "string" ? event : JSON.stringify(event),
    log_partition: partition,
    log_offset: Number(record.offset),
    tenant: tenant === "" ? "unknown" : tenant,
    date: dateOf(rejectedAtMs),
  };
  return { row };
}
