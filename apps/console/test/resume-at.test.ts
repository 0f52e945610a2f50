import { expect, test } from "vitest";
import { resumeAt } from "../src/logs/resume-at.ts";
import { readTailPosition, tailPositionText } from "../src/logs/tail-position.ts";

const at = (...offsets: number[]) => new Map(offsets.map((offset, partition) => [partition, BigInt(offset)]));
const log = (...ranges: [start: number, end: number][]) =>
  ranges.map(([startOffset, endOffset]) => ({ startOffset: BigInt(startOffset), endOffset: BigInt(endOffset) }));

test("a tail goes on where it was, in partitions that have come since at their beginning", () => {
  expect(resumeAt(at(3, 9), log([0, 5], [0, 9], [2, 4]), 100)).toEqual({ position: at(3, 9, 2) });
});

test("lines that were deleted meanwhile are told", () => {
  const { position, missed } = resumeAt(at(3, 9), log([1_500, 2_000], [0, 9]), 1_000);
  expect(position).toEqual(at(1_500, 9));
  expect(missed).toBe("1,497 lines were deleted before they could be read again.");
});

test("more than may be read again is told, and found by searching", () => {
  expect(resumeAt(at(0, 0), log([0, 600], [0, 401]), 1_001)).toEqual({ position: at(0, 0) });
  expect(resumeAt(at(0, 0), log([0, 600], [0, 401]), 1_000)).toEqual({
    position: at(600, 401),
    missed: "1,001 lines came meanwhile, too many to read again; search to see them.",
  });
});

test.each([
  [at(7), log([0, 6])],
  [at(1, 1), log([0, 6])],
])("a log that does not reach as far is another one", (after, offsets) => {
  const { position, missed } = resumeAt(after, offsets, 100);
  expect(position).toEqual(at(6));
  expect(missed).toContain("Another log took the place");
});

test("positions are read as they were written, and nothing else is", () => {
  const position = new Map([
    [0, 12n],
    [1_023, 2n ** 62n],
  ]);
  expect(readTailPosition(tailPositionText(position))).toEqual(position);
  for (const text of ["", "0", "0:", "a:1", "0:1 ", "0:1,,1:2", "0:-1", "99999:1"]) {
    expect(readTailPosition(text)).toBeUndefined();
  }
});
