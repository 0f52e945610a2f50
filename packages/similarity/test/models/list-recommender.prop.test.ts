import fc from "fast-check";
import { expect, test } from "vitest";
import { learnNeighbors } from "../../src/learn-neighbors.ts";
import { ItemScores } from "../../src/models/item-scores.ts";
import { ListRecommender } from "../../src/models/list-recommender.ts";
import { buildSessionMatrix } from "../../src/session-matrix.ts";
import { defaultSimilarityParameters } from "../../src/similarity-parameters.ts";
import { buildSessions, itemCountOfTests, plainSessions } from "../random-sessions.ts";

const click = fc.record({ item: fc.nat(itemCountOfTests - 1), weight: fc.constantFrom(0, 0.5, 1, 3) });

test("the clicks' lists are added up, the newest most, and each score is told by the clicks it comes from", () => {
  fc.assert(
    fc.property(plainSessions, fc.array(click, { minLength: 1, maxLength: 10 }), (sessions, clicks) => {
      const lists = learnNeighbors(buildSessionMatrix(buildSessions(sessions), 100), defaultSimilarityParameters);
      const recommender = new ListRecommender(lists, 1);
      const query = { items: clicks.map(({ item }) => item), weights: clicks.map(({ weight }) => weight), timeMs: 0 };
      const scores = new ItemScores();
      recommender.score(query, scores);
      for (let item = 0; item < itemCountOfTests; item++) {
        const parts = clicks.map(({ item: from, weight }, at) => {
          const back = clicks.length - 1 - at;
          return back < 6 ? weight * Math.exp(-back) * scoreIn(lists, from, item) : 0;
        });
        expect(scores.get(item)).toBeCloseTo(sum(parts), 12);
        const told: number[] = [];
        recommender.explain(query, item, (_from, share) => told.push(share));
        expect(sum(told)).toBeCloseTo(sum(parts), 12);
      }
    }),
  );
});

function scoreIn(lists: ReturnType<typeof learnNeighbors>, of: number, item: number): number {
  const start = lists.neighborOffsets[of]!;
  const at = lists.neighborItems.subarray(start, lists.neighborOffsets[of + 1]).indexOf(item);
  return at < 0 ? 0 : lists.neighborScores[start + at]!;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
