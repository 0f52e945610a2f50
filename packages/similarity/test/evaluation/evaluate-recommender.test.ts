import { describe, expect, it } from "vitest";
import { evaluateRecommender } from "../../src/evaluation/evaluate-recommender.ts";
import type { EvaluationSet, TimedSessions } from "../../src/evaluation/evaluation-set.ts";
import type { SessionQuery } from "../../src/models/recommender.ts";
import type { ItemScores } from "../../src/models/item-scores.ts";
import { buildSessions } from "../random-sessions.ts";

/** Says 0 best, then 1, 2 and 3, whatever is asked. */
const byNumber = {
  score: (_query: SessionQuery, scores: ItemScores) => [0, 1, 2, 3].forEach((item) => scores.add(item, 10 - item)),
};

function timed(items: number[]): TimedSessions {
  const sessions = buildSessions([{ items, endMs: 100 }], 5);
  return { ...sessions, clickTimesMs: Float64Array.from(items.keys()), fileOrder: Int32Array.of(0) };
}

interface Asking {
  readonly asked?: SessionQuery[];
  readonly asksAt?: "last click" | "next click";
  readonly predicts?: EvaluationSet["predicts"];
}

function evaluate(items: number[], lengths: number[], asking: Asking = {}) {
  const { asked = [], asksAt = "last click", predicts = "every click" } = asking;
  let now = 0;
  return evaluateRecommender({
    recommender: {
      ...byNumber,
      score: (query, scores) => {
        asked.push({ items: Array.from(query.items), timeMs: query.timeMs });
        byNumber.score(query, scores);
      },
    },
    set: { itemIds: [..."abcde"], train: timed([0, 0, 0, 0, 1, 1, 2, 3]), test: timed(items), predicts },
    lengths,
    asksAt,
    now: () => (now += 2),
  });
}

describe("evaluateRecommender", () => {
  it("judges the next click by rank, and all to come by precision, recall and MAP", () => {
    // [2] → 1 at rank 2, to come {1, 3}; [2, 1] → 3 at rank 4 (novel: 0, 3: rank 2).
    const { all, novel, answerMs } = evaluate([2, 1, 3], [2, 4]);
    expect(all[0]).toEqual({
      k: 2,
      n: 2,
      hr: 0.5,
      mrr: 0.25,
      ndcg: 1 / Math.log2(3) / 2,
      precision: 0.25,
      recall: 0.25,
      map: 0.125,
      coverage: 0.5,
      popularity: 0.75,
    });
    expect(all[1]).toMatchObject({
      k: 4,
      hr: 1,
      mrr: (1 / 2 + 1 / 4) / 2,
      recall: 1,
      map: (0.5 + 0.25) / 2,
      coverage: 1,
    });
    expect(all[1]!.map).toBeCloseTo(((1 / 2 + 2 / 4) / 2 + 1 / 4) / 2);
    expect(novel[0]).toMatchObject({ n: 2, hr: 1, mrr: 0.5, recall: 0.75, precision: 0.5 });
    expect([...answerMs]).toEqual([2, 2]);
  });

  it("does not ask for what was seen in column novel", () => {
    // [0] → 0 (a repeat: column all alone), [0, 0] → 1, seen {0}: rank 1.
    const { all, novel } = evaluate([0, 0, 1], [2]);
    expect(all[0]).toMatchObject({ n: 2, hr: 1, mrr: 0.75, precision: 0.75, recall: 1 });
    expect(novel[0]).toMatchObject({ n: 1, hr: 1, mrr: 1 });
  });

  it("asks at the newest click or, as the reference has it, at the one to be predicted", () => {
    const asked: SessionQuery[] = [];
    evaluate([2, 1, 3], [2], { asked });
    expect(asked).toEqual([
      { items: [2], timeMs: 0 },
      { items: [2, 1], timeMs: 1 },
    ]);
    asked.length = 0;
    evaluate([2, 1, 3], [2], { asked, asksAt: "next click" });
    expect(asked.map(({ timeMs }) => timeMs)).toEqual([1, 2]);
  });

  it("predicts only the last click where the set says so", () => {
    const asked: SessionQuery[] = [];
    const { all } = evaluate([2, 1, 3], [4], { asked, predicts: "last click" });
    expect(asked.map(({ items }) => items)).toEqual([[2, 1]]);
    expect(all[0]).toMatchObject({ n: 1, mrr: 1 / 4 });
  });
});
