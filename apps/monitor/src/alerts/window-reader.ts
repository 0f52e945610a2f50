import { errorCodeOf } from "@footfall/base";
import type { Lake } from "@footfall/lake";
import { type MetricQuery, type MetricWindow, runMetricQuery } from "@footfall/metrics";
import {
  type Evaluation,
  matchesLabels,
  type MetricReader,
  type MetricSelector,
  type RangeFunction,
  type SeriesValue,
} from "@footfall/metrics/alerts";
import { readMetricWindows } from "../windows/read-metric-windows.ts";

interface Range {
  readonly startMs: number;
  readonly endMs: number;
  readonly names: Set<string>;
}

/** A range's end is observed if any target was scraped this long before it; longer than the agent's interval. */
const observedWithinMs = 60_000;

/**
 * Judges with a reader of `metric_windows`. Judging is a pure function that asks as it goes: it is begun anew with what
 * it has asked for, until it asks for nothing that is not there.
 */
export async function judgeWithWindows(
  source: { readonly lake: Lake; readonly tenant: string },
  judge: (reader: MetricReader) => Evaluation,
): Promise<Evaluation> {
  const known = new Map<string, readonly MetricWindow[]>();
  for (;;) {
    const asked = new Map<string, Range>();
    const evaluation = judge(readerOf(known, asked));
    if (asked.size === 0) return evaluation;
    for (const { startMs, endMs, names } of asked.values()) {
      const fromMs = Math.min(startMs, endMs - observedWithinMs);
      const windows = await readMetricWindows(source.lake, {
        tenant: source.tenant,
        names: [...names, "up"],
        startMs: fromMs,
        endMs,
      });
      for (const name of names) {
        const isAbout = (window: MetricWindow) => window.name === name || window.name === "up";
        known.set(keyOf(name, startMs, endMs), windows.filter(isAbout));
      }
    }
  }
}

function readerOf(known: ReadonlyMap<string, readonly MetricWindow[]>, asked: Map<string, Range>): MetricReader {
  return {
    series(selector, rangeFunction, startMs, endMs) {
      const names = namesOf(selector, rangeFunction);
      const found = names.map((name) => known.get(keyOf(name, startMs, endMs)));
      const windows = found.flatMap((some) => some ?? []);
      if (found.includes(undefined)) {
        const range = asked.get(keyOf("", startMs, endMs)) ?? { startMs, endMs, names: new Set<string>() };
        for (const name of names) range.names.add(name);
        asked.set(keyOf("", startMs, endMs), range);
        return "missing";
      }
      if (!windows.some((window) => window.name === "up" && window.endMs > endMs - observedWithinMs)) return "missing";
      return valuesOf(selector, rangeFunction, windows, { startMs, endMs });
    },
  };
}

function valuesOf(
  { name, matchers }: MetricSelector,
  rangeFunction: RangeFunction,
  windows: readonly MetricWindow[],
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): readonly SeriesValue[] {
  const share = /^p(\d+)$/.exec(rangeFunction)?.[1];
  const query: MetricQuery = {
    function: share === undefined ? (rangeFunction as MetricQuery["function"]) : "percentile",
    ...(share !== undefined && { share: Number(`${share}e-2`) }),
    name,
    matchers: matchers.map((matcher) => ({
      label: matcher.name,
      matches: (value) => matchesLabels([matcher], { [matcher.name]: value }),
    })),
  };
  // In times from the range's start the range is one step, wherever it lies.
  const wanted = windows
    .filter((window) => window.startMs >= startMs && window.endMs <= endMs)
    .map((window) => ({ ...window, startMs: window.startMs - startMs, endMs: window.endMs - startMs }));
  const lengthMs = endMs - startMs;
  try {
    const series = runMetricQuery(query, distinct(wanted), { startMs: 0, endMs: lengthMs, stepMs: lengthMs });
    return series.map(({ labels, points }) => ({ labels, value: points[0]!.value }));
  } catch (error) {
    // A rate of a gauge: the rule says nothing, and the others are judged all the same.
    if (errorCodeOf(error) !== "REQUEST_INVALID") throw error;
    return [];
  }
}

/** Windows of `up` come with every metric. */
function distinct(windows: readonly MetricWindow[]): MetricWindow[] {
  const byKey = new Map(
    windows.map((window) => {
      const { startMs, name, labels, job, instance, kind } = window;
      return [JSON.stringify([startMs, name, labels, job, instance, kind]), window] as const;
    }),
  );
  return [...byKey.values()];
}

function namesOf({ name }: MetricSelector, rangeFunction: RangeFunction): readonly string[] {
  return rangeFunction.startsWith("p") ? [name, `${name}_bucket`] : [name];
}

function keyOf(name: string, startMs: number, endMs: number): string {
  return `${name} ${startMs} ${endMs}`;
}
