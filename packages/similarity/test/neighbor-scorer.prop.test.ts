import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { learnNeighbors } from "../src/learn-neighbors.ts";
import { NeighborScorer, type ScoredItem, type WeightedItem, weighSession } from "../src/neighbor-scorer.ts";
import { buildSessionMatrix } from "../src/session-matrix.ts";
import { defaultSimilarityParameters } from "../src/similarity-parameters.ts";
import { TopSelection } from "../src/top-selection.ts";
import { buildSessions, itemCountOfTests, plainSessions } from "./random-sessions.ts";

describe("NeighborScorer", () => {
  it("equals a sum and a full sort, over many calls of one scorer", () => {
    const query = fc.array(
      fc.record({ itemIndex: fc.nat(itemCountOfTests - 1), weight: fc.constantFrom(0, 0.5, 1, 2) }),
    );
    const calls = fc.array(fc.tuple(query, fc.nat(15), fc.nat(3)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(plainSessions, calls, (sessions, asked) => {
        const lists = learnNeighbors(buildSessionMatrix(buildSessions(sessions), 100), defaultSimilarityParameters);
        const scorer = new NeighborScorer(lists);
        for (const [weighted, n, excludedModulo] of asked) {
          const isExcluded = (item: number) => item % 4 === excludedModulo;
          const shares = sharesOf(lists, weighted);
          const expected = [...shares]
            .filter(([item]) => !isExcluded(item))
            .map(([itemIndex, list]) => ({
              itemIndex,
              score: list.reduce((sum, share) => sum + share, 0),
            }))
            .sort((a, b) => b.score - a.score || a.itemIndex - b.itemIndex)
            .slice(0, n);
          expect(scorer.top(weighted, n, isExcluded)).toEqual(expected satisfies ScoredItem[]);
        }
      }),
    );
  });

  it("weighs the last clicks, the newest most", () => {
    const query = weighSession(Array.from({ length: 30 }, (_, at) => at));
    expect(query.map(({ itemIndex }) => itemIndex)).toEqual([29, 28, 27, 26, 25, 24]);
    expect(query[0]!.weight).toBe(1);
    expect(query[2]!.weight).toBeCloseTo(Math.exp(-2));
    expect(weighSession([])).toEqual([]);
  });
});

describe("TopSelection", () => {
  it("equals the head of a full sort", () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(1000)), { selector: ([, index]) => index });
    fc.assert(
      fc.property(pairs, fc.nat(20), (offered, limit) => {
        const selection = new TopSelection(3);
        selection.reset(limit);
        for (const [score, index] of offered) selection.add(score, index);
        selection.sort();
        const kept = Array.from({ length: selection.count }, (_, at) => [selection.scores[at], selection.indices[at]]);
        expect(kept).toEqual(offered.sort(([s, i], [t, j]) => t - s || i - j).slice(0, limit));
      }),
    );
  });
});

function sharesOf(lists: ReturnType<typeof learnNeighbors>, query: readonly WeightedItem[]): Map<number, number[]> {
  const shares = new Map<number, number[]>();
  for (const { itemIndex, weight } of query) {
    if (weight === 0) continue;
    for (let at = lists.neighborOffsets[itemIndex]!; at < lists.neighborOffsets[itemIndex + 1]!; at++) {
      const other = lists.neighborItems[at]!;
      shares.set(other, [...(shares.get(other) ?? []), weight * lists.neighborScores[at]!]);
    }
  }
  return shares;
}
