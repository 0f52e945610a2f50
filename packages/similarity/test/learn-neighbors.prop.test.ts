import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CooccurrenceCounts, countCooccurrence } from "../src/count-cooccurrence.ts";
import {
  balancedRanges,
  collectNeighbors,
  learnNeighbors,
  planNeighbors,
  workOnNeighbors,
} from "../src/learn-neighbors.ts";
import { logLikelihoodRatio } from "../src/score-similarity.ts";
import { buildSessionMatrix, itemSupport } from "../src/session-matrix.ts";
import type { SimilarityParameters } from "../src/similarity-model.ts";
import { defaultSimilarityParameters } from "../src/similarity-parameters.ts";
import { buildSessions, itemCountOfTests, type PlainSession, plainSessions } from "./random-sessions.ts";

const items = Array.from({ length: itemCountOfTests }, (_, item) => item);

function naiveCount(sessions: readonly PlainSession[], a: number, b: number): number {
  return sessions.filter((session) => session.items.includes(a) && session.items.includes(b)).length;
}

function countAll(sessions: readonly PlainSession[], sessionItemsMax = 100, sessionsPerItemMax = 1000): number[][] {
  const matrix = buildSessionMatrix(buildSessions(sessions), sessionItemsMax);
  const counts = new CooccurrenceCounts(itemCountOfTests, sessionsPerItemMax);
  return items.map((item) => {
    countCooccurrence(matrix, item, sessionsPerItemMax, counts);
    const row = [...counts.counts];
    counts.clear();
    return row;
  });
}

describe("countCooccurrence", () => {
  it("equals a naive counter and is symmetric", () => {
    fc.assert(
      fc.property(plainSessions, (sessions) => {
        const counts = countAll(sessions);
        for (const a of items) {
          for (const b of items) {
            expect(counts[a]![b]).toBe(naiveCount(sessions, a, b));
            expect(counts[a]![b]).toBe(counts[b]![a]);
          }
        }
      }),
    );
  });

  it("is not changed by repeats", () => {
    fc.assert(
      fc.property(plainSessions, (sessions) => {
        const repeated = sessions.map(({ items: clicks, endMs }) => ({ items: [...clicks, ...clicks], endMs }));
        expect(countAll(repeated)).toEqual(countAll(sessions));
      }),
    );
  });

  it("counts the newest sessions of an item and the newest clicks of a session", () => {
    const sessions = [1, 2, 3].map((other) => ({ items: [0, other], endMs: other }));
    expect(countAll(sessions, 100, 2)[0]!.slice(0, 4)).toEqual([2, 0, 1, 1]);
    expect(countAll([{ items: [4, 5, 6], endMs: 1 }], 2)[6]!.slice(4, 7)).toEqual([0, 1, 1]);
  });

  it("counts past 16 bits", () => {
    const sessions = Array.from({ length: 66_000 }, (_, at) => ({ items: [0, 1], endMs: at }));
    expect(countAll(sessions, 10, 70_000)[0]!.slice(0, 2)).toEqual([66_000, 66_000]);
  });
});

describe("logLikelihoodRatio", () => {
  const count = fc.nat(100_000);

  it("is not negative, symmetric, and equal to the G² statistic", () => {
    fc.assert(
      fc.property(count, count, count, count, (both, onlyA, onlyB, neither) => {
        const llr = logLikelihoodRatio(both, onlyA, onlyB, neither);
        const total = both + onlyA + onlyB + neither;
        const term = (seen: number, row: number, column: number) =>
          seen === 0 ? 0 : 2 * seen * Math.log((seen * total) / (row * column));
        const direct =
          term(both, both + onlyA, both + onlyB) +
          term(onlyA, both + onlyA, onlyA + neither) +
          term(onlyB, onlyB + neither, both + onlyB) +
          term(neither, onlyB + neither, onlyA + neither);
        expect(llr).toBeGreaterThanOrEqual(0);
        expect(Math.abs(llr - direct)).toBeLessThan(1e-6 * Math.max(1, direct) + 1e-5);
        expect(Math.abs(llr - logLikelihoodRatio(both, onlyB, onlyA, neither))).toBeLessThan(1e-5);
      }),
    );
  });

  it("is 0 for independent events and the known value of a textbook table", () => {
    expect(logLikelihoodRatio(10, 90, 90, 810)).toBeCloseTo(0, 8);
    // Dunning 1993, table of bigrams: "the swiss".
    expect(logLikelihoodRatio(110, 2442, 111, 29_114)).toBeCloseTo(270.72, 1);
  });
});

const someParameters: fc.Arbitrary<SimilarityParameters> = fc.record({
  neighborsMax: fc.integer({ min: 1, max: 6 }),
  sessionItemsMax: fc.integer({ min: 2, max: 8 }),
  sessionsPerItemMax: fc.integer({ min: 1, max: 50 }),
  supportMin: fc.integer({ min: 1, max: 3 }),
  llrMin: fc.constantFrom(0, 1, 4),
  alpha: fc.constantFrom(0.5, 0.85, 1),
  shrinkage: fc.constantFrom(0, 20),
  popularityHalfLifeDays: fc.constant(7),
});

interface Known {
  readonly counts: readonly (readonly number[])[];
  readonly support: Int32Array;
  readonly total: number;
}

function sortedByFormula({ counts, support, total }: Known, parameters: SimilarityParameters, a: number): number[][] {
  const { sessionsPerItemMax, alpha, shrinkage, supportMin, llrMin, neighborsMax } = parameters;
  const counted = Math.min(support[a]!, sessionsPerItemMax);
  return items
    .filter((b) => b !== a && counts[a]![b]! >= supportMin)
    .filter((b) => {
      const both = counts[a]![b]!;
      if (llrMin === 0) return true;
      const llr = logLikelihoodRatio(both, counted - both, support[b]! - both, total - counted - support[b]! + both);
      return both * total > counted * support[b]! && llr >= llrMin;
    })
    .map((b) => [
      b,
      counts[a]![b]! * (counted + shrinkage) ** -alpha * (support[b]! + shrinkage) ** (alpha - 1),
      counts[a]![b]!,
    ])
    .sort(([b, score], [c, other]) => other! - score! || b! - c!)
    .slice(0, neighborsMax);
}

describe("learnNeighbors", () => {
  it("keeps the best of a full sort by the formula", () => {
    fc.assert(
      fc.property(plainSessions, someParameters, (sessions, parameters) => {
        const matrix = buildSessionMatrix(buildSessions(sessions), parameters.sessionItemsMax);
        const learnt = learnNeighbors(matrix, parameters);
        const counts = countAll(sessions, parameters.sessionItemsMax, parameters.sessionsPerItemMax);
        const known = { counts, support: itemSupport(matrix), total: sessions.length };
        for (const item of items) {
          const [start, end] = [learnt.neighborOffsets[item]!, learnt.neighborOffsets[item + 1]!];
          const expected = sortedByFormula(known, parameters, item);
          expect([...learnt.neighborItems.subarray(start, end)]).toEqual(expected.map(([other]) => other));
          expect([...learnt.neighborSupport.subarray(start, end)]).toEqual(expected.map(([, , both]) => both));
          expected.forEach(([, score], at) => expect(learnt.neighborScores[start + at]).toBe(Math.fround(score!)));
        }
      }),
    );
  });

  it("gives the same whoever does which ranges", () => {
    fc.assert(
      fc.property(plainSessions, (sessions) => {
        const matrix = buildSessionMatrix(buildSessions(sessions), 100);
        const task = planNeighbors(matrix, defaultSimilarityParameters);
        const takers = [workOnNeighbors(task), workOnNeighbors(task)];
        while (takers.map((taker) => taker.next().done).includes(false));
        expect(collectNeighbors(task)).toEqual(learnNeighbors(matrix, defaultSimilarityParameters));
      }),
    );
  });

  it("cuts ranges that cover all items once, of about equal work", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(100), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        (work, parts) => {
          const upTo = Float64Array.from([0, ...work]);
          for (let at = 1; at < upTo.length; at++) upTo[at]! += upTo[at - 1]!;
          const starts = [...balancedRanges(upTo, parts)];
          expect(starts[0]).toBe(0);
          expect(starts.at(-1)).toBe(work.length);
          expect(starts.length - 1).toBeLessThanOrEqual(parts);
          for (let range = 0; range + 1 < starts.length; range++) {
            expect(starts[range + 1]!).toBeGreaterThan(starts[range]!);
            const share = upTo[starts[range + 1]!]! - upTo[starts[range]!]!;
            expect(share).toBeLessThanOrEqual(upTo.at(-1)! / parts + Math.max(...work));
          }
        },
      ),
    );
  });
});
