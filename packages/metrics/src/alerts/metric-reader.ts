import type { LabelMatcher, Labels } from "./label-matcher.ts";

/** What a rule asks of a range; percentiles are of what was observed in the range, not of its windows' percentiles. */
export const rangeFunctions = ["rate", "increase", "last", "avg", "min", "max", "p50", "p90", "p95", "p99"] as const;
export type RangeFunction = (typeof rangeFunctions)[number];

export interface MetricSelector {
  /** Of a histogram: its name without `_bucket`, for percentiles. */
  readonly name: string;
  readonly matchers: readonly LabelMatcher[];
}

export interface SeriesValue {
  /** Without the name, with `job` and `instance`. */
  readonly labels: Labels;
  /** NaN: the series says nothing of this range. */
  readonly value: number;
}

/** Values of closed windows. `up` (1 or 0, by job and instance) is a series like any other. */
export interface MetricReader {
  /**
   * One value for each series that has samples in (start, end]. Rates are per second and, like increases, exact: the
   * sample before the range counts as its start, a decrease as a reset. "missing": nobody observed the end of the
   * range, which says nothing about the series.
   */
  series(
    selector: MetricSelector,
    rangeFunction: RangeFunction,
    rangeStartMs: number,
    rangeEndMs: number,
  ): readonly SeriesValue[] | "missing";
}
