import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Blend } from "../../src/models/blend.ts";
import { ItemScores } from "../../src/models/item-scores.ts";
import type { Recommender } from "../../src/models/recommender.ts";
import { TopSelection } from "../../src/top-selection.ts";

const fewItems = fc.array(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 5 })), { maxLength: 30 });
/** More than the table has room for at first. */
const manyItems = fc.array(fc.tuple(fc.nat(5_000), fc.integer({ min: 1, max: 5 })), { minLength: 200, maxLength: 600 });
const added = fc.oneof(fewItems, manyItems);

describe("ItemScores", () => {
  it("sums up, ranks and forgets like a map", () => {
    fc.assert(
      fc.property(added, fc.nat(9), fc.nat(12), (entries, removed, n) => {
        const scores = new ItemScores();
        scores.add(3, 7);
        scores.clear();
        const map = new Map<number, number>();
        for (const [item, score] of entries) {
          scores.add(item, score);
          map.set(item, (map.get(item) ?? 0) + score);
        }
        scores.remove(removed);
        map.delete(removed);
        expect(scores.size).toBe(map.size);
        expect(scores.max()).toBe(Math.max(0, ...map.values()));
        const selection = new TopSelection(0);
        scores.selectTop(selection, n, (item) => item === 4);
        const ranked = [...map].filter(([item]) => item !== 4).sort(([a, x], [b, y]) => y - x || a - b);
        expect([...selection.indices.subarray(0, selection.count)]).toEqual(ranked.slice(0, n).map(([item]) => item));
      }),
    );
  });
});

describe("Blend", () => {
  it("adds up what each part says, scaled to its share", () => {
    const saying = (entries: [number, number][]) => ({
      score: (_: unknown, scores: ItemScores) => entries.forEach(([item, score]) => scores.add(item, score)),
    });
    const blend = new Blend<Recommender>([
      {
        recommender: saying([
          [0, 10],
          [1, 5],
        ]),
        weight: 0.75,
      },
      {
        recommender: saying([
          [1, 0.2],
          [2, 0.1],
        ]),
        weight: 0.25,
      },
      { recommender: saying([]), weight: 1 },
    ]);
    const scores = new ItemScores();
    blend.score({ items: [0], timeMs: 0 }, scores);
    expect([0, 1, 2, 3].map((item) => scores.get(item))).toEqual([0.75, 0.625, 0.125, 0]);
  });
});
