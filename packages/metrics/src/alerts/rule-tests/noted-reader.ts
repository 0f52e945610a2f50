import { type Labels, matchesLabels } from "../label-matcher.ts";
import type { MetricReader, RangeFunction } from "../metric-reader.ts";
import type { NotedValues } from "./series-notation.ts";

export interface NotedSeries {
  readonly name: string;
  readonly labels: Labels;
  /** The first one is at time 0. */
  readonly values: NotedValues;
}

/**
 * A reader of noted series. Where none of them has a sample within an interval of the range's end, nobody observed it.
 */
export function notedReader(all: readonly NotedSeries[], intervalMs: number): MetricReader {
  const placesOf = (startMs: number, endMs: number) => {
    return [
      Math.max(0, Math.floor(startMs / intervalMs) + 1),
      Math.max(0, Math.floor(endMs / intervalMs) + 1),
    ] as const;
  };
  return {
    series({ name, matchers }, rangeFunction, startMs, endMs) {
      const [last, after] = placesOf(endMs - intervalMs, endMs);
      if (!all.some(({ values }) => values.slice(last, after).some((value) => value !== undefined))) return "missing";
      const [from, to] = placesOf(startMs, endMs);
      return all.flatMap((series) => {
        if (series.name !== name || !matchesLabels(matchers, series.labels)) return [];
        const samples = series.values.slice(from, to).filter((value) => value !== undefined);
        if (samples.length === 0) return [];
        const before = series.values.slice(0, from).findLast((value) => value !== undefined);
        return [{ labels: series.labels, value: valueOf(rangeFunction, samples, before, endMs - startMs) }];
      });
    },
  };
}

function valueOf(
  rangeFunction: RangeFunction,
  samples: readonly number[],
  before: number | undefined,
  rangeMs: number,
): number {
  switch (rangeFunction) {
    case "last":
      return samples.at(-1)!;
    case "min":
      return Math.min(...samples);
    case "max":
      return Math.max(...samples);
    case "avg":
      return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
    case "increase":
      return increase(samples, before);
    case "rate":
      return increase(samples, before) / (rangeMs / 1000);
    default: {
      const sorted = samples.toSorted((a, b) => a - b);
      return sorted[Math.ceil((Number(rangeFunction.slice(1)) / 100) * sorted.length) - 1]!;
    }
  }
}

/** A decrease is a reset: what comes after it counts in full. */
function increase(samples: readonly number[], before: number | undefined): number {
  let total = 0;
  let last = before ?? samples[0]!;
  for (const sample of samples) {
    total += sample < last ? sample : sample - last;
    last = sample;
  }
  return total;
}
