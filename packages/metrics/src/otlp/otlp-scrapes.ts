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
  /** Points of later times than soon after it are refused: they would close windows that have hardly begun. */
  readonly nowMs: number;
  /** Whether there is room for a target; points of others are refused. */
  readonly hasRoom: (target: OtlpTarget) => boolean;
  /** Samples taken, each a number of a series: a histogram's point is many. Points after them are refused. */
  readonly samplesMax?: number;
}

export interface OtlpScrapes {
  /** One of each resource and time. */
  readonly scrapes: readonly MetricScrape[];
  readonly takenDataPoints: number;
  /** For the answer's `partialSuccess`. */
  readonly rejectedDataPoints: number;
  /** Why the first of them was; empty where none was. */
  readonly errorMessage: string;
}

/** What is read of a request, or why it is none: an answer of 400. */
export type OtlpMetrics = ({ readonly ok: true } & OtlpScrapes) | { readonly ok: false; readonly problem: string };

/** Clocks may be wrong by so much. */
const futureMsMax = 600_000;
/** Of job and instance. */
const targetLengthMax = 256;
/** Of a point's labels, names and values together. */
const labelsLengthMax = 16_384;

/** Flag of a point that says only that the series has ended. */
const noRecordedValue = 1;

/**
 * The points of an OTLP request as scrapes of Prometheus' series. Deltas need no memory here: a delta is the value of a
 * counter that was 0 at the point's start, and windows count a counter in full whose start is later than before. One
 * without a start, and a delta that may fall, is refused. Exemplars, `min`, `max` and the resource's other attributes
 * are left out.
 */
export function readOtlpMetrics(body: unknown, options: OtlpScrapesOptions): OtlpMetrics {
  try {
    return { ok: true, ...otlpScrapes(body as OtlpMetricsRequest, options) };
  } catch (error) {
    // Something else in the place of a list or an object.
    if (!(error instanceof TypeError)) throw error;
    return { ok: false, problem: `The body is no ExportMetricsServiceRequest: ${error.message}.` };
  }
}

function otlpScrapes(request: OtlpMetricsRequest, options: OtlpScrapesOptions): OtlpScrapes {
  const collected = new CollectedScrapes(options);
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

export interface OtlpTarget {
  readonly job: string;
  readonly instance: string;
}

class CollectedScrapes {
  readonly #options: OtlpScrapesOptions;
  readonly #scrapes = new Map<string, MetricScrape & { readonly samples: MetricSample[] }>();
  #samples = 0;
  #taken = 0;
  #rejected = 0;
  #errorMessage = "";

  constructor(options: OtlpScrapesOptions) {
    this.#options = options;
  }

  take(target: OtlpTarget, metric: OtlpMetric, point: OtlpPoint, scopeLabels: Readonly<Record<string, string>>): void {
    if (((point.flags ?? 0) & noRecordedValue) !== 0) return;
    try {
      const { nowMs, hasRoom, samplesMax = 50_000 } = this.#options;
      const sampledAtMs = otlpTimeMs(point.timeUnixNano);
      if (sampledAtMs === undefined) throw new SyntaxError("the point has no time");
      if (sampledAtMs > nowMs + futureMsMax) throw new SyntaxError("the point's time is in the future");
      const samples = samplesOf(metric, point, { ...labelsOf(point.attributes ?? []), ...scopeLabels });
      if (this.#samples + samples.length > samplesMax) throw new SyntaxError(`more than ${samplesMax} samples`);
      if (target.job.length > targetLengthMax || target.instance.length > targetLengthMax) {
        throw new SyntaxError(`service.name or service.instance.id is longer than ${targetLengthMax}`);
      }
      if (!hasRoom(target)) throw new SyntaxError(`too many targets: no room for ${target.job} ${target.instance}`);
      this.#samples += samples.length;
      this.#scrape(target, sampledAtMs).samples.push(...samples);
      this.#taken += 1;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#rejected += 1;
      this.#errorMessage ||= `metric ${metric.name ?? ""}: ${error.message}`;
    }
  }

  result(): OtlpScrapes {
    const scrapes = [...this.#scrapes.values()];
    return {
      scrapes,
      takenDataPoints: this.#taken,
      rejectedDataPoints: this.#rejected,
      errorMessage: this.#errorMessage,
    };
  }

  #scrape({ job, instance }: OtlpTarget, sampledAtMs: number): { readonly samples: MetricSample[] } {
    const key = JSON.stringify([job, instance, sampledAtMs]);
    const known = this.#scrapes.get(key);
    if (known) return known;
    const scrape = { tenant: this.#options.tenant, job, instance, sampledAtMs, isUp: true, samples: [] };
    this.#scrapes.set(key, scrape);
    return scrape;
  }
}

/** `service.name`, in its namespace, is the job, and `service.instance.id` the instance. */
function targetOf(attributes: readonly OtlpAttribute[]): OtlpTarget {
  const of = (key: string) => valueText(attributes.find((attribute) => attribute.key === key)?.value);
  const [namespace, name] = [of("service.namespace"), of("service.name") || "unknown_service"];
  return {
    job: namespace ? `${namespace}/${name}` : name,
    instance: of("service.instance.id") || of("host.name") || "unknown",
  };
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
  const length = labels.reduce((sum, [label, text]) => sum + label.length + text.length, 0);
  if (length > labelsLengthMax) throw new SyntaxError(`its attributes are longer than ${labelsLengthMax}`);
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
  if (startedAtMs !== undefined && startedAtMs > otlpTimeMs(point.timeUnixNano)!) {
    throw new SyntaxError("the point starts after its time");
  }
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
  // Absent fields may stand there as null.
  const value = asInt ?? asDouble ?? undefined;
  if (value === undefined) throw new SyntaxError("the point has no value");
  return { kind, labels, value: jsonNumber(otlpNumber(value)) };
}
