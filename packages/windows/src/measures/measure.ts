import type { TimedEvent } from "../window-table.ts";

/**
 * A kind of measure says in one place how rows are folded in memory and which aggregate makes the same of them in SQL.
 * Rows whose value is null (undefined in TypeScript) add nothing. The order of rows changes no value.
 */
export interface Measure<Event, Row, Value extends MeasureValue = MeasureValue> {
  /** SQL type of the column. */
  readonly type: "BIGINT" | "DOUBLE" | "VARCHAR";
  /** Made once per window. */
  readonly fold: () => MeasureFold<Event, Row, Value>;
  /** Aggregate expression in the dialect of DuckDB. One for another engine would stand beside it. */
  readonly duckdb: string | CarryingAggregate;
  /** The value of two windows as one; measures that two values do not tell it of have none. */
  merge?(earlier: Value, later: Value): Value;
}

export type MeasureValue = number | string | undefined;

/** An aggregate of rows that goes on from the sample before each row's, though it lies before the window. */
export interface CarryingAggregate {
  /** The row's sample: a struct, null where the row has none. */
  readonly sample: string;
  /** What samples of a group are ordered by. */
  readonly order: string;
  /** Samples that lie further back are not looked for. */
  readonly spanMs: number;
  /** @param before  name of the column with the sample before the row's; null where there is none */
  readonly aggregate: (before: string) => string;
}

/**
 * What a measure keeps of one window: a place for each group of keys. Columns rather than an object per group, for most
 * groups are a row or two.
 */
export interface MeasureFold<Event, Row, Value extends MeasureValue = MeasureValue> {
  /** Takes a row in. Groups are numbered from 0 as their first rows come. */
  add(group: number, row: Row, event: Event, index: number): void;
  /** @param before  the newest sample of the group before this window, of measures that carry */
  value(group: number, before?: CarriedSample): Value;
  /** The newest sample of the group, for the windows after this one. Only measures that go on from it have this. */
  carried?(group: number): CarriedSample | undefined;
}

/** A number of a row, or nothing. */
export type MaybeNumber = number | null | undefined;

/** Time and id of an event in SQL, as `TimedEvent` has them. */
export const timeSql = "epoch_ms(occurred_at)";
export const idSql = "event_id";

/** Sorts by time, then id, then value: whatever comes twice, or in any order, the result is the same. */
export function comparePlaces(a: TimedValue, b: TimedValue): number {
  return a.timeMs - b.timeMs || compareText(a.id, b.id) || a.value - b.value;
}

export interface TimedValue {
  readonly timeMs: number;
  readonly id: string;
  readonly value: number;
}

export interface CarriedSample extends TimedValue {
  /** When the series was 0, where that is known. */
  readonly startedAtMs?: number | undefined;
}

export function timedValue({ occurredAtMs, eventId }: TimedEvent, value: number): TimedValue {
  return { timeMs: occurredAtMs, id: eventId, value };
}

/** Order of code points, as of UTF-8 in SQL. By `<`, which compares UTF-16, an emoji would come before U+FB01. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return codePointRank(unitA) - codePointRank(unitB);
  }
  return a.length - b.length;
}

/** Moves surrogates, which stand for the highest code points, behind all other units. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
