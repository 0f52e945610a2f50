import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lake, metricWindowsTable, openLake } from "@footfall/lake";
import { parseMetricQuery, runMetricQuery } from "@footfall/metrics";
import { queryMetrics } from "../../apps/monitor/src/windows/query-metrics.ts";
import { readMetricWindows } from "../../apps/monitor/src/windows/read-metric-windows.ts";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";

const dayMs = 86_400_000;
const windowSizeMs = 10_000;
const startMs = Date.UTC(2026, 10, 2);
const tenant = "bench";
const seriesCount = 64;

interface Question {
  readonly text: string;
  readonly stepMs: number;
}

const questions: readonly Question[] = [
  { text: "rate(hits_total)", stepMs: 300_000 },
  { text: "avg(load)", stepMs: 300_000 },
  { text: "max(load) by (job)", stepMs: 60_000 },
  { text: "p99(load) by (job)", stepMs: 300_000 },
  { text: "p95(took_seconds) by (job)", stepMs: 300_000 },
];

/**
 * A week of 64 series of 10 s windows of each kind: 3.9 million windows a question. The reference is a seventh of them,
 * one day, read into memory and evaluated there.
 */
export async function run({ isSmall }: BenchOptions): Promise<readonly BenchResult[]> {
  const days = isSmall ? 1 : 7;
  const folder = await mkdtemp(join(tmpdir(), "footfall-metrics-"));
  const lake = await openLake({ root: folder, clock: Date.now, threads: 1 });
  try {
    for (let day = 0; day < days; day += 1) await writeDay(lake, startMs + day * dayMs);
    const results: BenchResult[] = [];
    for (const question of questions) results.push(await ask(lake, question, days));
    return results;
  } finally {
    await lake.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function ask(lake: Lake, { text, stepMs }: Question, days: number): Promise<BenchResult> {
  const query = parseMetricQuery(text);
  const names = query.function === "percentile" ? [query.name, `${query.name}_bucket`] : [query.name];
  const range = { startMs, endMs: startMs + days * dayMs };
  const windowsOfPart = Math.floor((days * dayMs) / 7 / windowSizeMs);
  const part = { startMs, endMs: startMs + windowsOfPart * windowSizeMs };
  let points = 0;
  const ours = await msOf(async () => {
    const series = await queryMetrics(lake, { text, tenant, ...range, stepMs });
    points = series.reduce((sum, of) => sum + of.points.length, 0);
  });
  const reference = await msOf(async () => {
    runMetricQuery(query, await readMetricWindows(lake, { tenant, names, ...part }), { ...part, stepMs });
  });
  return {
    name: `metrics/${text}`,
    unit: "ms",
    ours: Math.round(ours),
    reference: Math.round(reference),
    ratio: ours / reference,
    floor: "ratio ≤ 0.5: all of it against a seventh in memory",
    holds: ours <= 0.5 * reference,
    details: { days, windows: (days * dayMs * seriesCount) / windowSizeMs, stepSeconds: stepMs / 1_000, points },
  };
}

async function msOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** A counter, a gauge, and a histogram of 8 instances with 8 buckets: 64 series each. */
async function writeDay(lake: Lake, fromMs: number): Promise<void> {
  const table = await lake.table(metricWindowsTable);
  const bounds = ["0.005", "0.01", "0.05", "0.1", "0.5", "1", "5", "+Inf"].map((le) => `'${le}'`).join(", ");
  const windows = `(SELECT ${fromMs} + nth * ${windowSizeMs} AS start_ms, nth, series
    FROM range(${dayMs / windowSizeMs}) w(nth), range(${seriesCount}) s(series))`;
  const value = "round(100 + 90 * sin(nth / 700.0 + series) + (hash(nth, series) % 1000) / 100.0, 2)";
  const columns = `make_timestamp(start_ms * 1000) AS window_start,
    make_timestamp((start_ms + ${windowSizeMs}) * 1000) AS window_end, '${tenant}' AS tenant,
    make_timestamp(start_ms * 1000)::DATE AS date, 1 AS samples, 0 AS not_finite`;
  const instance = "'host-' || (series % 8) || ':8080' AS instance, 'shop' AS job";
  const growth = "(hash(nth, series, 1) % 50)::DOUBLE";
  const sql = `
SELECT ${columns}, 'route="/r' || series || '"' AS labels, 'hits_total' AS name, ${instance}, 'counter' AS kind,
  nth::DOUBLE AS total, nth::DOUBLE AS least, nth::DOUBLE AS greatest, nth::DOUBLE AS newest, ${growth} AS increase,
  NULL::VARCHAR AS spread
FROM ${windows}
UNION ALL BY NAME
SELECT ${columns}, 'queue="q' || series || '"' AS labels, 'load' AS name, ${instance}, 'gauge' AS kind,
  ${value} AS total, ${value} AS least, ${value} AS greatest, ${value} AS newest, NULL::DOUBLE AS increase,
  (40000 + ceil(ln(${value}) / ln(1.01 / 0.99)))::INTEGER || ':1' AS spread
FROM ${windows}
UNION ALL BY NAME
SELECT ${columns}, 'le="' || [${bounds}][series % 8 + 1] || '"' AS labels, 'took_seconds_bucket' AS name,
  'host-' || (series // 8) || ':8080' AS instance, 'shop' AS job, 'counter' AS kind,
  nth::DOUBLE AS total, nth::DOUBLE AS least, nth::DOUBLE AS greatest, nth::DOUBLE AS newest,
  ${growth} * (series % 8) AS increase, NULL::VARCHAR AS spread
FROM ${windows}
ORDER BY window_start, labels`;
  await table.commit({ add: await lake.writeBulk(table, { sql }), operation: "append" });
}

await runAsCommand(import.meta.url, run);
