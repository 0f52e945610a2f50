import { readSketch, sketchQuantile, windowRowsSql } from "@footfall/windows";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mergeMetricWindows, type MetricWindow, metricWindows } from "../src/metric-windows.ts";
import { type SampleRow, sampleRows } from "../src/sample-row.ts";
import {
  expectWindowsOfSamples,
  isWithin,
  openSamplesTable,
  openWindows,
  randomScrapes,
  type SamplesTable,
  startMs,
} from "./raw-samples.ts";

let table: SamplesTable;
beforeAll(async () => {
  table = await openSamplesTable();
});
afterAll(() => table.close());

async function store(rows: readonly SampleRow[]): Promise<void> {
  table.stage(rows);
  await table.load();
}

function folded(rows: readonly SampleRow[]): MetricWindow[] {
  const windows = openWindows();
  for (const row of rows) windows.observe(row);
  return windows.closeReady(Number.POSITIVE_INFINITY);
}

function randomRows(scrapes: number, series: number): SampleRow[] {
  return [...randomScrapes(scrapes, series)].flatMap(sampleRows);
}

/** A million of them: test/metrics/windows-equal-duckdb.test.ts. */
test("windows are the aggregation of the raw samples, percentiles within 1 %", async () => {
  const rows = randomRows(500, 30);
  await store(rows);
  const { resets, percentiles } = await expectWindowsOfSamples(folded(rows), table);
  expect(percentiles).toBeGreaterThan(10_000);
  expect(resets).toBeGreaterThan(10);
});

test("the declared SQL makes the rows of the fold, and percentiles of an hour are those of its samples", async () => {
  const rows = randomRows(500, 10);
  await store(rows);
  const live = folded(rows);
  const all = "(SELECT DISTINCT tenant, epoch_ms(occurred_at) // 10000 * 10000 AS window_start_ms FROM samples)";
  const recomputed = await table.select(windowRowsSql(metricWindows, { events: "samples", windows: all }));
  const columns = ({ startMs: at, labels, name, instance: target, ...row }: MetricWindow) =>
    JSON.stringify([
      at,
      labels,
      name,
      target,
      row.samples,
      row.notFinite,
      row.total,
      row.increase,
      row.spread,
      row.newest,
    ]);
  const ofSql = recomputed.map((row) =>
    JSON.stringify([
      (row["window_start"] as Date).getTime(),
      ...["labels", "name", "instance", "samples", "not_finite", "total", "increase", "spread", "newest"].map((name) =>
        typeof row[name] === "bigint" ? Number(row[name]) : row[name],
      ),
    ]),
  );
  expect(live.map(columns).sort()).toEqual(ofSql.sort());

  const hour = mergeMetricWindows(live, 3_600_000).filter(({ name }) => name === "size_bytes");
  for (const window of hour) {
    const values = rows
      .filter(
        ({ name, labels, instance: target }) =>
          name === window.name && labels === window.labels && target === window.instance,
      )
      .flatMap(({ value }) => value ?? [])
      .sort((a, b) => a - b);
    const exact = values[Math.floor(0.95 * (values.length - 1))]!;
    expect(isWithin(sketchQuantile(readSketch(window.spread!), 0.95)!, exact)).toBe(true);
  }
  expect(hour).toHaveLength(25);
});

test("samples in any order make the same windows, and merged ones keep sketch, increase and newest", () => {
  const rows = randomRows(40, 6);
  const byText = (windows: readonly MetricWindow[]) => windows.map((row) => JSON.stringify(row)).sort();
  const minutes = byText(mergeMetricWindows(folded(rows), 60_000));
  fc.assert(
    fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (shuffled) => {
      expect(byText(folded(shuffled))).toEqual(byText(folded(rows)));
      expect(byText(mergeMetricWindows(folded(shuffled), 60_000))).toEqual(minutes);
    }),
    { numRuns: 20 },
  );
  const hours = mergeMetricWindows(mergeMetricWindows(folded(rows), 60_000), 3_600_000);
  const atOnce = mergeMetricWindows(folded(rows), 3_600_000);
  const exact = (windows: readonly MetricWindow[]) =>
    byText(windows.map((row) => ({ ...row, total: Math.round(row.total ?? 0) })));
  expect(exact(hours)).toEqual(exact(atOnce));
});

test("a target that does not answer is a window of up = 0", () => {
  const scrape = { tenant: "demo", job: "shop", instance: "a:1", sampledAtMs: startMs, isUp: false, samples: [] };
  expect(folded(sampleRows(scrape))).toMatchObject([{ name: "up", newest: 0, kind: "gauge", spread: "0:1" }]);
});
