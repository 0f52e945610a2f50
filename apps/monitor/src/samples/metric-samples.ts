import { dateOf } from "@footfall/base";
import type { Decoded, TableIngestSpec } from "@footfall/ingest";
import { metricSamplesTable } from "@footfall/lake";
import type { LogRecord, TopicPartition } from "@footfall/log";
import { metricsTopic, readMetricScrape, sampleRows } from "@footfall/metrics";

/** Topic `metrics` as a table of samples; a scrape that is sent again is known by its target and time. */
export const metricSamples: TableIngestSpec = {
  topic: metricsTopic,
  table: metricSamplesTable,
  decode: decodeScrape,
  sender: { sender: "target", position: "sampled_at_ms" },
};

function decodeScrape({ value, offset }: LogRecord, { partition }: TopicPartition): Decoded {
  if (value === null) return undefined;
  const read = readMetricScrape(value.toString("utf8"));
  if (!read.ok) return { deadLetter: read.reason };
  const { tenant, job, instance, sampledAtMs } = read.scrape;
  const target = JSON.stringify([tenant, job, instance]);
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
    target,
    sampled_at_ms: sampledAtMs,
    ...place,
    tenant,
    date,
  }));
  return { rows, sent: { sender: target, position: sampledAtMs } };
}
