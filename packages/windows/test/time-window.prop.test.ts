import * as fc from "fast-check";
import { expect, test } from "vitest";
import { windowAt } from "../src/time-window.ts";
import { propertyRuns } from "./window-fixture.ts";

const timeMaxMs = 8.64e15;
const aSize = fc.oneof(fc.constantFrom(1, 1_000, 60_000, 3_600_000, 86_400_000), fc.integer({ min: 1, max: 1e9 }));
const aTime = fc.oneof(
  fc.integer({ min: -1e6, max: 1e6 }),
  fc.integer({ min: -timeMaxMs + 1e9, max: timeMaxMs }),
  fc.nat(1e6).map((backMs) => timeMaxMs - backMs),
);
/** Times on and beside the borders of windows, where a mistake would show. */
const aBorder = fc.record({
  sizeMs: aSize,
  place: fc.integer({ min: -1e6, max: 1e6 }),
  besideMs: fc.constantFrom(-1, 0, 1),
});

test("a window holds its time, is of its size and starts at a multiple of it", () => {
  const check = (timeMs: number, sizeMs: number) => {
    const { startMs, endMs } = windowAt(timeMs, sizeMs);
    expect(startMs <= timeMs && timeMs < endMs, `${timeMs} in [${startMs}, ${endMs})`).toBe(true);
    expect(endMs - startMs).toBe(sizeMs);
    expect(Math.abs(startMs % sizeMs)).toBe(0);
  };
  fc.assert(fc.property(aTime, aSize, check), propertyRuns);
  const checkBorder = fc.property(aBorder, ({ sizeMs, place, besideMs }) => check(place * sizeMs + besideMs, sizeMs));
  fc.assert(checkBorder, propertyRuns);
});

test("windows follow one another without a hole and without overlap", () => {
  fc.assert(
    fc.property(aTime, aSize, (timeMs, sizeMs) => {
      const window = windowAt(timeMs, sizeMs);
      expect(windowAt(window.startMs, sizeMs)).toEqual(window);
      expect(windowAt(window.endMs - 1, sizeMs)).toEqual(window);
      expect(windowAt(window.startMs - 1, sizeMs).endMs).toBe(window.startMs);
      expect(windowAt(window.endMs, sizeMs).startMs).toBe(window.endMs);
    }),
    propertyRuns,
  );
});

test("the end of a window belongs to the next", () => {
  expect(windowAt(59_999, 60_000)).toEqual({ startMs: 0, endMs: 60_000 });
  expect(windowAt(60_000, 60_000)).toEqual({ startMs: 60_000, endMs: 120_000 });
  expect(windowAt(-1, 60_000)).toEqual({ startMs: -60_000, endMs: 0 });
});
