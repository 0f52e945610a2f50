import {
  count,
  counterIncrease,
  distribution,
  eachEvent,
  last,
  max,
  mergeWindows,
  min,
  type RowOf,
  sumInOrder,
  windowTable,
} from "@footfall/windows";
import type { SampleRow } from "./sample-row.ts";

/** Length of the windows that samples are counted in. */
export const metricWindowSizeMs = 10_000;
/**
 * A counter goes on from its sample before, and a new one from its start, if that is at most this long ago; as long as
 * Prometheus looks back.
 */
export const counterSpanMs = 300_000;

const value = { of: (sample: SampleRow) => sample.value, sql: "value" };

/** Windows of 10 s per tenant and series. Longer ones are made of them: `mergeMetricWindows`. */
export const metricWindows = windowTable({
  name: "metric_windows",
  windowSizeMs: metricWindowSizeMs,
  rows: eachEvent<SampleRow>(),
  keys: {
    labels: { of: (sample) => sample.labels, sql: "labels" },
    name: { of: (sample) => sample.name, sql: "name" },
    instance: { of: (sample) => sample.instance, sql: "instance" },
    job: { of: (sample) => sample.job, sql: "job" },
    kind: { of: (sample) => sample.kind, sql: "kind" },
  },
  measures: {
    samples: count<SampleRow, SampleRow>(),
    /** Samples that are infinite or no number; all measures below leave them out. */
    notFinite: count({ of: (sample: SampleRow) => sample.value === undefined, sql: "value IS NULL" }),
    total: sumInOrder(value),
    least: min(value),
    greatest: max(value),
    newest: last(value),
    /** By how much a counter has grown since the sample before the window; of gauges undefined. */
    increase: counterIncrease({
      counter: {
        of: (sample: SampleRow) => (sample.kind === "gauge" ? undefined : sample.value),
        sql: "CASE WHEN kind <> 'gauge' THEN value END",
      },
      startedAtMs: { of: (sample: SampleRow) => sample.startedAtMs, sql: "started_at_ms" },
      spanMs: counterSpanMs,
    }),
    /** The sketch of a gauge's values; of counters undefined. */
    spread: distribution({
      of: (sample: SampleRow) => (sample.kind === "counter" ? undefined : sample.bucket),
      sql: "CASE WHEN kind <> 'counter' THEN bucket END",
    }),
  },
});

/** One row of `metric_windows`, or of longer windows. */
export type MetricWindow = RowOf<typeof metricWindows>;

/**
 * Longer windows of those given, each of which must be there once.
 * @param sizeMs  a multiple of `metricWindowSizeMs`: a minute, an hour
 */
export function mergeMetricWindows(windows: readonly MetricWindow[], sizeMs: number): MetricWindow[] {
  return mergeWindows(metricWindows, windows, sizeMs);
}
