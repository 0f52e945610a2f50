import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Watermark } from "../src/watermark.ts";
import { never, propertyRuns } from "./window-fixture.ts";

const outOfOrderMs = 50;
const idleTimeoutMs = 300;

type Step =
  | { readonly kind: "assign" | "revoke"; readonly partition: number; readonly hasWaiting: boolean }
  | { readonly kind: "observe"; readonly partition: number; readonly hasWaiting: boolean; readonly timeMs: number }
  | { readonly kind: "advance" };

const aPartition = fc.nat(2);
const aStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom("assign", "revoke"), partition: aPartition, hasWaiting: fc.boolean() }),
  fc.record({
    kind: fc.constant("observe"),
    partition: aPartition,
    hasWaiting: fc.boolean(),
    timeMs: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.constant(never)),
  }),
  fc.record({ kind: fc.constant("advance") }),
);
const someSteps = fc.array(fc.record({ step: aStep, afterMs: fc.nat(4).map((steps) => steps * 50) }), {
  maxLength: 60,
});

/** The definition, read off the whole history each time: `undefined` where nothing is assigned. */
function leastByHistory(history: readonly (Step & { atMs: number })[], nowMs: number): number | undefined {
  const held: number[] = [];
  let assigned = 0;
  for (const partition of [0, 1, 2]) {
    const own = history.filter((step) => step.kind !== "advance" && step.partition === partition);
    const last = own.findLastIndex((step) => step.kind === "assign" || step.kind === "revoke");
    if (own[last]?.kind !== "assign") continue;
    assigned += 1;
    const since = own.slice(last);
    const latest = since.at(-1)!;
    const isIdle = latest.kind !== "advance" && !latest.hasWaiting && latest.atMs + idleTimeoutMs <= nowMs;
    if (!isIdle) held.push(Math.max(never, ...since.map((step) => (step.kind === "observe" ? step.timeMs : never))));
  }
  return assigned === 0 ? undefined : Math.min(nowMs, ...held);
}

test("it is the least of the partitions that are not idle, less the bound, and never goes back", () => {
  fc.assert(
    fc.property(someSteps, fc.oneof(fc.constant(never), fc.integer({ min: 0, max: 2_000 })), (steps, startMs) => {
      const watermark = new Watermark({ outOfOrderMs, idleTimeoutMs }, startMs);
      const history: (Step & { atMs: number })[] = [];
      let nowMs = 1_000;
      let expectedMs = startMs;
      for (const { step, afterMs } of steps) {
        nowMs += afterMs;
        history.push({ ...step, atMs: nowMs });
        if (step.kind === "assign") watermark.assign(step.partition, step.hasWaiting, nowMs);
        else if (step.kind === "revoke") watermark.revoke(step.partition);
        else if (step.kind === "observe") watermark.observe(step.partition, step.timeMs, step.hasWaiting, nowMs);
        else {
          const beforeMs = watermark.currentMs;
          const leastMs = leastByHistory(history, nowMs);
          if (leastMs !== undefined) expectedMs = Math.max(expectedMs, leastMs - outOfOrderMs);
          expect(watermark.advance(nowMs)).toBe(expectedMs);
          expect(watermark.currentMs).toBeGreaterThanOrEqual(beforeMs);
          expect(watermark.currentMs).toBeLessThanOrEqual(Math.max(startMs, nowMs - outOfOrderMs));
        }
        expect(watermark.currentMs).toBe(expectedMs);
      }
    }),
    propertyRuns,
  );
});
