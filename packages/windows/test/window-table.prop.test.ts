import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { count } from "../src/measures/count.ts";
import { countDistinct } from "../src/measures/count-distinct.ts";
import { counterIncrease } from "../src/measures/counter-increase.ts";
import { max, min } from "../src/measures/extreme.ts";
import { last } from "../src/measures/last.ts";
import type { Measure } from "../src/measures/measure.ts";
import { distribution } from "../src/measures/distribution.ts";
import { sum } from "../src/measures/sum.ts";
import { sumInOrder } from "../src/measures/sum-in-order.ts";
import { TumblingWindows } from "../src/tumbling-windows.ts";
import { windowAt } from "../src/time-window.ts";
import { columnName, foldColumns, foldedRowsSql, windowRowsSql } from "../src/window-sql.ts";
import { eachEvent, type Expression, type RowSource, type TimedEvent, type WindowTable } from "../src/window-table.ts";
import { forever, never, propertyRuns } from "./window-fixture.ts";

interface Point {
  readonly label: string | null;
  readonly value: number | null;
  readonly whole: number | null;
}

interface PointEvent extends TimedEvent, Point {
  readonly points: readonly Point[] | null;
}

let instance: DuckDBInstance;
let duckdb: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  duckdb = await instance.connect();
});
afterAll(() => {
  duckdb.closeSync();
  instance.closeSync();
});

async function select(sql: string, json?: readonly object[]): Promise<readonly object[]> {
  const reader = await duckdb.runAndReadAll(sql, json ? [JSON.stringify(json)] : undefined);
  return reader.getRowObjectsJS();
}

/** Values with halves of a unit, negatives, and both sides of many ties. */
const aNumber = fc.oneof(
  fc.constantFrom(0, 0.5, -0.5, 1.005, 2.00005, -2.00005, 7, 1e9),
  fc.integer({ min: -30_000, max: 30_000 }).map((units) => units / 10_000),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
);
const aText = fc.constantFrom("", "a", "b", "A", "ü'\"", "\u{1F600}", "\uFB01", "a\u{1F600}", "a\uFB01", "\n");

const aPoint: fc.Arbitrary<Point> = fc.record({
  label: fc.option(aText),
  value: fc.option(aNumber),
  whole: fc.option(fc.integer({ min: -9, max: 9 })),
});

const anEvent: fc.Arbitrary<PointEvent> = fc
  .tuple(
    aPoint,
    fc.record({
      tenant: fc.constantFrom("demo", "other"),
      eventId: aText,
      // Around 1970 windows begin before zero.
      occurredAtMs: fc.oneof(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -5_000, max: 5_000 })),
      points: fc.option(fc.array(aPoint, { maxLength: 4 })),
    }),
  )
  .map(([point, event]) => ({ ...point, ...event }));

const someEvents = fc.array(anEvent, { maxLength: 60, size: "max" });

const eventsSql = `(SELECT * EXCLUDE (time_ms), make_timestamp(time_ms * 1000) AS occurred_at FROM (
  SELECT unnest(from_json($1::VARCHAR, '[{"tenant":"VARCHAR","event_id":"VARCHAR","time_ms":"BIGINT","label":"VARCHAR",
    "value":"DOUBLE","whole":"BIGINT","points":[{"label":"VARCHAR","value":"DOUBLE","whole":"BIGINT"}]}]'),
    max_depth := 2)))`;

const stored = (events: readonly PointEvent[]) =>
  events.map(({ eventId, occurredAtMs, ...event }) => ({ ...event, event_id: eventId, time_ms: occurredAtMs }));

/** The same expressions over an event that is its own row, and over the points that an event holds. */
function someTables(): fc.Arbitrary<WindowTable<PointEvent, Point>> {
  const field = <Name extends keyof Point>(prefix: string, name: Name): Expression<PointEvent, Point, Point[Name]> => ({
    of: (point) => point[name],
    sql: `${prefix}${name}`,
  });
  const tableOf = (rows: RowSource<PointEvent, Point>, prefix: string) => {
    const label = { of: (point: Point) => point.label ?? "none", sql: `coalesce(${prefix}label, 'none')` };
    const [value, whole] = [field(prefix, "value"), field(prefix, "whole")];
    const nothing = { of: () => undefined, sql: "NULL" };
    const byId = { of: (_: Point, event: PointEvent) => event.eventId, sql: "event_id" };
    const all: Record<string, Measure<PointEvent, Point>> = {
      rows: count(),
      withValue: count({ of: (point) => (point.value ?? 0) > 1, sql: `${prefix}value > 1` }),
      labels: countDistinct(field(prefix, "label")),
      ids: countDistinct(byId),
      wholes: sum(whole),
      cents: sum(value, 100),
      money: sum(value, 10_000),
      least: min(value),
      greatest: max(whole),
      newest: last(value),
      newestWhole: last(whole),
      served: counterIncrease({ counter: whole, startedAtMs: whole, spanMs: 3 }),
      seconds: counterIncrease({ counter: value, startedAtMs: nothing, spanMs: 2_500 }),
      total: sumInOrder(value),
      spread: distribution(whole),
    };
    const keys = { someLabel: label, byId };
    return fc.record({
      name: fc.constant("some_windows"),
      windowSizeMs: fc.constantFrom(1, 7, 1_000, 60_000),
      rows: fc.constant(rows),
      keys: fc.subarray(Object.entries(keys)).map((some) => Object.fromEntries(some)),
      measures: fc.subarray(Object.entries(all)).map((some) => Object.fromEntries(some)),
    });
  };
  const points: RowSource<PointEvent, Point> = {
    of: (event) => event.points ?? undefined,
    sql: (events) => `SELECT *, unnest(points) AS point FROM ${events}`,
  };
  return fc.oneof(tableOf(eachEvent<PointEvent>(), ""), tableOf(points, "point."));
}

/** Rows by column, times as ms, and no other zero than 0: the two are equal, and either may be the least. */
function comparable(rows: readonly object[]): readonly string[] {
  const plain = (value: unknown) => {
    if (value instanceof Date) return value.getTime();
    return typeof value === "bigint" || value === 0 ? Number(value) + 0 : value;
  };
  return rows
    .map((row) => JSON.stringify(Object.entries(row).map(([name, value]) => [name, plain(value)] as const)))
    .sort();
}

function folded(table: WindowTable<PointEvent, Point>, events: readonly PointEvent[]) {
  const windows = new TumblingWindows(table, { watermarkMs: never, openAggregatesMax: 1e6 });
  for (const event of events) windows.observe(event);
  return windows.closeReady(forever);
}

test("of any declaration and events in any order, fold and SQL make the same rows", async () => {
  const anyOrder = someEvents.chain((events) =>
    fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
  );
  await fc.assert(
    fc.asyncProperty(someTables(), anyOrder, async (table, [events, shuffled]) => {
      const rows = folded(table, events);
      expect(comparable(folded(table, shuffled))).toEqual(comparable(rows));
      const firstMs = windowAt(-5_000, table.windowSizeMs).startMs;
      const windows = `(FROM (VALUES ('demo'), ('other')) t(tenant), range(${firstMs}, 5_001, ${table.windowSizeMs})
        w(window_start_ms))`;
      const recomputed = await select(windowRowsSql(table, { events: eventsSql, windows }), stored(shuffled));
      const columns = Object.entries(foldColumns(table)).map(([name, type]) => [name, type]);
      const structure = JSON.stringify([Object.fromEntries(columns)]);
      const json = `(SELECT unnest(from_json($1::VARCHAR, '${structure}'), max_depth := 2))`;
      expect(comparable(recomputed)).toEqual(comparable(await select(foldedRowsSql(table, json), rows)));
    }),
    propertyRuns,
  );
}, 120_000);

test("only the windows asked for are made", async () => {
  const table: WindowTable<PointEvent, PointEvent> = {
    name: "some_windows",
    windowSizeMs: 10,
    rows: eachEvent(),
    keys: {},
    measures: { events: count() },
  };
  const point = { label: null, value: null, whole: null, points: null };
  const events = [-1, 0, 9, 10, 25].map((occurredAtMs) => ({ ...point, tenant: "demo", eventId: "e", occurredAtMs }));
  const windows = "(VALUES ('demo', -10), ('demo', 0), ('other', 20)) w(tenant, window_start_ms)";
  const rows = await select(windowRowsSql(table, { events: eventsSql, windows }), stored(events));
  expect(rows.map((row) => [(row as { events: bigint }).events]).sort()).toEqual([[1n], [2n]]);
});

test("names of measures become names of columns", () => {
  expect(["events", "itemId", "p99LatencyMs"].map(columnName)).toEqual(["events", "item_id", "p99_latency_ms"]);
});
