import type { Expression, TimedEvent } from "../window-table.ts";
import {
  comparePlaces,
  compareText,
  idSql,
  type MaybeNumber,
  type Measure,
  type TimedValue,
  timedValue,
  timeSql,
} from "./measure.ts";
import { unitsOf, unitsSql } from "./sum.ts";

export interface CounterOptions<Event, Row> {
  /** Whose counter it is: differences are taken between samples of one series. */
  readonly series: Expression<Event, Row, string>;
  readonly counter: Expression<Event, Row, MaybeNumber>;
  /** Units of one; default 1: whole numbers. See `sum`. */
  readonly scale?: number;
}

interface Sample extends TimedValue {
  readonly series: string;
}

/**
 * By how much counters have grown between samples within the window, summed over series; 0 where there are less than
 * two. A counter that is less than at the sample before was reset to 0 in between and counts in full, as in
 * Prometheus' `increase`, but nothing is extrapolated to the edges of the window. Samples are held until it closes.
 */
export function counterIncrease<Event extends TimedEvent, Row>({
  series,
  counter,
  scale = 1,
}: CounterOptions<Event, Row>): Measure<Event, Row, number> {
  const total = increaseSql(series.sql, unitsSql(counter.sql, scale));
  return {
    type: scale === 1 ? "BIGINT" : "DOUBLE",
    duckdb: scale === 1 ? `${total}::BIGINT` : `${total} / ${scale}`,
    fold() {
      const samples: Sample[][] = [];
      return {
        add(group, row, event, index) {
          if (group === samples.length) samples.push([]);
          const value = counter.of(row, event, index) ?? undefined;
          if (value === undefined) return;
          samples[group]!.push({ ...timedValue(event, unitsOf(value, scale)), series: series.of(row, event, index) });
        },
        value: (group) => increaseOf(samples[group]!) / scale,
      };
    },
  };
}

function increaseOf(samples: Sample[]): number {
  samples.sort((a, b) => compareText(a.series, b.series) || comparePlaces(a, b));
  let total = 0;
  for (let i = 1; i < samples.length; i += 1) {
    const [before, sample] = [samples[i - 1]!, samples[i]!];
    if (before.series === sample.series) total += growth(before.value, sample.value);
  }
  return total;
}

function growth(before: number, value: number): number {
  return value < before ? value : value - before;
}

/** The same walk over sorted samples; `total` comes last in a sample, so that it is never what they are sorted by. */
function increaseSql(series: string, units: string): string {
  const sample = `{series: ${series}, t: ${timeSql}, id: ${idSql}, v: (${units})::DOUBLE, total: 0::DOUBLE}`;
  // Names that no column has: a column would hide the lambda's parameter.
  const [a, b] = ["sample_before", "sample_after"];
  const growthSql = `CASE WHEN ${a}.series <> ${b}.series THEN 0 WHEN ${b}.v < ${a}.v THEN ${b}.v ELSE ${b}.v - ${a}.v END`;
  const sum = `{series: ${b}.series, t: ${b}.t, id: ${b}.id, v: ${b}.v, total: ${a}.total + ${growthSql}}`;
  const step = `lambda ${a}, ${b}: ${sum}`;
  const samples = `list_sort(list(${sample}) FILTER ((${units}) IS NOT NULL))`;
  return `coalesce(list_reduce(${samples}, ${step}).total, 0)`;
}
