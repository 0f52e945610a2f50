import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineJoiner } from "../../src/multi-line/line-joiner.ts";
import { multiLinePresets } from "../../src/multi-line/multi-line-presets.ts";
import { multiLineModes, multiLineRule } from "../../src/multi-line/multi-line-rule.ts";
import { fileLines } from "./file-lines.ts";

const rules = [
  ...Object.values(multiLinePresets),
  ...multiLineModes.map((mode) => multiLineRule(mode, /^[a-z]/, /^[^b]/)),
];
const lines = fc.array(fc.constantFrom("a", "b", " c", "", "\tat d", "Error: e", "panic: f", "goroutine 1 ["), {
  maxLength: 30,
});
const limits = fc.record({ linesMax: fc.integer({ min: 1, max: 5 }), lengthMax: fc.integer({ min: 1, max: 40 }) });

describe("LineJoiner", () => {
  it("gives the same entries however lines are spread over calls, and every line once", () => {
    fc.assert(
      fc.property(fc.constantFrom(...rules), lines, fc.array(fc.nat(4)), limits, (rule, texts, sizes, bounds) => {
        const all = fileLines(texts);
        const once = new LineJoiner(rule, bounds);
        const whole = [...once.add(all), ...once.flush()];
        const joiner = new LineJoiner(rule, bounds);
        const parts = [];
        let next = 0;
        for (const size of [...sizes, all.length]) {
          parts.push(...joiner.add(all.slice(next, next + size)));
          next += size;
          expect(joiner.safeOffset).toBe(parts.at(-1)?.endOffset ?? 0);
        }
        parts.push(...joiner.flush());
        expect(parts).toEqual(whole);
        expect(parts.flatMap(({ text }) => text.split("\n"))).toEqual(texts);
        for (const { lineCount } of parts) expect(lineCount).toBeLessThanOrEqual(bounds.linesMax);
      }),
      { numRuns: 1_000 },
    );
  });

  it("goes on where it was broken off as if it had not been", () => {
    fc.assert(
      fc.property(fc.constantFrom(...rules), lines, fc.nat(30), (rule, texts, count) => {
        const all = fileLines(texts);
        const once = new LineJoiner(rule);
        const whole = [...once.add(all), ...once.flush()];
        const killed = new LineJoiner(rule);
        const before = killed.add(all.slice(0, count));
        const next = new LineJoiner(rule);
        const after = next.add(all.filter(({ offset }) => offset >= killed.safeOffset));
        expect([...before, ...after, ...next.flush()]).toEqual(whole);
      }),
    );
  });
});
