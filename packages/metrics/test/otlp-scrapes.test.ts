import { TumblingWindows } from "@footfall/windows";
import { expect, test } from "vitest";
import { metricWindows } from "../src/metric-windows.ts";
import type { OtlpMetric } from "../src/otlp/otlp-request.ts";
import { type OtlpMetrics, readOtlpMetrics } from "../src/otlp/otlp-scrapes.ts";
import { prometheusName } from "../src/otlp/prometheus-name.ts";
import { sampleRows } from "../src/sample-row.ts";
import { labelsText } from "../src/series.ts";

const text = (stringValue: string) => ({ stringValue });
const startMs = Date.UTC(2026, 2, 3);
const nano = (offsetMs: number) => `${startMs + offsetMs}000000`;
const at = { startTimeUnixNano: nano(0), timeUnixNano: nano(10_000) };

const byDefault = { tenant: "demo", nowMs: startMs + 60_000, hasRoom: () => true };

function read(body: unknown, options = {}): Extract<OtlpMetrics, { ok: true }> {
  const result = readOtlpMetrics(body, { ...byDefault, ...options });
  if (!result.ok) throw new Error(result.problem);
  return result;
}

function taken(metrics: readonly OtlpMetric[], options = {}) {
  const attributes = [
    { key: "service.name", value: text("cart") },
    { key: "service.namespace", value: text("shop") },
    { key: "service.instance.id", value: text("cart-1") },
  ];
  const request = { resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] };
  return read(request, options);
}

const lines = (metric: OtlpMetric) =>
  taken([metric]).scrapes.flatMap(({ samples }) =>
    samples.map(({ name, labels, kind, value }) => `${name}{${labelsText(labels)}} ${kind} ${value}`),
  );

test("a resource is job and instance, points of one time one scrape", () => {
  const gauge = {
    dataPoints: [
      { ...at, asInt: "7" },
      { ...at, attributes: [{ key: "a.b", value: { intValue: 1 } }], asDouble: 0.5 },
    ],
  };
  const result = taken([{ name: "queue.depth", unit: "{item}", gauge }]);
  expect(result.rejectedDataPoints).toBe(0);
  expect(result.scrapes).toEqual([
    {
      tenant: "demo",
      job: "shop/cart",
      instance: "cart-1",
      sampledAtMs: startMs + 10_000,
      isUp: true,
      samples: [
        { name: "queue_depth", kind: "gauge", labels: {}, value: 7 },
        { name: "queue_depth", kind: "gauge", labels: { a_b: "1" }, value: 0.5 },
      ],
    },
  ]);
});

test("sums that only rise are counters with a start, others gauges", () => {
  const point = { ...at, asInt: "9007199254740993" };
  const [rising] = taken([
    { name: "hits", sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point] } },
  ]).scrapes;
  expect(rising!.samples).toEqual([
    { name: "hits_total", kind: "counter", labels: {}, value: 9_007_199_254_740_992, startedAtMs: startMs },
  ]);
  expect(lines({ name: "open", sum: { dataPoints: [{ ...at, asInt: -2 }] } })).toEqual(["open{} gauge -2"]);
});

test("histograms become buckets that include those below, with sum and count", () => {
  const point = { ...at, count: "6", sum: 9.5, bucketCounts: ["1", 2, "3"], explicitBounds: [0.5, 1] };
  expect(lines({ name: "took", unit: "s", histogram: { dataPoints: [point] } })).toEqual([
    'took_seconds_bucket{le="0.5"} counter 1',
    'took_seconds_bucket{le="1"} counter 3',
    'took_seconds_bucket{le="+Inf"} counter 6',
    "took_seconds_count{} counter 6",
    "took_seconds_sum{} counter 9.5",
  ]);
});

test("exponential histograms are brought to one scale, so that their bounds stay the same", () => {
  const positive = { offset: -3, bucketCounts: [1, 2, 3, 4, 5, 6] };
  const point = { ...at, count: 30, zeroCount: 2, negative: { offset: 0, bucketCounts: [7] } };
  const fine = lines({ name: "x", exponentialHistogram: { dataPoints: [{ ...point, scale: 3, positive }] } });
  const bound = (power: number) => 2 ** (power / 4);
  expect(fine).toEqual([
    'x_bucket{le="-1"} counter 7',
    'x_bucket{le="0"} counter 9',
    `x_bucket{le="${bound(-1)}"} counter 10`,
    'x_bucket{le="1"} counter 15',
    `x_bucket{le="${bound(1)}"} counter 24`,
    `x_bucket{le="${bound(2)}"} counter 30`,
    'x_bucket{le="+Inf"} counter 30',
    "x_count{} counter 30",
  ]);
  const coarse = { ...at, count: 1, scale: -10, positive: { bucketCounts: [1] } };
  expect(lines({ name: "x", exponentialHistogram: { dataPoints: [coarse] } })).toEqual([
    'x_bucket{le="0"} counter 0',
    'x_bucket{le="+Inf"} counter 1',
    "x_count{} counter 1",
  ]);
});

test("a summary's quantiles are gauges", () => {
  const point = { ...at, count: 2, sum: 3, quantileValues: [{ quantile: 0.5, value: "NaN" }] };
  expect(lines({ name: "s", summary: { dataPoints: [point] } })).toEqual([
    's{quantile="0.5"} gauge NaN',
    "s_count{} counter 2",
    "s_sum{} counter 3",
  ]);
});

test("deltas count once each in windows, whatever their order", () => {
  const dataPoints = [5, 5, 9, 2].map((asInt, i) => ({
    startTimeUnixNano: nano(i * 10_000),
    timeUnixNano: nano((i + 1) * 10_000),
    asInt,
  }));
  const metric = {
    name: "hits",
    sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: dataPoints.reverse() },
  };
  const windows = new TumblingWindows(metricWindows, { watermarkMs: -Infinity, openAggregatesMax: 100 });
  for (const row of taken([metric]).scrapes.flatMap(sampleRows)) windows.observe(row);
  const rows = windows.closeReady(Infinity).filter(({ name }) => name === "hits_total");
  expect(rows.map(({ increase }) => increase)).toEqual([5, 5, 9, 2]);
});

test("a point that cannot be taken is counted with its reason, the others are taken", () => {
  const delta = { aggregationTemporality: "AGGREGATION_TEMPORALITY_DELTA" };
  const { scrapes, rejectedDataPoints, errorMessage } = taken(
    [
      { name: "falls", sum: { ...delta, dataPoints: [{ ...at, asInt: 1 }] } },
      { name: "startless", sum: { ...delta, isMonotonic: true, dataPoints: [{ timeUnixNano: nano(1), asInt: 1 }] } },
      { name: "timeless", gauge: { dataPoints: [{ asInt: 1 }] } },
      { name: "empty", gauge: { dataPoints: [at] } },
      { name: "word", gauge: { dataPoints: [{ ...at, asInt: "many" }] } },
      { name: "unbounded", histogram: { dataPoints: [{ ...at, bucketCounts: [1, 2], explicitBounds: [] }] } },
      { gauge: { dataPoints: [{ ...at, asInt: 1 }] } },
      { name: "stale", gauge: { dataPoints: [{ ...at, flags: 1 }] } },
      { name: "good", gauge: { dataPoints: [{ ...at, asInt: 1 }] } },
      { name: "too_many", gauge: { dataPoints: [{ ...at, asInt: 1 }] } },
    ],
    { samplesMax: 1 },
  );
  expect(scrapes.flatMap(({ samples }) => samples.map(({ name }) => name))).toEqual(["good"]);
  expect(rejectedDataPoints).toBe(8);
  expect(errorMessage).toBe("metric falls: a delta that may fall is neither counter nor gauge; send it cumulative");
});

test("a point that would harm others, or none could have sent, is refused with its reason", () => {
  const gauge = (point: object) => taken([{ name: "g", gauge: { dataPoints: [{ ...at, asInt: 1, ...point }] } }]);
  const refusals: readonly (readonly [object, RegExp])[] = [
    [{ timeUnixNano: nano(700_000) }, /in the future/],
    [{ timeUnixNano: "1e40" }, /in the future/],
    [{ startTimeUnixNano: nano(10_001) }, /starts after/],
    [{ attributes: [{ key: "url", value: text("x".repeat(20_000)) }] }, /longer than/],
    [{ asInt: null }, /no value/],
  ];
  for (const [point, reason] of refusals) {
    expect(gauge(point)).toMatchObject({ scrapes: [], takenDataPoints: 0, rejectedDataPoints: 1 });
    expect(gauge(point).errorMessage).toMatch(reason);
  }
  const full = taken([{ name: "g", gauge: { dataPoints: [{ ...at, asInt: 1 }] } }], { hasRoom: () => false });
  expect(full.errorMessage).toBe("metric g: too many targets: no room for shop/cart cart-1");
});

test.each(["NaN", "Infinity", "-Infinity"])("%s is a sample, as JSON of protobuf writes it", (asDouble) => {
  const [scrape] = taken([{ name: "g", gauge: { dataPoints: [{ ...at, asDouble }] } }]).scrapes;
  expect(scrape!.samples[0]!.value).toBe(asDouble.replace(/^(-?)Infinity$/, (_, sign: string) => `${sign || "+"}Inf`));
});

test("a resource without names is a target all the same, and what is no request is said to be none", () => {
  const metrics = [{ name: "g", gauge: { dataPoints: [{ ...at, asInt: 1 }] } }];
  expect(read({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }).scrapes).toMatchObject([
    { job: "unknown_service", instance: "unknown" },
  ]);
  expect(read({}).scrapes).toEqual([]);
  for (const body of [null, undefined, { resourceMetrics: 5 }, { resourceMetrics: [null] }])
    expect(readOtlpMetrics(body, byDefault)).toMatchObject({ ok: false });
});

test("labels that become one are joined, and job and instance are the resource's", () => {
  const attributes = ["a.b", "a_b", "job", "1x", "none"].map((key) => ({
    key,
    value: text(key === "none" ? "" : key),
  }));
  expect(lines({ name: "g", gauge: { dataPoints: [{ ...at, attributes, asInt: 1 }] } })).toEqual([
    'g{a_b="a.b;a_b",exported_job="job",key_1x="1x"} gauge 1',
  ]);
});

test.each([
  ["http.server.request.duration", "s", "other", "http_server_request_duration_seconds"],
  ["process.cpu.time", "s", "counter", "process_cpu_time_seconds_total"],
  ["system.io", "By", "counter", "system_io_bytes_total"],
  ["system.io_total", "By", "counter", "system_io_bytes_total"],
  ["cpu.utilization", "1", "gauge", "cpu_utilization_ratio"],
  ["hits", "1", "counter", "hits_total"],
  ["faults", "{fault}/s", "gauge", "faults_per_second"],
  ["speed", "m/s", "gauge", "speed_meters_per_second"],
  ["queue__wait$ms", "ms", "gauge", "queue_wait_ms_milliseconds"],
  ["2xx", "", "gauge", "_2xx"],
  ["heap.bytes", "By", "gauge", "heap_bytes"],
] as const)("%s in %s as a %s is called %s, %s", (name, unit, type, expected) => {
  expect(prometheusName(name, unit, type)).toBe(expected);
});
