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
  const { tenant, job, instance, sampledAtMs, isUp, samples } = scrape;
  const target = { tenant, eventId: scrapeId(scrape), occurredAtMs: sampledAtMs, job, instance };
  const up: MetricSample = { name: "up", kind: "gauge", labels: {}, value: isUp ? 1 : 0 };
  return [...samples, up].map(({ name, kind, labels, value, startedAtMs }) => {
    const finite = typeof value === "number" && Number.isFinite(value) ? value : undefined;
    const bucket = finite === undefined ? undefined : sketchBucket(finite);
    return { ...target, name, kind, labels: labelsText(labels), value: finite, bucket, startedAtMs };
  });
}

function scrapeId({ tenant, job, instance, sampledAtMs }: MetricScrape): string {
  return JSON.stringify([tenant, job, instance, sampledAtMs]);
}
