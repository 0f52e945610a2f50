import type { Expression, TimedEvent } from "../window-table.ts";
import {
  type CarriedSample,
  comparePlaces,
  idSql,
  type MaybeNumber,
  type Measure,
  timedValue,
  timeSql,
} from "./measure.ts";
import { inOrderSql } from "./sum-in-order.ts";

export interface CounterOptions<Event, Row> {
  /** Value of the counter since it was 0. The groups of the table are its series. */
  readonly counter: Expression<Event, Row, MaybeNumber>;
  /** When the counter was 0, ms since the epoch, where that is known. */
  readonly startedAtMs: Expression<Event, Row, MaybeNumber>;
  /** A sample goes on from the one before it if that is at most this much older. */
  readonly spanMs: number;
}

/** A fall by less than this share is noise of floating point, no reset. */
const noiseShare = 1e-12;
/** Stands for a start that is not known when samples are sorted. */
const unknownStart = Number.MAX_SAFE_INTEGER;

/**
 * By how much a counter has grown with the samples of the window: the sum of the differences of each to the sample
 * before it, which may lie before the window. So the increases of windows add up to that of their whole; nothing is
 * extrapolated, as Prometheus' `increase` would. Undefined where no difference is known.
 *
 * A counter that is less than before, or whose start is later than before, was reset and counts in full. A first
 * sample, or one after a pause longer than `spanMs`, counts in full if the counter is known to have started at most
 * `spanMs` before; else it only is what later ones are compared with. Exact for whole numbers below 2^53. Samples are
 * held until the window closes.
 */
export function counterIncrease<Event extends TimedEvent, Row>({
  counter,
  startedAtMs,
  spanMs,
}: CounterOptions<Event, Row>): Measure<Event, Row, number | undefined> {
  return {
    type: "DOUBLE",
    duckdb: increaseSql(counter.sql, startedAtMs.sql, spanMs),
    fold() {
      const samples: CarriedSample[][] = [];
      return {
        add(group, row, event, index) {
          if (group === samples.length) samples.push([]);
          const value = counter.of(row, event, index) ?? undefined;
          if (value === undefined) return;
          const started = startedAtMs.of(row, event, index) ?? undefined;
          samples[group]!.push({ ...timedValue(event, value), startedAtMs: started });
        },
        value: (group, before) => increaseOf(samples[group]!, before, spanMs),
        carried: (group) => samples[group]!.sort(compareSamples).at(-1),
      };
    },
    merge: (earlier, later) => (earlier === undefined || later === undefined ? (earlier ?? later) : earlier + later),
  };
}

function compareSamples(a: CarriedSample, b: CarriedSample): number {
  return comparePlaces(a, b) || (a.startedAtMs ?? unknownStart) - (b.startedAtMs ?? unknownStart);
}

function increaseOf(samples: CarriedSample[], carried: CarriedSample | undefined, spanMs: number): number | undefined {
  let total: number | undefined;
  let before = carried;
  for (const sample of samples.sort(compareSamples)) {
    const grown = growth(before, sample, spanMs);
    if (grown !== undefined) total = total === undefined ? grown : total + grown;
    before = sample;
  }
  return total;
}

function growth(before: CarriedSample | undefined, sample: CarriedSample, spanMs: number): number | undefined {
  const { timeMs, value, startedAtMs } = sample;
  if (before === undefined || timeMs - before.timeMs > spanMs) {
    const isNew = startedAtMs !== undefined && startedAtMs <= timeMs && timeMs - startedAtMs <= spanMs;
    return isNew ? value : undefined;
  }
  if (startedAtMs !== undefined && before.startedAtMs !== undefined && startedAtMs > before.startedAtMs) return value;
  if (before.value - value > Math.abs(before.value) * noiseShare) return value;
  return Math.max(value - before.value, 0);
}

/** The same, of each row and the sample before it. */
function increaseSql(counter: string, started: string, spanMs: number) {
  const sample = `CASE WHEN (${counter}) IS NOT NULL
    THEN {t: ${timeSql}, v: (${counter})::DOUBLE, s: (${started})::BIGINT} END`;
  const order = `${timeSql}, ${idSql}, (${counter})::DOUBLE, coalesce((${started})::BIGINT, ${unknownStart})`;
  return {
    sample,
    order,
    spanMs,
    aggregate(before: string) {
      const [value, start] = [`(${counter})::DOUBLE`, `(${started})::BIGINT`];
      const grown = `CASE
    WHEN (${counter}) IS NULL THEN NULL
    WHEN ${before} IS NULL OR ${timeSql} - ${before}.t > ${spanMs}
      THEN CASE WHEN ${start} <= ${timeSql} AND ${timeSql} - ${start} <= ${spanMs} THEN ${value} END
    WHEN ${start} > ${before}.s OR ${before}.v - ${value} > abs(${before}.v) * ${noiseShare}::DOUBLE THEN ${value}
    ELSE greatest(${value} - ${before}.v, 0) END`;
      return inOrderSql(grown, order);
    },
  };
}
