import { describe, expect, it } from "vitest";
import { learnEase } from "../../src/models/ease.ts";
import { ItemScores } from "../../src/models/item-scores.ts";
import type { Recommender } from "../../src/models/recommender.ts";
import { learnSlist } from "../../src/models/slist.ts";
import { buildSessions } from "../random-sessions.ts";

const day = 86_400_000;
const sessions = buildSessions(
  [
    { items: [0, 1, 2], endMs: 0 },
    { items: [1, 2, 2], endMs: day },
    { items: [0, 2, 3], endMs: 2 * day },
    { items: [3, 1], endMs: 2 * day },
  ],
  4,
);

/** Solves by elimination, column by column: a second, plainer way to the same numbers. */
function inverse(a: number[][]): number[][] {
  const n = a.length;
  const rows = a.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let i = 0; i < n; i++) {
    const pivot = rows[i]![i]!;
    rows[i] = rows[i]!.map((value) => value / pivot);
    for (let j = 0; j < n; j++) {
      if (j === i) continue;
      const factor = rows[j]![i]!;
      rows[j] = rows[j]!.map((value, at) => value - factor * rows[i]![at]!);
    }
  }
  return rows.map((row) => row.slice(n));
}

function scoresOf(recommender: Recommender, items: number[]): number[] {
  const scores = new ItemScores();
  recommender.score({ items, timeMs: 0 }, scores);
  return [0, 1, 2, 3].map((item) => scores.get(item));
}

const zeros = (): number[][] => [0, 1, 2, 3].map(() => [0, 0, 0, 0]);

describe("learnEase", () => {
  it("is −P_ij / P_jj off the diagonal, what is below 0 left out", () => {
    const gram = zeros();
    for (const items of [
      [0, 1, 2],
      [1, 2],
      [0, 2, 3],
      [3, 1],
    ]) {
      for (const a of items) for (const b of items) gram[a]![b]! += 1;
    }
    for (let i = 0; i < 4; i++) gram[i]![i]! += 2;
    const p = inverse(gram);
    const ease = learnEase(sessions, { lambda: 2, queryDecay: 1, itemsMax: 10, neighborsMax: 10 });
    for (let i = 0; i < 4; i++) {
      const expected = [0, 1, 2, 3].map((j) => (i === j ? 0 : Math.max(0, -p[i]![j]! / p[j]![j]!)));
      for (const [j, score] of scoresOf(ease, [i]).entries()) expect(score).toBeCloseTo(expected[j]!, 6);
    }
  });
});

describe("learnSlist", () => {
  const parameters = {
    alpha: 0.6,
    lambda: 2,
    targetDecay: 1,
    queryDecay: 2,
    sessionDecayDays: 4,
    itemsMax: 10,
    neighborsMax: 10,
  };

  it("solves its two-part regression, and weighs the query's clicks by age", () => {
    const gram = zeros();
    const target = zeros();
    const learnt: [number[], number][] = [
      [[0, 1, 2], Math.exp(-2 / 4)],
      [[1, 2, 2], Math.exp(-1 / 4)],
      [[0, 2, 3], 1],
      [[3, 1], 1],
    ];
    for (const [clicks, weight] of learnt) {
      const distinct = [...new Set(clicks)];
      for (const a of distinct) {
        for (const b of distinct) {
          gram[a]![b]! += (0.6 * weight) / distinct.length ** 2;
          target[a]![b]! += (0.6 * weight) / distinct.length;
        }
      }
      for (let at = 0; at + 1 < clicks.length; at++) {
        gram[clicks[at]!]![clicks[at]!]! += 0.4 * weight;
        for (let later = at + 1; later < clicks.length; later++) {
          target[clicks[at]!]![clicks[later]!]! += 0.4 * weight * Math.exp(-(later - at - 1));
        }
      }
    }
    for (let i = 0; i < 4; i++) gram[i]![i]! += 2;
    const p = inverse(gram);
    const b = p.map((row) =>
      [0, 1, 2, 3].map((j) =>
        Math.max(
          0,
          row.reduce((sum, x, k) => sum + x * target[k]![j]!, 0),
        ),
      ),
    );
    const scores = scoresOf(learnSlist(sessions, parameters), [3, 0]);
    for (let j = 0; j < 4; j++) expect(scores[j]).toBeCloseTo(b[0]![j]! + Math.exp(-1 / 2) * b[3]![j]!, 6);
  });

  it("leaves out the items beyond the head, and keeps the strongest entries", () => {
    const head = learnSlist(sessions, { ...parameters, itemsMax: 2 });
    // Items 1 and 2 are clicked most.
    expect(scoresOf(head, [0])).toEqual([0, 0, 0, 0]);
    expect(scoresOf(head, [1]).map((score) => score > 0)).toEqual([false, true, true, false]);
    const all = scoresOf(learnSlist(sessions, parameters), [1]);
    const narrow = scoresOf(learnSlist(sessions, { ...parameters, neighborsMax: 1 }), [1]);
    expect(narrow.filter((score) => score > 0)).toEqual([Math.max(...all)]);
  });
});
