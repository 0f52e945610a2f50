import type { Measure } from "./measures/measure.ts";
import type { TimeWindow } from "./time-window.ts";
import type { WindowEvent } from "./window-event.ts";

/** What every event that is counted in windows has; its relation has columns tenant, event_id and occurred_at. */
export type TimedEvent = Pick<WindowEvent, "tenant" | "eventId" | "occurredAtMs">;

/**
 * A value of a row, said twice. `of` takes the row, its event and its index among the event's rows; `sql` is an
 * expression over the columns that `RowSource.sql` gives. The two stand side by side, so that no one changes one alone.
 */
export interface Expression<Event, Row, Value> {
  readonly of: (row: Row, event: Event, index: number) => Value;
  readonly sql: string;
}

/** The rows that an event gives. */
export interface RowSource<Event, Row> {
  /** Undefined where each event is its own and only row. The rows of an event, in order; none where undefined. */
  readonly of: ((event: Event) => readonly Row[] | undefined) | undefined;
  /** SELECT of the rows of a relation of events, with all columns of the events and whatever the expressions need. */
  readonly sql: (events: string) => string;
}

/** A table of tumbling windows: one row per window, tenant and keys. Fold and SQL are both made from it. */
export interface WindowTable<
  Event extends TimedEvent,
  Row,
  Key extends string = string,
  Measures extends Record<string, Measure<Event, Row>> = Record<string, Measure<Event, Row>>,
> {
  readonly name: string;
  readonly windowSizeMs: number;
  readonly rows: RowSource<Event, Row>;
  /** Texts, never null; the one with the most values first. Column `item_id` is called `itemId`, as with measures. */
  readonly keys: Readonly<Record<Key, Expression<Event, Row, string>>>;
  readonly measures: Readonly<Measures>;
}

/** One row of a table, as the fold gives it. A measure of which the window holds no value is undefined. */
export type WindowRow<Key extends string, Measures> = TimeWindow & { readonly tenant: string } & {
  readonly [Name in Key]: string;
} & { readonly [Name in keyof Measures]: Measures[Name] extends Measure<never, never, infer Value> ? Value : never };

/** The type of the rows of a declared table. */
export type RowOf<Table> =
  Table extends WindowTable<infer _Event, infer _Row, infer Key, infer Measures> ? WindowRow<Key, Measures> : never;

/** How far before its windows samples are looked for that they go on from; 0 where none are. */
export function carrySpanMs<Event extends TimedEvent, Row>({ measures }: WindowTable<Event, Row>): number {
  const spansMs = Object.values(measures).map(({ duckdb }) => (typeof duckdb === "string" ? 0 : duckdb.spanMs));
  return Math.max(0, ...spansMs);
}

/** The declaration itself, with its types found out. */
export function windowTable<
  Event extends TimedEvent,
  Row,
  Key extends string,
  Measures extends Record<string, Measure<Event, Row>>,
>(table: WindowTable<Event, Row, Key, Measures>): WindowTable<Event, Row, Key, Measures> {
  return table;
}

/** Rows of a source whose events are rows themselves. */
export function eachEvent<Event extends TimedEvent>(): RowSource<Event, Event> {
  return { of: undefined, sql: (events) => `SELECT * FROM ${events}` };
}
