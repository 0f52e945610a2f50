import { dateOf } from "@footfall/base";
import { type Lake, metricWindowsTable, quoteText } from "@footfall/lake";
import { type MetricKind, readLabels } from "@footfall/metrics";

interface Range {
  readonly tenant: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface NamesQuestion extends Range {
  /** Part of a name, in any case; empty finds all. */
  readonly search: string;
  readonly limit: number;
}

export interface MetricName {
  /** Of a histogram without `_bucket`, as percentiles take it. */
  readonly name: string;
  readonly kind: MetricKind | "histogram";
}

export interface MetricLabel {
  readonly label: string;
  /** In order; the first `valuesMax`. */
  readonly values: readonly string[];
  readonly isComplete: boolean;
}

/** Only the end of a longer range is looked at. */
const rangeMaxMs = 7 * 86_400_000;
const isBucketSql = "(kind <> 'gauge' AND ends_with(name, '_bucket'))";
const seriesMax = 20_000;
const valuesMax = 100;

/** Metrics with windows in a range; names that begin with what is searched come first. */
export async function readMetricNames(
  lake: Lake,
  { search, limit, ...range }: NamesQuestion,
): Promise<{ readonly names: readonly MetricName[]; readonly total: number }> {
  if (!(await hasWindows(lake))) return { names: [], total: 0 };
  const part = quoteText(search.toLowerCase());
  const rows = await lake.query<MetricName & { readonly total: number }>(`
WITH stored AS (SELECT name, max(kind) AS kind FROM ${metricWindowsTable.name} WHERE ${inRangeSql(range)} GROUP BY name),
shown AS (
  SELECT name, kind FROM stored WHERE NOT ${isBucketSql}
  UNION ALL SELECT name[:-8], 'histogram' FROM stored WHERE ${isBucketSql}
)
SELECT name, kind, (count(*) OVER ())::INTEGER AS total FROM shown WHERE contains(lower(name), ${part})
ORDER BY starts_with(lower(name), ${part}) DESC, name, kind LIMIT ${limit}`);
  return { names: rows.map(({ name, kind }) => ({ name, kind })), total: rows[0]?.total ?? 0 };
}

/** Labels of a metric's series in a range, job and instance among them, `le` of a histogram not. */
export async function readMetricLabels(
  lake: Lake,
  { name, ...range }: Range & { readonly name: string },
): Promise<readonly MetricLabel[]> {
  if (!(await hasWindows(lake))) return [];
  const rows = await lake.query<{ job: string; instance: string; labels: string }>(`
SELECT DISTINCT job, instance, labels FROM ${metricWindowsTable.name}
WHERE ${inRangeSql(range)} AND name IN (${quoteText(name)}, ${quoteText(`${name}_bucket`)})
ORDER BY ALL LIMIT ${seriesMax + 1}`);
  const values = new Map<string, Set<string>>();
  for (const { job, instance, labels } of rows) {
    for (const [label, value] of Object.entries({ job, instance, ...readLabels(labels) })) {
      if (label === "le") continue;
      const known = values.get(label) ?? new Set();
      values.set(label, known.add(value));
    }
  }
  return [...values].map(([label, all]) => ({
    label,
    values: [...all].sort().slice(0, valuesMax),
    isComplete: all.size <= valuesMax && rows.length <= seriesMax,
  }));
}

async function hasWindows(lake: Lake): Promise<boolean> {
  return (await lake.tableNames()).includes(metricWindowsTable.name);
}

function inRangeSql({ tenant, startMs, endMs }: Range): string {
  const fromMs = Math.max(startMs, endMs - rangeMaxMs);
  return `tenant = ${quoteText(tenant)}
  AND date BETWEEN ${quoteText(dateOf(fromMs))}::DATE AND ${quoteText(dateOf(endMs))}::DATE
  AND epoch_ms(window_start) < ${endMs} AND epoch_ms(window_end) > ${fromMs}`;
}
