import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { seededRandom } from "@footfall/base";
import { readSketch, sketchQuantile, TumblingWindows } from "@footfall/windows";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { MetricSample, MetricScrape } from "../src/metric-sample.ts";
import { counterSpanMs, type MetricWindow, metricWindows } from "../src/metric-windows.ts";
import type { SampleRow } from "../src/sample-row.ts";

export const startMs = Date.UTC(2026, 2, 3);

/** A DuckDB of its own, and a table `samples` in it. */
export interface SamplesTable {
  /** Adds rows to those that `load` reads. */
  stage(rows: readonly SampleRow[]): void;
  /** Makes the table of what was staged since it was made last. */
  load(): Promise<void>;
  select(sql: string): Promise<Record<string, unknown>[]>;
  close(): void;
}

export async function openSamplesTable(): Promise<SamplesTable> {
  const folder = mkdtempSync(join(tmpdir(), "metric-windows-"));
  const path = join(folder, "samples.json");
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const duckdb: DuckDBConnection = await instance.connect();
  return {
    stage(rows) {
      appendFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    },
    async load() {
      await duckdb.run(`CREATE OR REPLACE TABLE samples AS
    SELECT tenant, "eventId" AS event_id, make_timestamp("occurredAtMs" * 1000) AS occurred_at, job, instance, name, kind,
      labels, "value", bucket, "startedAtMs" AS started_at_ms
    FROM read_json('${path}', format = 'newline_delimited', columns = {tenant: 'VARCHAR', eventId: 'VARCHAR',
      occurredAtMs: 'BIGINT', job: 'VARCHAR', instance: 'VARCHAR', name: 'VARCHAR', kind: 'VARCHAR', labels: 'VARCHAR',
      value: 'DOUBLE', bucket: 'BIGINT', startedAtMs: 'BIGINT'})`);
      rmSync(path);
    },
    async select(sql) {
      return (await duckdb.runAndReadAll(sql)).getRowObjectsJS();
    },
    close() {
      duckdb.closeSync();
      instance.closeSync();
      rmSync(folder, { recursive: true });
    },
  };
}

export function openWindows(): TumblingWindows<SampleRow, SampleRow, MetricKey, typeof metricWindows.measures> {
  return new TumblingWindows(metricWindows, {
    watermarkMs: Number.NEGATIVE_INFINITY,
    openAggregatesMax: 1_000_000,
  });
}
type MetricKey = keyof typeof metricWindows.keys;

/** Scrapes of five targets, of counters that restart and gauges of every size. */
export function* randomScrapes(scrapes: number, series: number, intervalMs = 5_000): Generator<MetricScrape> {
  const random = seededRandom(7);
  const counters = new Map<string, { value: number; startedAtMs: number | undefined }>();
  for (let i = 0; i < scrapes; i += 1) {
    const target = `host-${i % 5}:9100`;
    const sampledAtMs = startMs + Math.floor(i / 5) * intervalMs + Math.floor(random() * 0.6 * intervalMs);
    const samples = Array.from({ length: series }, (_, n): MetricSample => {
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
    yield { tenant: "demo", job: "shop", instance: target, sampledAtMs, isUp: true, samples };
  }
}

export const isWithin = (found: number, exact: number) => Math.abs(found - exact) <= Math.abs(exact) * 0.010001;

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

/**
 * Expects the windows of all that the table holds, percentiles within 1 %.
 * @returns how many windows have seen a reset, and how many percentiles were looked at
 */
export async function expectWindowsOfSamples(
  found: readonly MetricWindow[],
  table: SamplesTable,
): Promise<{ readonly resets: number; readonly percentiles: number }> {
  const place = (at: number, ...series: unknown[]) => JSON.stringify([at, ...series]);
  const windows = new Map(found.map((row) => [place(row.startMs, row.instance, row.name, row.labels), row]));
  const expected = await table.select(independentSql);
  expect(windows.size).toBe(expected.length);
  let [resets, percentiles] = [0, 0];
  for (const raw of expected) {
    const window = windows.get(place((raw["at"] as Date).getTime(), raw["instance"], raw["name"], raw["labels"]))!;
    const { samples, notFinite, least, greatest, newest, increase, total, spread } = window;
    const figures = [samples, notFinite, least, greatest, newest, increase].map((number) => number ?? null);
    const wanted = ["samples", "not_finite", "least", "greatest", "newest", "increase"].map((name) => raw[name]);
    // `expect` of each of so many would take most of the time.
    if (JSON.stringify(figures) !== JSON.stringify(wanted)) expect(figures).toEqual(wanted);
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
  return { resets, percentiles };
}
