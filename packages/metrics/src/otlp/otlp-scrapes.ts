import { boundText, jsonNumber } from "../exposition/sample-line.ts";
import type { MetricKind, MetricSample, MetricScrape } from "../metric-sample.ts";
import { type CumulativeBucket, explicitBuckets, exponentialBuckets } from "./otlp-buckets.ts";
import {
  type OtlpAttribute,
  type OtlpMetric,
  type OtlpMetricsRequest,
  otlpNumber,
  type OtlpPoint,
  otlpTimeMs,
  valueText,
} from "./otlp-request.ts";
import { prometheusLabel, prometheusName } from "./prometheus-name.ts";

export interface OtlpScrapesOptions {
  readonly tenant: string;
  /** Samples taken, each a number of a series: a histogram's point is many. Points after them are refused. */
  readonly samplesMax?: number;
}

export interface OtlpScrapes {
  /** One of each resource and time. */
  readonly scrapes: readonly MetricScrape[];
  /** For the answer's `partialSuccess`. */
  readonly rejectedDataPoints: number;
  /** Why the first of them was; empty where none was. */
  readonly errorMessage: string;
}

/** Flag of a point that says only that the series has ended. */
const noRecordedValue = 1;

/**
 * The points of an OTLP request as scrapes of Prometheus' series. Deltas need no memory here: a delta is the value of a
 * counter that was 0 at the point's start, and windows count a counter in full whose start is later than before. One
 * without a start, and a delta that may fall, is refused. Exemplars, `min`, `max` and the resource's other attributes
 * are left out. Throws `TypeError` where the request has no list in the place of one.
 */
export function otlpScrapes(request: OtlpMetricsRequest, options: OtlpScrapesOptions): OtlpScrapes {
  const collected = new CollectedScrapes(options.tenant, options.samplesMax ?? 50_000);
  for (const { resource, scopeMetrics } of request.resourceMetrics ?? []) {
    const target = targetOf(resource?.attributes ?? []);
    for (const { scope, metrics } of scopeMetrics ?? []) {
      const scopeLabels = {
        ...(scope?.name && { otel_scope_name: scope.name }),
        ...(scope?.version && { otel_scope_version: scope.version }),
      };
      for (const metric of metrics ?? []) {
        for (const point of pointsOf(metric)) collected.take(target, metric, point, scopeLabels);
      }
    }
  }
  return collected.result();
}

interface Target {
  readonly job: string;
  readonly instance: string;
}

class CollectedScrapes {
  readonly #tenant: string;
  readonly #samplesMax: number;
  readonly #scrapes = new Map<string, MetricScrape & { readonly samples: MetricSample[] }>();
  #samples = 0;
  #rejected = 0;
  #errorMessage = "";

  constructor(tenant: string, samplesMax: number) {
    this.#tenant = tenant;
    this.#samplesMax = samplesMax;
  }

  take(target: Target, metric: OtlpMetric, point: OtlpPoint, scopeLabels: Readonly<Record<string, string>>): void {
    if (((point.flags ?? 0) & noRecordedValue) !== 0) return;
    try {
      const sampledAtMs = otlpTimeMs(point.timeUnixNano);
      if (sampledAtMs === undefined) throw new SyntaxError("the point has no time");
      const samples = samplesOf(metric, point, { ...labelsOf(point.attributes ?? []), ...scopeLabels });
      if (this.#samples + samples.length > this.#samplesMax) {
        throw new SyntaxError(`more than ${this.#samplesMax} samples`);
      }
      this.#samples += samples.length;
      this.#scrape(target, sampledAtMs).samples.push(...samples);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#rejected += 1;
      this.#errorMessage ||= `metric ${metric.name ?? ""}: ${error.message}`;
    }
  }

  result(): OtlpScrapes {
    const scrapes = [...this.#scrapes.values()];
    return { scrapes, rejectedDataPoints: this.#rejected, errorMessage: this.#errorMessage };
  }

  #scrape({ job, instance }: Target, sampledAtMs: number): { readonly samples: MetricSample[] } {
    const key = JSON.stringify([job, instance, sampledAtMs]);
    const known = this.#scrapes.get(key);
    if (known) return known;
    const scrape = { tenant: this.#tenant, job, instance, sampledAtMs, isUp: true, samples: [] };
    this.#scrapes.set(key, scrape);
    return scrape;
  }
}

/** `service.name`, in its namespace, is the job, and `service.instance.id` the instance. */
function targetOf(attributes: readonly OtlpAttribute[]): Target {
  const of = (key: string) => valueText(attributes.find((attribute) => attribute.key === key)?.value);
  const [namespace, name] = [of("service.namespace"), of("service.name") || "unknown_service"];
  return { job: namespace ? `${namespace}/${name}` : name, instance: of("service.instance.id") || of("host.name") };
}

/** Attributes whose names become one label are joined by semicolons, in order of their names. */
function labelsOf(attributes: readonly OtlpAttribute[]): Record<string, string> {
  const values = new Map<string, string[]>();
  const sorted = [...attributes].sort((a, b) => ((a.key ?? "") < (b.key ?? "") ? -1 : 1));
  for (const { key = "", value } of sorted) {
    const name = prometheusLabel(key);
    const label = name === "job" || name === "instance" ? `exported_${name}` : name;
    values.set(label, [...(values.get(label) ?? []), valueText(value)]);
  }
  const labels = [...values].map(([label, texts]) => [label, texts.join(";")] as const);
  return Object.fromEntries(labels.filter(([, text]) => text !== ""));
}

function pointsOf(metric: OtlpMetric): readonly OtlpPoint[] {
  const data = metric.gauge ?? metric.sum ?? metric.histogram ?? metric.exponentialHistogram ?? metric.summary;
  return data?.dataPoints ?? [];
}

function samplesOf(metric: OtlpMetric, point: OtlpPoint, labels: Record<string, string>): MetricSample[] {
  const { unit = "", gauge, sum, histogram, exponentialHistogram } = metric;
  if (!metric.name) throw new SyntaxError("it has no name");
  const isDelta = [1, "AGGREGATION_TEMPORALITY_DELTA"].includes(
    (sum ?? histogram ?? exponentialHistogram)?.aggregationTemporality ?? 0,
  );
  const startedAtMs = otlpTimeMs(point.startTimeUnixNano);
  if (isDelta && startedAtMs === undefined) throw new SyntaxError("a delta without a start");
  const start = startedAtMs === undefined ? {} : { startedAtMs };
  if (gauge || (sum && !sum.isMonotonic)) {
    if (isDelta) throw new SyntaxError("a delta that may fall is neither counter nor gauge; send it cumulative");
    return [{ name: prometheusName(metric.name, unit, gauge ? "gauge" : "other"), ...valueOf("gauge", labels, point) }];
  }
  if (sum) {
    return [{ name: prometheusName(metric.name, unit, "counter"), ...valueOf("counter", labels, point), ...start }];
  }
  const name = prometheusName(metric.name, unit, "other");
  const counter = (suffix: string, value: number, more = {}): MetricSample => {
    return {
      name: `${name}_${suffix}`,
      kind: "counter",
      labels: { ...labels, ...more },
      value: jsonNumber(value),
      ...start,
    };
  };
  const totals = [counter("count", otlpNumber(point.count))];
  if (point.sum !== undefined) totals.push(counter("sum", otlpNumber(point.sum)));
  if (metric.summary) {
    const quantiles = (point.quantileValues ?? []).map(({ quantile, value }): MetricSample => {
      const own = { ...labels, quantile: boundText(otlpNumber(quantile)) };
      return { name, kind: "gauge", labels: own, value: jsonNumber(otlpNumber(value)) };
    });
    return [...quantiles, ...totals];
  }
  const buckets: CumulativeBucket[] = histogram ? explicitBuckets(point) : exponentialBuckets(point);
  return [
    ...buckets.map(({ upperBound, count }) => counter("bucket", count, { le: boundText(upperBound) })),
    ...totals,
  ];
}

function valueOf(kind: MetricKind, labels: Record<string, string>, { asInt, asDouble }: OtlpPoint) {
  if (asInt === undefined && asDouble === undefined) throw new SyntaxError("the point has no value");
  return { kind, labels, value: jsonNumber(otlpNumber(asInt ?? asDouble)) };
}
