import { expect, test } from "vitest";
import { Watermark } from "../src/index.ts";

const options = { outOfOrderMs: 10, idleTimeoutMs: 100 };

test("it is the least of the busy partitions, less the bound", () => {
  const watermark = new Watermark(options);
  watermark.assign(0, true, 1000);
  watermark.assign(1, true, 1000);
  watermark.observe(0, 900, true, 1000);
  expect(watermark.advance(1000)).toBe(Number.NEGATIVE_INFINITY);
  watermark.observe(1, 500, true, 1000);
  expect(watermark.advance(1000)).toBe(490);
});

test("it never moves back, nor ahead of the wall clock", () => {
  const watermark = new Watermark(options, 700);
  watermark.assign(0, true, 1000);
  watermark.observe(0, 600, true, 1000);
  expect(watermark.advance(1000)).toBe(700);
  watermark.observe(0, 5000, true, 1000);
  expect(watermark.advance(1000)).toBe(990);
});

test("a partition with nothing waiting holds the others back for the idle time only", () => {
  const watermark = new Watermark(options);
  watermark.assign(0, true, 1000);
  watermark.assign(1, false, 1000);
  watermark.observe(0, 900, true, 1050);
  expect(watermark.advance(1050)).toBe(Number.NEGATIVE_INFINITY);
  expect(watermark.advance(1100)).toBe(890);
});

test("a partition whose records wait is never idle, however long it takes", () => {
  const watermark = new Watermark(options);
  watermark.assign(0, true, 1000);
  expect(watermark.advance(99_000)).toBe(Number.NEGATIVE_INFINITY);
});

test("when all are idle it follows the wall clock, and a partition given away holds nothing back", () => {
  const watermark = new Watermark(options);
  watermark.assign(0, true, 1000);
  watermark.observe(0, 500, false, 1000);
  watermark.assign(1, true, 1000);
  watermark.revoke(1);
  expect(watermark.advance(1050)).toBe(490);
  expect(watermark.advance(2000)).toBe(1990);
  watermark.revoke(0);
  expect(watermark.advance(3000)).toBe(1990);
});
