import { sketchBucket } from "@footfall/windows";
import type { MetricKind, MetricSample, MetricScrape } from "./metric-sample.ts";
import { labelsText } from "./series.ts";

/** One sample with all that windows need of it: a row of the relation that the SQL of `metricWindows` reads. */
export interface SampleRow {
  readonly tenant: string;
  /** Of target and time. With name and labels it tells the sample; repeats are dropped before windows see them. */
  readonly eventId: string;
  readonly occurredAtMs: number;
  readonly job: string;
  readonly instance: string;
  readonly name: string;
  readonly kind: MetricKind;
  /** As `labelsText` has them. */
  readonly labels: string;
  /** Undefined where the sample is infinite or no number. */
  readonly value: number | undefined;
  /** `sketchBucket` of the value, found here alone. */
  readonly bucket: number | undefined;
  readonly startedAtMs: number | undefined;
}

/** The samples of a scrape, and the series `up`: 1 where the target answered, else 0. */
export function sampleRows(scrape: MetricScrape): SampleRow[] {
  const eventId = scrapeId(scrape);
  const up: MetricSample = { name: "up", kind: "gauge", labels: {}, value: scrape.isUp ? 1 : 0 };
  const rows = scrape.samples.map((sample) => sampleRow(scrape, eventId, sample));
  rows.push(sampleRow(scrape, eventId, up));
  return rows;
}

function sampleRow({ tenant, job, instance, sampledAtMs }: MetricScrape, eventId: string, sample: MetricSample) {
  const { name, kind, labels, value, startedAtMs } = sample;
  const finite = typeof value === "number" && Number.isFinite(value) ? value : undefined;
  const row: SampleRow = {
    tenant,
    eventId,
    occurredAtMs: sampledAtMs,
    job,
    instance,
    name,
    kind,
    labels: labelsText(labels),
    value: finite,
    bucket: finite === undefined ? undefined : sketchBucket(finite),
    startedAtMs,
  };
  return row;
}

function scrapeId({ tenant, job, instance, sampledAtMs }: MetricScrape): string {
  return JSON.stringify([tenant, job, instance, sampledAtMs]);
}
