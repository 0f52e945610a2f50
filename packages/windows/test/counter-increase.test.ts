import * as fc from "fast-check";
import { expect, test } from "vitest";
import { count } from "../src/measures/count.ts";
import { countDistinct } from "../src/measures/count-distinct.ts";
import { counterIncrease } from "../src/measures/counter-increase.ts";
import { distribution } from "../src/measures/distribution.ts";
import { max, min } from "../src/measures/extreme.ts";
import { last } from "../src/measures/last.ts";
import { sum } from "../src/measures/sum.ts";
import { mergeWindows } from "../src/merge-windows.ts";
import { TumblingWindows } from "../src/tumbling-windows.ts";
import { eachEvent, type TimedEvent, windowTable } from "../src/window-table.ts";
import { forever, never, propertyRuns } from "./window-fixture.ts";

interface Sample extends TimedEvent {
  readonly series: string;
  readonly value: number;
  readonly startedAtMs?: number;
}

const spanMs = 50;

/** Windows of 10 ms, or of another size. */
function counters(windowSizeMs = 10) {
  const value = { of: (sample: Sample) => sample.value, sql: "value" };
  return windowTable({
    name: "counters",
    windowSizeMs,
    rows: eachEvent<Sample>(),
    keys: { series: { of: (sample: Sample) => sample.series, sql: "series" } },
    measures: {
      samples: count<Sample, Sample>(),
      total: sum(value),
      least: min(value),
      greatest: max(value),
      newest: last(value),
      spread: distribution(value),
      increase: counterIncrease({
        counter: value,
        startedAtMs: { of: (sample: Sample) => sample.startedAtMs, sql: "started_at_ms" },
        spanMs,
      }),
    },
  });
}

function sampleAt(occurredAtMs: number, value: number, startedAtMs?: number): Sample {
  return {
    tenant: "t",
    eventId: "e",
    series: "s",
    occurredAtMs,
    value,
    ...(startedAtMs !== undefined && { startedAtMs }),
  };
}

function folded(samples: readonly Sample[], windowSizeMs = 10) {
  const windows = new TumblingWindows(counters(windowSizeMs), { watermarkMs: never, openAggregatesMax: 1_000 });
  for (const sample of samples) windows.observe(sample);
  return windows.closeReady(forever);
}

const increases = (samples: readonly Sample[]) => folded(samples).map(({ increase }) => increase);

test("the increase between windows belongs to the later one", () => {
  expect(increases([sampleAt(5, 10), sampleAt(15, 13), sampleAt(18, 14), sampleAt(35, 20)])).toEqual([undefined, 4, 6]);
});

test("a counter that falls was reset and counts in full: 0 10 20 5 15 grows by 35", () => {
  const values = [0, 10, 20, 5, 15].map((value, i) => sampleAt(i * 10, value));
  expect(increases(values)).toEqual([undefined, 10, 10, 5, 10]);
});

test("a crash loop whose counter has passed its old value is known by its start", () => {
  expect(increases([sampleAt(5, 3, 1), sampleAt(15, 4, 8), sampleAt(25, 9, 18)])).toEqual([3, 4, 9]);
  expect(increases([sampleAt(5, 3), sampleAt(15, 4), sampleAt(25, 9)])).toEqual([undefined, 1, 5]);
});

// prometheus/prometheus#3886, #12967, #3806
test("the first sample counts in full only if the series is known to have started within the span before it", () => {
  expect(increases([sampleAt(5, 7)])).toEqual([undefined]);
  expect(increases([sampleAt(5, 7, 5 - spanMs)])).toEqual([7]);
  expect(increases([sampleAt(5, 7, 4 - spanMs)])).toEqual([undefined]);
  expect(increases([sampleAt(5, 7, 6)])).toEqual([undefined]);
});

// VictoriaMetrics/VictoriaMetrics#8225
test("what grew in a pause that nobody observed is no increase of the window after it", () => {
  expect(increases([sampleAt(5, 7), sampleAt(5 + spanMs, 9)])).toEqual([undefined, 2]);
  expect(increases([sampleAt(5, 7), sampleAt(6 + spanMs, 9)])).toEqual([undefined, undefined]);
});

// prometheus/prometheus PR 17887
test("noise of floating point is no reset", () => {
  expect(increases([sampleAt(5, 0.1 + 0.2), sampleAt(15, 0.3)])).toEqual([undefined, 0]);
});

test("a sample that comes late is what the open windows go on from", () => {
  const windows = new TumblingWindows(counters(), { watermarkMs: never, openAggregatesMax: 1_000 });
  windows.observe(sampleAt(5, 10));
  windows.closeReady(20);
  expect(windows.observe(sampleAt(15, 14))).toBe("late");
  expect(windows.observe(sampleAt(12, 11))).toBe("late");
  windows.observe(sampleAt(25, 15));
  expect(windows.closeReady(forever).map(({ increase }) => increase)).toEqual([1]);
});

test("after a restart the windows go on from the samples before the watermark", () => {
  const windows = new TumblingWindows(counters(), { watermarkMs: 20, openAggregatesMax: 1_000 });
  for (const sample of [sampleAt(15, 14), sampleAt(5, 10), sampleAt(25, 15)]) windows.observe(sample);
  expect(windows.closeReady(forever).map(({ startMs, increase }) => [startMs, increase])).toEqual([[20, 1]]);
});

const aSample: fc.Arbitrary<Sample> = fc
  .record({
    tenant: fc.constantFrom("t", "u"),
    eventId: fc.constantFrom("e", "f"),
    series: fc.constantFrom("a", "b"),
    occurredAtMs: fc.integer({ min: -100, max: 400 }),
    value: fc.integer({ min: 0, max: 50 }),
    age: fc.option(fc.integer({ min: 0, max: 80 })),
  })
  .map(({ age, ...sample }) => (age === null ? sample : { ...sample, startedAtMs: sample.occurredAtMs - age }));

const byPlace = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).sort();

test("windows merged from short ones are those of the samples", () => {
  fc.assert(
    fc.property(fc.array(aSample, { maxLength: 60 }), (samples) => {
      expect(byPlace(mergeWindows(counters(), folded(samples), 60))).toEqual(byPlace(folded(samples, 60)));
    }),
    propertyRuns,
  );
});

test("windows closed as the watermark goes, samples in any order within the grace, are those of all at once", () => {
  const graceMs = 30;
  fc.assert(
    fc.property(fc.array(fc.tuple(aSample, fc.integer({ min: 0, max: graceMs })), { maxLength: 60 }), (drawn) => {
      const arrivals = drawn
        .map(([sample, delayMs]) => ({ sample, atMs: sample.occurredAtMs + delayMs }))
        .sort((a, b) => a.atMs - b.atMs);
      const windows = new TumblingWindows(counters(), { watermarkMs: never, openAggregatesMax: 1_000 });
      const rows = arrivals.flatMap(({ sample, atMs }) => {
        windows.observe(sample);
        return windows.closeReady(atMs - graceMs);
      });
      rows.push(...windows.closeReady(forever));
      expect(byPlace(rows)).toEqual(byPlace(folded(drawn.map(([sample]) => sample))));
    }),
    propertyRuns,
  );
});

test("windows of a measure that two values do not tell are not merged", () => {
  const table = windowTable({
    ...counters(),
    measures: { values: countDistinct({ of: (sample: Sample) => sample.series, sql: "series" }) },
  });
  expect(() => mergeWindows(table, [], 60)).toThrow("values of two windows");
});
