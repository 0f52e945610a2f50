import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { seededRandom } from "@footfall/base";
import { readSketch, sketchQuantile, TumblingWindows, windowRowsSql } from "@footfall/windows";
import * as fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MetricSample, MetricScrape } from "../src/metric-sample.ts";
import { counterSpanMs, mergeMetricWindows, type MetricWindow, metricWindows } from "../src/metric-windows.ts";
import { type SampleRow, sampleRows } from "../src/sample-row.ts";

const startMs = Date.UTC(2026, 2, 3);
const folder = mkdtempSync(join(tmpdir(), "metric-windows-"));
let instance: DuckDBInstance;
let duckdb: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  duckdb = await instance.connect();
});
afterAll(() => {
  duckdb.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true });
});

async function store(rows: readonly SampleRow[]): Promise<void> {
  const path = join(folder, "samples.json");
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  await duckdb.run(`CREATE OR REPLACE TABLE samples AS
    SELECT tenant, "eventId" AS event_id, make_timestamp("occurredAtMs" * 1000) AS occurred_at, job, instance, name, kind,
      labels, "value", bucket, "startedAtMs" AS started_at_ms
    FROM read_json('${path}', format = 'newline_delimited', columns = {tenant: 'VARCHAR', eventId: 'VARCHAR',
      occurredAtMs: 'BIGINT', job: 'VARCHAR', instance: 'VARCHAR', name: 'VARCHAR', kind: 'VARCHAR', labels: 'VARCHAR',
      value: 'DOUBLE', bucket: 'BIGINT', startedAtMs: 'BIGINT'})`);
}

async function select(sql: string): Promise<Record<string, unknown>[]> {
  return (await duckdb.runAndReadAll(sql)).getRowObjectsJS();
}

function folded(rows: readonly SampleRow[]): MetricWindow[] {
  const windows = new TumblingWindows(metricWindows, {
    watermarkMs: Number.NEGATIVE_INFINITY,
    openAggregatesMax: 1_000_000,
  });
  for (const row of rows) windows.observe(row);
  return windows.closeReady(Number.POSITIVE_INFINITY);
}

/** Scrapes each 5 s, of counters that restart and gauges of every size. */
function randomScrapes(scrapes: number, series: number): MetricScrape[] {
  const random = seededRandom(7);
  const counters = new Map<string, { value: number; startedAtMs: number | undefined }>();
  return Array.from({ length: scrapes }, (_, i) => {
    const target = `host-${i % 5}:9100`;
    const sampledAtMs = startMs + Math.floor(i / 5) * 5_000 + Math.floor(random() * 3_000);
    const samples = Array.from({ length: series }, (__, n): MetricSample => {
      const labels = { code: String(n), path: `/ü"\\${n % 3}` };
      if (n % 2 === 0) {
        const value = random() < 0.01 ? ("NaN" as const) : (random() < 0.3 ? -1 : 1) * Math.exp(random() * 20 - 5);
        return { name: "size_bytes", kind: "gauge", labels, value };
      }
      const key = `${target} ${n}`;
      let counter = counters.get(key);
      if (!counter || random() < 0.02) {
        counter = { value: 0, startedAtMs: n % 4 === 1 ? sampledAtMs - 1_000 : undefined };
        counters.set(key, counter);
      }
      counter.value += Math.floor(random() * 50);
      const { value, startedAtMs } = counter;
      return { name: "hits_total", kind: "counter", labels, value, ...(startedAtMs !== undefined && { startedAtMs }) };
    });
    return { tenant: "demo", job: "shop", instance: target, sampledAtMs, isUp: true, samples };
  });
}

const isWithin = (found: number, exact: number) => Math.abs(found - exact) <= Math.abs(exact) * 0.010001;

/** What the windows are to hold, said in other words than the measures'. */
const independentSql = `
WITH placed AS (
  SELECT *, epoch_ms(occurred_at) AS ms,
    lag(epoch_ms(occurred_at)) OVER series AS ms_before, lag("value") OVER series AS value_before,
    lag(started_at_ms) OVER series AS started_before
  FROM samples WINDOW series AS (PARTITION BY tenant, job, instance, name, labels ORDER BY occurred_at)
), grown AS (
  SELECT *, CASE
    WHEN kind <> 'counter' THEN NULL
    WHEN ms_before IS NULL THEN if(started_at_ms > ms - ${counterSpanMs}, "value", NULL)
    WHEN "value" < value_before OR started_at_ms > started_before THEN "value"
    ELSE "value" - value_before END AS growth
  FROM placed
)
SELECT time_bucket(INTERVAL 10 SECONDS, occurred_at) AS at, instance, name, labels, count(*)::INT AS samples,
  count(*) FILTER ("value" IS NULL)::INT AS not_finite, sum("value") AS total, min("value") AS least,
  max("value") AS greatest, last("value" ORDER BY occurred_at) FILTER ("value" IS NOT NULL) AS newest,
  sum(growth) AS increase, list("value" ORDER BY "value") FILTER (kind = 'gauge' AND "value" IS NOT NULL) AS gauges
FROM grown GROUP BY ALL`;

test("windows of 100,000 samples are the aggregation of the raw samples, percentiles within 1 %", async () => {
  const rows = randomScrapes(2_000, 50).flatMap(sampleRows);
  expect(rows.length).toBeGreaterThan(100_000);
  await store(rows);
  const place = (at: number, ...series: unknown[]) => JSON.stringify([at, ...series]);
  const windows = new Map(folded(rows).map((row) => [place(row.startMs, row.instance, row.name, row.labels), row]));
  const expected = await select(independentSql);
  expect(windows.size).toBe(expected.length);
  let [resets, percentiles] = [0, 0];
  for (const raw of expected) {
    const window = windows.get(place((raw["at"] as Date).getTime(), raw["instance"], raw["name"], raw["labels"]))!;
    const { samples, notFinite, least, greatest, newest, increase, total, spread } = window;
    const found = [samples, notFinite, least, greatest, newest, increase].map((number) => number ?? null);
    const wanted = ["samples", "not_finite", "least", "greatest", "newest", "increase"].map((name) => raw[name]);
    // `expect` of each of 100,000 would take most of the time.
    if (JSON.stringify(found) !== JSON.stringify(wanted)) expect(found).toEqual(wanted);
    const rawTotal = (raw["total"] as number | null) ?? 0;
    if (Math.abs((total ?? 0) - rawTotal) > 1e-9 * Math.abs(rawTotal) + 1e-3) expect(total).toBe(rawTotal);
    if (increase !== undefined && newest! < increase) resets += 1;
    const values = (raw["gauges"] as number[] | null) ?? [];
    const sketch = readSketch(spread ?? "");
    for (const share of values.length > 0 ? [0, 0.5, 0.99, 1] : []) {
      const exact = values[Math.floor(share * (values.length - 1))]!;
      if (isWithin(sketchQuantile(sketch, share)!, exact)) percentiles += 1;
      else expect(sketchQuantile(sketch, share)).toBe(exact);
    }
  }
  expect(percentiles).toBeGreaterThan(10_000);
  expect(resets).toBeGreaterThan(10);
}, 120_000);

test("the declared SQL makes the rows of the fold, and percentiles of an hour are those of its samples", async () => {
  const rows = randomScrapes(1_000, 20).flatMap(sampleRows);
  await store(rows);
  const live = folded(rows);
  const all = "(SELECT DISTINCT tenant, epoch_ms(occurred_at) // 10000 * 10000 AS window_start_ms FROM samples)";
  const recomputed = await select(windowRowsSql(metricWindows, { events: "samples", windows: all }));
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
  expect(hour).toHaveLength(50);
}, 120_000);

test("samples in any order make the same windows, and merged ones keep sketch, increase and newest", () => {
  const rows = randomScrapes(40, 6).flatMap(sampleRows);
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
