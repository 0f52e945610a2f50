import { dateOf } from "@footfall/base";
import type { Decoded, TableIngestSpec } from "@footfall/ingest";
import { logsTable } from "@footfall/lake";
import type { LogRecord, TopicPartition } from "@footfall/log";
import { logsTopic, readLogEntry } from "@footfall/service-logs";

/** Topic `logs` as a table that people can query. */
export const logRows: TableIngestSpec = {
  topic: logsTopic,
  table: logsTable,
  decode: decodeLogEntry,
  sender: { sender: "source_generation", position: "source_offset" },
};

function decodeLogEntry({ value, offset }: LogRecord, { partition }: TopicPartition): Decoded {
  if (value === null) return undefined;
  const read = readLogEntry(value.toString("utf8"));
  if (!read.ok) return { deadLetter: read.reason };
  const { entry } = read;
  const { source, attributes } = entry;
  const row = {
    occurred_at: entry.occurredAtMs,
    observed_at: entry.observedAtMs,
    severity_number: entry.severityNumber,
    severity_text: entry.severityText,
    body: entry.body,
    instance: entry.instance,
    host: entry.host,
    trace_id: entry.traceId,
    span_id: entry.spanId,
    attributes: attributes && JSON.stringify(attributes),
    source_path: source?.path,
    source_generation: source?.generation,
    source_offset: source?.offset,
    log_partition: partition,
    log_offset: Number(offset),
    service: entry.service,
    date: dateOf(entry.occurredAtMs),
  };
  return { row, ...(source && { sent: { sender: source.generation, position: source.offset } }) };
}
