import { seededRandom } from "@footfall/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeChallenger } from "../../src/gate/judge-challenger.ts";
import { ListRecommender } from "../../src/models/list-recommender.ts";
import { pairedBootstrap } from "../../src/gate/paired-bootstrap.ts";
import { smallModel } from "../serving/small-model.ts";
import { buildSessions } from "../random-sessions.ts";

const itemIds = ["a", "b", "c", "new"];
/** a → b and b → c are right, in another order of indices than here. */
const champion = smallModel({
  c: [],
  gone: [["a", 0.9]],
  b: [["c", 0.5]],
  a: [
    ["gone", 0.9],
    ["b", 0.5],
  ],
});
const learnt = (neighbor: readonly number[]) => {
  const neighborItems = Int32Array.from(neighbor);
  return new ListRecommender(
    { neighborOffsets: Int32Array.of(0, 1, 2, 2, 2), neighborItems, neighborScores: Float32Array.of(1, 1) },
    1,
  );
};
const support = Int32Array.of(5, 5, 5, 0);
const sessionsOf = (items: readonly number[]) =>
  buildSessions(
    Array.from({ length: 60 }, (_, at) => ({ items, endMs: at + 1 })),
    itemIds.length,
  );
const judge = (neighbor: readonly number[], items = [0, 1, 2, 3, 0]) =>
  judgeChallenger({ recommender: learnt(neighbor), champion, itemIds, sessions: sessionsOf(items), support });

describe("judgeChallenger", () => {
  it("lets both predict the same clicks, of items that either knows and the session has not", () => {
    const verdict = judge([1, 2]);
    // Item "new" is left out, and the way back to "a" is no new item: two predictions a session, both right in both.
    expect(verdict).toMatchObject({ champion: "v1", sessions: 60, predictions: 120, k: 20 });
    expect(verdict).toMatchObject({ challengerMrr: 1, championMrr: 1, difference: 0, interval: [0, 0] });
    expect(verdict.outcome).toBe("no worse");
  });

  it("tells a worse one from a better one", () => {
    expect(judge([2, 0])).toMatchObject({ outcome: "worse", championMrr: 1 });
    const worse = smallModel({ a: [["c", 0.5]], b: [["a", 0.5]], c: [] });
    const sessions = sessionsOf([0, 1, 2, 3, 0]);
    const verdict = judgeChallenger({ recommender: learnt([1, 2]), champion: worse, itemIds, sessions, support });
    expect(verdict).toMatchObject({ outcome: "better", challengerMrr: 1 });
  });

  it("says nothing where nothing can be predicted", () => {
    expect(judge([1, 2], [0, 3, 0])).toMatchObject({
      predictions: 0,
      difference: 0,
      interval: [0, 0],
      outcome: "no worse",
    });
  });
});

describe("pairedBootstrap", () => {
  it("holds the mean in its interval, which mirrors when both change places", () => {
    const unit = fc.tuple(fc.double({ min: -5, max: 5, noNaN: true }), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(fc.array(unit, { minLength: 20, maxLength: 60 }), fc.nat(), (units, seed) => {
        const weights = Int32Array.from(units, ([, weight]) => weight);
        const values = Float64Array.from(units, ([value]) => value);
        const there = pairedBootstrap(values, weights, seededRandom(seed));
        expect(there.low).toBeLessThanOrEqual(there.high);
        expect(there.mean).toBeGreaterThanOrEqual(there.low - 1);
        const back = pairedBootstrap(
          values.map((value) => -value),
          weights,
          seededRandom(seed),
        );
        expect(back.mean).toBeCloseTo(-there.mean, 10);
        expect(back.low).toBeCloseTo(-there.high, 10);
        expect(back.high).toBeCloseTo(-there.low, 10);
      }),
    );
  });

  it("covers the truth about 95 times of 100", () => {
    const random = seededRandom(7);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    let covered = 0;
    for (let run = 0; run < 200; run++) {
      const values = Float64Array.from({ length: 100 }, () => 0.3 + normal());
      const { low, high } = pairedBootstrap(values, new Int32Array(100).fill(1), random);
      if (low <= 0.3 && high >= 0.3) covered++;
    }
    expect(covered / 200).toBeGreaterThan(0.88);
    expect(covered / 200).toBeLessThan(0.99);
  });
});
