import { describe, expect, it } from "vitest";
import { levelNameOf, levelRangeOf, severityNumberOf } from "../src/severity.ts";

describe("severityNumberOf", () => {
  it.each([
    ["TRACE", 1],
    ["Debug", 5],
    ["info", 9],
    ["NOTICE", 10],
    ["INFO2", 10],
    ["warning", 13],
    ["SEVERITY_NUMBER_ERROR", 17],
    ["err", 17],
    ["CRITICAL", 21],
    ["constructor", 0],
    ["", 0],
    [10, 1],
    [30, 9],
    [35, 9],
    ["60", 21],
    [100, 24],
    [0, 21],
    [3, 17],
    [7, 5],
    [8, 0],
    [-1, 0],
    [Number.NaN, 0],
  ])("of %s is %i", (level, number) => {
    expect(severityNumberOf(level)).toBe(number);
  });

  it("belongs to the level that it is in the range of", () => {
    for (const name of ["trace", "debug", "info", "warn", "error", "fatal"]) {
      const { from, to } = levelRangeOf(name)!;
      expect([from - 1, from, to, to + 1].map(levelNameOf).map((found) => found === name)).toEqual([
        false,
        true,
        true,
        false,
      ]);
    }
  });
});
