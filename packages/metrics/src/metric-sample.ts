/**
 * What one target said of itself at one time, or a part of it; the value of a record of topic `metrics`, as JSON. Key
 * of the record: `instance`, so that one target's samples keep their order. A sample is known by tenant, job, instance,
 * `sampledAtMs`, name and labels: what is sent again, alone or among others, is counted once.
 */
export interface MetricScrape {
  /** Whose metrics they are; the shop's or the operator's own, `default`. */
  readonly tenant: string;
  /** Prometheus' `job`: what kind of service it is. */
  readonly job: string;
  /** Prometheus' `instance`: which copy of it, mostly `host:port`. */
  readonly instance: string;
  readonly sampledAtMs: number;
  /** Whether the target answered; where it did not, there are no samples. */
  readonly isUp: boolean;
  readonly samples: readonly MetricSample[];
}

/** A number of one series. */
export interface MetricSample {
  /** Prometheus' name: `footfall_errors_total`. */
  readonly name: string;
  readonly kind: MetricKind;
  /** Without name, job and instance. */
  readonly labels: Readonly<Record<string, string>>;
  /** JSON has no infinite numbers: these are texts. */
  readonly value: number | "NaN" | "+Inf" | "-Inf";
  /** When the counter was 0, where the target says so (`_created`). */
  readonly startedAtMs?: number;
}

/** Buckets, sum and count of a histogram are counters. */
export type MetricKind = "counter" | "gauge" | "unknown";

/** Topic of metrics. */
export const metricsTopic = "metrics";
