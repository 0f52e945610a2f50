import { AppError } from "@footfall/base";
import { mergeSketches, type QuantileSketch, readSketch, sketchQuantile } from "@footfall/windows";
import { mergeMetricWindows, type MetricWindow } from "../metric-windows.ts";
import { type Labels, labelsText } from "../series.ts";
import { histogramQuantile } from "./histogram-quantile.ts";
import type { MetricQuery } from "./parse-metric-query.ts";
import { boundOf, groupLabels, matchedLabels, refuseRateOfGauges, seriesNames } from "./series-groups.ts";

export interface MetricSpan {
  /** Windows that begin before it or end after `endMs` are left out. */
  readonly startMs: number;
  readonly endMs: number;
  /** A multiple of the windows' length. */
  readonly stepMs: number;
}

export interface MetricPoints {
  /** Those asked for by `by`; else all of the series, with job and instance. */
  readonly labels: Labels;
  /** In order of time; steps without data have none. */
  readonly points: readonly { readonly startMs: number; readonly value: number }[];
}

interface Selected {
  readonly window: MetricWindow;
  readonly labels: Labels;
}

/**
 * Evaluates a query over windows of one tenant, all of one length, each once. Of several series in a group, counters
 * are taken by themselves first and then added, so that the restart of one is seen; `last` adds the newest numbers, one
 * a series and step; avg, min and max are of all samples. Percentiles are of a gauge's sketch, or of the buckets of a
 * histogram of that name. Groups come in order of their labels.
 * Throws `REQUEST_INVALID` where the step does not fit or all that is found are gauges, which have no rate.
 */
export function runMetricQuery(query: MetricQuery, windows: readonly MetricWindow[], span: MetricSpan): MetricPoints[] {
  const selected = selectedOf(query, windows, span);
  const groups = new Map<string, { labels: Labels; steps: Map<number, Selected[]> }>();
  for (const each of selected) {
    const labels = groupLabels(query, each.labels);
    const key = labelsText(labels);
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { labels, steps: new Map() }));
    const { startMs } = each.window;
    group.steps.set(startMs, [...(group.steps.get(startMs) ?? []), each]);
  }
  return [...groups].sort(byText).flatMap(([, { labels, steps }]) => {
    const points = [...steps]
      .sort(([a], [b]) => a - b)
      .flatMap(([startMs, step]) => {
        const value = valueOf(query, step, span.stepMs);
        return value === undefined ? [] : [{ startMs, value }];
      });
    return points.length > 0 ? [{ labels, points }] : [];
  });
}

/** The windows of the series asked for, one of each series and step. */
function selectedOf(query: MetricQuery, windows: readonly MetricWindow[], span: MetricSpan) {
  const names = seriesNames(query);
  const known = new Map<string, Labels | undefined>();
  const labelsOf = (window: MetricWindow): Labels | undefined => {
    const series = JSON.stringify([window.job, window.instance, window.labels]);
    if (!known.has(series)) known.set(series, matchedLabels(query, window));
    return known.get(series);
  };
  const wanted = windows.filter((window) => {
    const isWithin = window.startMs >= span.startMs && window.endMs <= span.endMs;
    return isWithin && names.includes(window.name) && labelsOf(window) !== undefined;
  });
  for (const { startMs, endMs } of wanted) {
    if (span.stepMs % (endMs - startMs) !== 0) {
      throw new AppError("REQUEST_INVALID", `the step is no multiple of ${endMs - startMs} ms`);
    }
  }
  refuseRateOfGauges(
    query,
    wanted.map(({ kind }) => kind),
  );
  return mergeMetricWindows(wanted, span.stepMs).map((window): Selected => ({ window, labels: labelsOf(window)! }));
}

function valueOf(
  { function: applied, share }: MetricQuery,
  step: readonly Selected[],
  stepMs: number,
): number | undefined {
  const numbers = (of: (window: MetricWindow) => number | undefined) => step.flatMap(({ window }) => of(window) ?? []);
  switch (applied) {
    case "increase":
      return sumOf(numbers(({ increase }) => increase));
    case "rate": {
      const increase = sumOf(numbers((window) => window.increase));
      return increase === undefined ? undefined : increase / (stepMs / 1_000);
    }
    case "last":
      return sumOf(numbers(({ newest }) => newest));
    case "avg": {
      const total = sumOf(numbers((window) => window.total));
      const samples = sumOf(numbers(({ samples: all, notFinite }) => all - notFinite));
      return total === undefined ? undefined : total / samples!;
    }
    case "min":
      return numbers(({ least }) => least).reduce<number | undefined>((a, b) => Math.min(a ?? b, b), undefined);
    case "max":
      return numbers(({ greatest }) => greatest).reduce<number | undefined>((a, b) => Math.max(a ?? b, b), undefined);
    case "percentile":
      return percentileOf(share!, step);
  }
}

function percentileOf(share: number, step: readonly Selected[]): number | undefined {
  const sketches = step.flatMap(({ window: { spread } }) => (spread === undefined ? [] : [readSketch(spread)]));
  if (sketches.length > 0) {
    return sketchQuantile(sketches.reduce<QuantileSketch>(mergeSketches, new Map()), share);
  }
  const buckets = step.flatMap(({ window: { increase }, labels }) => {
    const upperBound = boundOf(labels["le"]);
    return increase === undefined || upperBound === undefined ? [] : [{ upperBound, increase }];
  });
  return histogramQuantile(share, buckets);
}

/** Undefined of none. */
function sumOf(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : numbers.reduce((total, number) => total + number);
}

function byText([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
