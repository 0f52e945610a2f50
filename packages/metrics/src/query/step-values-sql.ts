import type { MetricQuery } from "./parse-metric-query.ts";

export interface StepRelations {
  /** Relation of rows of `metric_windows`. */
  readonly windows: string;
  /**
   * Relation of the series asked for: name, kind, labels, job, instance; series_at, their order; group_at; bound_at,
   * which bound a histogram's bucket has, null of other series.
   */
  readonly series: string;
  /** Where steps are counted from; no window begins before it. */
  readonly startMs: number;
  readonly stepMs: number;
}

/**
 * SELECT of what `runMetricQuery` makes of windows, in the dialect of DuckDB, by group and step: group_at and step_at
 * INTEGER, value DOUBLE. Sums are added in order of time within a series, then in order of series, so that they are the
 * same to the last bit. A rate is an increase here; percentiles are read from `stepSpreadsSql`.
 */
export function stepValuesSql({ function: applied }: Pick<MetricQuery, "function">, relations: StepRelations): string {
  switch (applied) {
    case "increase":
    case "rate":
      return seriesSumsSql(sumInOrderSql("increase", ["start_ms"]), relations);
    case "last":
      return seriesSumsSql("arg_max(newest, start_ms)", relations);
    case "avg":
      return averagesSql(relations);
    case "min":
      return stepsSql(relations, "min(least)");
    case "max":
      return stepsSql(relations, "max(greatest)");
    case "percentile":
      throw new TypeError("a percentile is no value of SQL; use stepSpreadsSql");
  }
}

/**
 * SELECT of what a percentile is read from, by group and step: group_at, step_at; is_bound 0 and place a bucket of a
 * sketch, or 1 and place a bound_at, all INTEGER; amount DOUBLE, the samples in the bucket, or by how much that of the
 * histogram has grown.
 */
export function stepSpreadsSql(relations: StepRelations): string {
  return `
WITH picked AS (${pickedSql(relations, "increase, spread")}),
spreads AS (
  SELECT group_at, step_at, spread, count(*) AS times FROM picked WHERE spread IS NOT NULL GROUP BY ALL
),
counts AS (
  SELECT group_at, step_at, times, string_split(unnest(string_split(spread, ' ')), ':') AS bucket_count FROM spreads
),
series_steps AS (
  SELECT group_at, step_at, bound_at, series_at, min(start_ms) AS first_ms,
    ${sumInOrderSql("increase", ["start_ms"])} AS value
  FROM picked WHERE bound_at IS NOT NULL GROUP BY ALL
),
places AS (
  SELECT group_at, step_at, 0 AS is_bound, bucket_count[1]::INTEGER AS place,
    sum(bucket_count[2]::BIGINT * times)::DOUBLE AS amount
  FROM counts GROUP BY ALL
  UNION ALL
  SELECT group_at, step_at, 1 AS is_bound, bound_at AS place, ${sumInOrderSql("value", ["first_ms", "series_at"])} AS amount
  FROM series_steps GROUP BY ALL
)
SELECT group_at, step_at, is_bound, place, amount FROM places WHERE amount IS NOT NULL ORDER BY group_at, step_at`;
}

/** One value of each series and step, and their sum. */
function seriesSumsSql(value: string, relations: StepRelations): string {
  return `
WITH picked AS (${pickedSql(relations, "increase, newest")}),
series_steps AS (
  SELECT group_at, step_at, series_at, min(start_ms) AS first_ms, ${value} AS value FROM picked GROUP BY ALL
)
SELECT group_at, step_at, value FROM (
  SELECT group_at, step_at, ${sumInOrderSql("value", ["first_ms", "series_at"])} AS value FROM series_steps GROUP BY ALL
) WHERE value IS NOT NULL ORDER BY group_at, step_at`;
}

function averagesSql(relations: StepRelations): string {
  return `
WITH picked AS (${pickedSql(relations, "total, samples - not_finite AS finite")}),
series_steps AS (
  SELECT group_at, step_at, series_at, min(start_ms) AS first_ms, ${sumInOrderSql("total", ["start_ms"])} AS value,
    sum(finite) AS finite
  FROM picked GROUP BY ALL
)
SELECT group_at, step_at, value FROM (
  SELECT group_at, step_at, ${sumInOrderSql("value", ["first_ms", "series_at"])} / sum(finite)::DOUBLE AS value
  FROM series_steps GROUP BY ALL
) WHERE value IS NOT NULL ORDER BY group_at, step_at`;
}

function stepsSql(relations: StepRelations, value: string): string {
  return `
SELECT group_at, step_at, value FROM (
  SELECT group_at, step_at, ${value} AS value FROM (${pickedSql(relations, "least, greatest")}) GROUP BY ALL
) WHERE value IS NOT NULL ORDER BY group_at, step_at`;
}

function pickedSql({ windows, series, startMs, stepMs }: StepRelations, columns: string): string {
  return `
SELECT group_at, series_at, bound_at, start_ms, ((start_ms - ${startMs}) // ${stepMs})::INTEGER AS step_at, ${columns}
FROM (SELECT *, epoch_ms(window_start) AS start_ms FROM ${windows}) JOIN ${series} USING (name, kind, labels, job, instance)`;
}

/**
 * Sum of the values that are not null, in an order that tells all of them apart. An aggregate with ORDER BY of its own
 * would do the same, but takes 32 KiB for each group of more than 16 values.
 */
function sumInOrderSql(value: string, order: readonly string[]): string {
  const placed = `{${[...order, value].map((column) => `${column}: ${column}`).join(", ")}}`;
  const sorted = `list_sort(list(${placed}) FILTER (${value} IS NOT NULL))`;
  // Names that no column has: a column would hide the lambda's parameter.
  const values = `list_transform(${sorted}, lambda placed_value: placed_value.${value})`;
  return `list_reduce(${values}, lambda sum_before, value_after: sum_before + value_after)`;
}
