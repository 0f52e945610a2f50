import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  mergeSketches,
  type QuantileSketch,
  readSketch,
  relativeErrorMax,
  sketchBucket,
  sketchQuantile,
  sketchText,
} from "../src/measures/quantile-sketch.ts";
import { propertyRuns } from "./window-fixture.ts";

const gamma = (1 + relativeErrorMax) / (1 - relativeErrorMax);
/** Powers of γ are the edges of buckets, where a rounded logarithm may fall on either side. */
const anEdge = fc
  .tuple(
    fc.integer({ min: -30_000, max: 30_000 }),
    fc.constantFrom(1 - 2 ** -52, 1, 1 + 2 ** -52),
    fc.constantFrom(-1, 1),
  )
  .map(([power, nudge, sign]) => sign * gamma ** power * nudge);
const aNumber = fc.oneof(
  anEdge,
  fc.constantFrom(0, -0, 1, -1, 5e-324, 2.3e-308, Number.MAX_VALUE, -Number.MAX_VALUE),
  fc.integer({ min: -50, max: 50 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new Map<number, number>();
  for (const bucket of values.map((value) => sketchBucket(value)!)) sketch.set(bucket, (sketch.get(bucket) ?? 0) + 1);
  return sketch;
}

test("a quantile is off by α at most, of numbers of any sign and size, at edges of buckets too", () => {
  fc.assert(
    fc.property(
      fc.array(aNumber, { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const exact = [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!;
        const found = sketchQuantile(sketchOf(values), share)!;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.abs(exact) * (relativeErrorMax + 1e-9) + 2 ** -1022);
      },
    ),
    propertyRuns,
  );
});

test("sketches merge to that of all numbers, and their text gives them back", () => {
  fc.assert(
    fc.property(fc.array(aNumber), fc.array(aNumber), (a, b) => {
      const merged = mergeSketches(sketchOf(a), sketchOf(b));
      expect(sketchText(merged)).toBe(sketchText(sketchOf([...b, ...a])));
      expect(readSketch(sketchText(merged))).toEqual(sketchOf([...a, ...b]));
    }),
    propertyRuns,
  );
});

test("greater numbers are in no lesser bucket", () => {
  fc.assert(
    fc.property(aNumber, aNumber, (a, b) => {
      expect(sketchBucket(Math.min(a, b))).toBeLessThanOrEqual(sketchBucket(Math.max(a, b))!);
    }),
    propertyRuns,
  );
});

test("what is no number has no bucket, and no numbers have no quantile", () => {
  expect([Number.NaN, Infinity, -Infinity].map((value) => sketchBucket(value))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(sketchQuantile(new Map(), 0.5)).toBeUndefined();
});
