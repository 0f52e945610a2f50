import { TumblingWindows } from "@footfall/windows";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { MetricKind, MetricSample } from "../src/metric-sample.ts";
import { metricWindows } from "../src/metric-windows.ts";
import { histogramQuantile } from "../src/query/histogram-quantile.ts";
import { parseMetricQuery } from "../src/query/parse-metric-query.ts";
import { runMetricQuery } from "../src/query/run-metric-query.ts";
import { sampleRows } from "../src/sample-row.ts";

const startMs = Date.UTC(2026, 2, 3);

type Labels = Record<string, string>;

/** Samples of instances each 10 s, from the start on. */
function windowsOf(
  series: readonly [instance: string, kind: MetricKind, name: string, labels: Labels, values: readonly number[]][],
) {
  const windows = new TumblingWindows(metricWindows, { watermarkMs: -Infinity, openAggregatesMax: 10_000 });
  for (const [instance, kind, name, labels, values] of series) {
    for (const [i, value] of values.entries()) {
      const samples: MetricSample[] = [{ name, kind, labels, value }];
      const scrape = { tenant: "t", job: "shop", instance, sampledAtMs: startMs + i * 10_000, isUp: true, samples };
      for (const row of sampleRows(scrape)) if (row.name !== "up") windows.observe(row);
    }
  }
  return windows.closeReady(Infinity);
}

const asked = (query: string, windows: ReturnType<typeof windowsOf>, stepMs = 60_000) =>
  runMetricQuery(parseMetricQuery(query), windows, { startMs, endMs: startMs + 3_600_000, stepMs }).map(
    ({ labels, points }) => [labels, ...points.map(({ value }) => value)],
  );

test("rates are taken of each instance first and added then, so that the restart of one is seen", () => {
  const windows = windowsOf([
    ["a", "counter", "hits_total", { code: "200" }, [100, 112, 124]],
    ["b", "counter", "hits_total", { code: "200" }, [500, 512, 6]],
    ["b", "counter", "hits_total", { code: "500" }, [1, 2, 3]],
  ]);
  expect(asked("increase(hits_total) by ()", windows)).toEqual([[{}, 24 + 18 + 2]]);
  expect(asked('rate(hits_total{code="200"}) by (job)', windows)).toEqual([[{ job: "shop" }, 0.7]]);
  expect(asked("increase(hits_total) by (code, none)", windows, 10_000)).toEqual([
    [{ code: "200" }, 24, 18],
    [{ code: "500" }, 1, 1],
  ]);
});

test("gauges are never added up over windows: last is the newest of each series", () => {
  const windows = windowsOf([
    ["a", "gauge", "depth", {}, [5, 7, 9]],
    ["b", "gauge", "depth", {}, [1, 3, 2]],
  ]);
  const of = (name: string) => asked(`${name}(depth) by (job)`, windows).map(([, value]) => value);
  expect([of("last"), of("avg"), of("min"), of("max")]).toEqual([[11], [4.5], [1], [9]]);
  expect(asked("depth", windows)).toEqual([
    [{ instance: "a", job: "shop" }, 9],
    [{ instance: "b", job: "shop" }, 2],
  ]);
  expect(Math.abs((asked("p50(depth) by ()", windows)[0]![1] as number) - 3)).toBeLessThan(0.03);
  expect(() => asked("rate(depth)", windows)).toThrow("depth is a gauge, which has no rate");
});

test("percentiles of a histogram are of the increases of its buckets", () => {
  const bucket = (le: string, values: number[]) => ["a", "counter", "took_bucket", { le, path: "/" }, values] as const;
  const windows = windowsOf([
    [...bucket("0.1", [10, 10])],
    [...bucket("0.5", [10, 60])],
    [...bucket("+Inf", [10, 110])],
  ]);
  expect(asked("p25(took)", windows)).toEqual([[{ instance: "a", job: "shop", path: "/" }, 0.1 + 0.4 * 0.5]]);
  expect(asked("p99(took) by (path)", windows)).toEqual([[{ path: "/" }, 0.5]]);
});

test("matchers take series by labels, job and instance; patterns match whole values, and no label is an empty one", () => {
  const windows = windowsOf([
    ["a:1", "gauge", "g", { x: "one" }, [1]],
    ["b:1", "gauge", "g", { x: 'tw"o\n' }, [2]],
    ["b:2", "gauge", "g", {}, [3]],
    ["b:2", "gauge", "other", {}, [4]],
  ]);
  const found = (matchers: string) => asked(`last(g{${matchers}})`, windows).map(([, value]) => value);
  expect(found('x="one"')).toEqual([1]);
  expect(found('x!="one",')).toEqual([2, 3]);
  expect(found('x=~"on|o.e"')).toEqual([1]);
  expect(found('x=~"on"')).toEqual([]);
  expect(found('x=""')).toEqual([3]);
  expect(found('x="tw\\"o\\n"')).toEqual([2]);
  expect(found('instance =~ "b.*" , x !~ ".+"')).toEqual([3]);
  expect(found('constructor=""')).toEqual([1, 2, 3]);
});

test("windows outside the span are left out, and a step must be made of whole windows", () => {
  const windows = windowsOf([["a", "gauge", "g", {}, [1, 2, 3]]]);
  const query = parseMetricQuery("last(g)");
  const span = { startMs: startMs + 10_000, endMs: startMs + 20_000, stepMs: 10_000 };
  expect(runMetricQuery(query, windows, span)[0]!.points).toEqual([{ startMs: startMs + 10_000, value: 2 }]);
  expect(() => runMetricQuery(query, windows, { ...span, stepMs: 15_000 })).toThrow("no multiple of 10000 ms");
});

test.each([
  ["", "a function or the name of a metric is wanted at character 1"],
  ["sum(x)", "there is no function sum; there are rate,"],
  ["p101(x)", "there is no function p101"],
  ["rate(x", "a closing parenthesis is wanted at character 7"],
  ["rate(x[5m])", "a range as [5m] is not written"],
  ['x{a="b" c="d"}', "a comma or a closing brace is wanted at character 9"],
  ['x{a>"b"}', "one of = != =~ !~ is wanted at character 4"],
  ["x{a=b}", "a text in double quotes is wanted at character 5"],
  ['x{a=~"("}', "( is no regular expression at character 6"],
  ["rate(x) by job", "an opening parenthesis is wanted at character 12"],
  ["rate(x) + 1", "there is more than a query at character 9"],
  ["x".repeat(2_001), "longer than 2000 characters"],
])("%j is refused: %s", (text, message) => {
  expect(() => parseMetricQuery(text)).toThrow(message);
});

test("a percentile may have a fraction", () => {
  expect(parseMetricQuery(" p99.9 ( a:b ) ")).toMatchObject({ function: "percentile", share: 0.999, name: "a:b" });
});

const buckets = (...pairs: [number, number][]) => pairs.map(([upperBound, increase]) => ({ upperBound, increase }));

// prometheus/prometheus#4264, #13221
test("a histogram without traffic, or without a bucket of +Inf, has no quantile", () => {
  expect(histogramQuantile(0.5, [])).toBeUndefined();
  expect(histogramQuantile(0.5, buckets([1, 0], [Infinity, 0]))).toBeUndefined();
  expect(histogramQuantile(0.5, buckets([1, 5], [2, 5]))).toBeUndefined();
  expect(histogramQuantile(0.5, buckets([Infinity, 5]))).toBeUndefined();
});

// prometheus/prometheus PR 13153, PR 17887
test("a bucket below that of a lower bound is noise", () => {
  expect(histogramQuantile(0.5, buckets([Infinity, 9.999999999999998], [2, 9.9999999], [1, 10]))).toBe(0.5);
  expect(histogramQuantile(1, buckets([1, 10], [2, 10], [Infinity, 0]))).toBe(1);
});

test("quantiles rise with the share and lie between bounds", () => {
  const aShare = fc.double({ min: 0, max: 1, noNaN: true });
  const counts = fc.array(fc.nat(50), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(aShare, aShare, counts, (a, b, added) => {
      let count = 0;
      const all = [-1, 0.5, 2, Infinity].map((upperBound, i) => ({ upperBound, increase: (count += added[i]!) }));
      const [low, high] = [Math.min(a, b), Math.max(a, b)].map((share) => histogramQuantile(share, all));
      if (count === 0) expect([low, high]).toEqual([undefined, undefined]);
      else {
        expect(low).toBeLessThanOrEqual(high!);
        expect(low).toBeGreaterThanOrEqual(-1);
        expect(high).toBeLessThanOrEqual(2);
      }
    }),
  );
});
