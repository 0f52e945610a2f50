import { dateOf } from "@footfall/base";
import type { Decoded, TableIngestSpec } from "@footfall/ingest";
import { metricSamplesTable } from "@footfall/lake";
import type { LogRecord, TopicPartition } from "@footfall/log";
import { metricsTopic, readMetricScrape, sampleRows } from "@footfall/metrics";

/**
 * Topic `metrics` as a table of samples. A sample is known by its series and time, whatever scrape brings it: senders
 * of OTLP split what they export as they like, and may split it otherwise when they send it again.
 */
export const metricSamples: TableIngestSpec = {
  topic: metricsTopic,
  table: metricSamplesTable,
  decode: decodeScrape,
  identity: { columns: ["tenant", "event_id", "name", "labels"], time: "occurred_at" },
};

function decodeScrape({ value, offset }: LogRecord, { partition }: TopicPartition): Decoded {
  if (value === null) return undefined;
  const read = readMetricScrape(value.toString("utf8"));
  if (!read.ok) return { deadLetter: read.reason };
  const { tenant, job, instance, sampledAtMs } = read.scrape;
  const place = { log_partition: partition, log_offset: Number(offset) };
  const date = dateOf(sampledAtMs);
  const rows = sampleRows(read.scrape).map((sample) => ({
    event_id: sample.eventId,
    occurred_at: sampledAtMs,
    job,
    instance,
    name: sample.name,
    kind: sample.kind,
    labels: sample.labels,
    value: sample.value,
    bucket: sample.bucket,
    started_at_ms: sample.startedAtMs,
    sampled_at_ms: sampledAtMs,
    ...place,
    tenant,
    date,
  }));
  return { rows };
}
