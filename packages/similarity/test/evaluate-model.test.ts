import { findDataFile } from "@footfall/testkit";
import { describe, expect, it } from "vitest";
import { evaluateModel } from "../src/evaluate-model.ts";
import { learnNeighbors } from "../src/learn-neighbors.ts";
import { ListRecommender } from "../src/models/list-recommender.ts";
import { buildSessionMatrix, itemSupport } from "../src/session-matrix.ts";
import { defaultSimilarityParameters } from "../src/similarity-parameters.ts";
import { buildSessions } from "./random-sessions.ts";
import { readClickFiles } from "./read-click-file.ts";

const toy = new ListRecommender(
  {
    neighborOffsets: Int32Array.of(0, 2, 3, 3, 3),
    neighborItems: Int32Array.of(1, 2, 0),
    neighborScores: Float32Array.of(0.5, 0.25, 1),
  },
  1,
);

describe("evaluateModel", () => {
  it("judges hand-made lists: rank, repeats, coverage", () => {
    // 0 → 2 (rank 2 of [1, 2]), 2 → 0 (query e^0·2, e^-1·0: lists [1, 2], 0 is not in it); item 3 was never trained on.
    const sessions = buildSessions([{ items: [0, 3, 2, 0], endMs: 1 }], 4);
    const report = evaluateModel({ recommender: toy, sessions, support: Int32Array.of(1, 1, 1, 0), k: 20 })!;
    expect(report.predictions).toBe(2);
    expect(report.all).toEqual({ n: 2, hitRate: 0.5, mrr: 0.25, ndcg: 1 / Math.log2(3) / 2, coverage: 2 / 3 });
    expect(report.novel).toEqual({ n: 1, hitRate: 1, mrr: 0.5, ndcg: 1 / Math.log2(3), coverage: 2 / 3 });
  });

  it("gives nothing when nothing could be predicted", () => {
    const sessions = buildSessions([{ items: [0], endMs: 1 }], 4);
    expect(evaluateModel({ recommender: toy, sessions, support: Int32Array.of(1, 1, 1, 1), k: 20 })).toBeUndefined();
  });
});

const files = ["train_full", "test"].map((part) =>
  findDataFile(`rsc15-100k-sessionrec/yoochoose-clicks-100k_${part}.txt`, process.env),
);

describe.skipIf(files.includes(undefined))("accuracy on rsc15-100k-sessionrec", () => {
  let clicks: ReturnType<typeof readClickFiles> | undefined;
  const evaluate = (parameters: Partial<typeof defaultSimilarityParameters>) => {
    clicks ??= readClickFiles(files as string[]);
    const [train, test] = clicks;
    const all = { ...defaultSimilarityParameters, ...parameters };
    const matrix = buildSessionMatrix(train!, all.sessionItemsMax);
    return evaluateModel({
      recommender: new ListRecommender(learnNeighbors(matrix, all), 1),
      sessions: test!,
      support: itemSupport(matrix),
      k: 20,
    })!;
  };

  // The reference table has .5582 / .2587 for damping .85, 20 and .5567 / .2594 for p(j|i).
  it.each([
    ["damped", { llrMin: 0 }, 0.556, 0.257],
    ["p(j|i)", { llrMin: 0, alpha: 1, shrinkage: 0 }, 0.555, 0.256],
    ["the defaults", {}, 0.55, 0.25],
  ])("%s is as good as the reference", { timeout: 60_000 }, (_name, parameters, hitRateMin, mrrMin) => {
    const report = evaluate(parameters);
    expect(report.predictions).toBe(10_152);
    expect(report.novel.n).toBe(6677);
    expect(report.novel.hitRate).toBeGreaterThan(hitRateMin);
    expect(report.novel.mrr).toBeGreaterThan(mrrMin);
    expect(report.novel.hitRate).toBeLessThan(hitRateMin + 0.02);
  });
});
