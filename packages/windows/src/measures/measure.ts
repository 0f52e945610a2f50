import type { TimedEvent } from "../window-table.ts";

/**
 * A kind of measure says in one place how rows are folded in memory and which aggregate makes the same of them in SQL.
 * Rows whose value is null (undefined in TypeScript) add nothing. The order of rows changes no value.
 */
export interface Measure<Event, Row, Value extends number | undefined = number | undefined> {
  /** SQL type of the column. */
  readonly type: "BIGINT" | "DOUBLE";
  /** Made once per window. */
  readonly fold: () => MeasureFold<Event, Row, Value>;
  /** Aggregate expression in the dialect of DuckDB. One for another engine would stand beside it. */
  readonly duckdb: string;
}

/**
 * What a measure keeps of one window: a place for each group of keys. Columns rather than an object per group, for most
 * groups are a row or two.
 */
export interface MeasureFold<Event, Row, Value extends number | undefined = number | undefined> {
  /** Takes a row in. Groups are numbered from 0 as their first rows come. */
  add(group: number, row: Row, event: Event, index: number): void;
  value(group: number): Value;
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
