import { clicksPerItem } from "../item-sessions.ts";
import { ItemScores } from "../models/item-scores.ts";
import type { Recommender } from "../models/recommender.ts";
import { TopSelection } from "../top-selection.ts";
import type { EvaluationSet } from "./evaluation-set.ts";
import { RankingTally, type RankingMetrics } from "./ranking-tally.ts";

export interface EvaluationOptions {
  readonly recommender: Recommender;
  readonly set: EvaluationSet;
  /** Lengths of the lists judged, ascending. */
  readonly lengths: readonly number[];
  /**
   * When the question is asked: at the newest click, as in a shop, or at the moment of the click to be predicted, as
   * session-rec has it.
   */
  readonly asksAt: "last click" | "next click";
  /** Milliseconds of any clock; times the answers. */
  readonly now: () => number;
}

export type EvaluationColumn = "all" | "novel";

export interface RecommenderEvaluation {
  /** One for each length. */
  readonly all: readonly RankingMetrics[];
  readonly novel: readonly RankingMetrics[];
  /** Answer times in ms, ascending: scoring and selecting one list of column `all`. */
  readonly answerMs: Float64Array;
}

/**
 * The protocol of session-rec (Ludewig et al., UMUAI 2021): the clicks of each session are revealed one by one, and
 * after each the model ranks all items of training. Two columns: `all` (every target, repeats included: comparable with
 * papers) and `novel` (targets and candidates not yet in the session: what a shop wants). Equal scores rank by smaller
 * item index, that is, the item clicked more often in training first. Lists are not filled up with popular items.
 */
export function evaluateRecommender(options: EvaluationOptions): RecommenderEvaluation {
  const { recommender, set, lengths, asksAt, now } = options;
  const { test } = set;
  const clicks = clicksPerItem(set.train);
  const all = new RankingTally(clicks, lengths);
  const novel = new RankingTally(clicks, lengths);
  const scores = new ItemScores();
  const longest = lengths.at(-1)!;
  const selection = new TopSelection(longest);
  const answers: number[] = [];
  for (let session = 0; session < test.sessionCount; session++) {
    const start = test.offsets[session]!;
    const end = test.offsets[session + 1]!;
    const seen = new Set<number>();
    for (let at = start; at + 1 < end; at++) {
      seen.add(test.items[at]!);
      if (set.predicts === "last click" && at + 2 < end) continue;
      const query = {
        items: test.items.subarray(start, at + 1),
        timeMs: test.clickTimesMs[asksAt === "last click" ? at : at + 1]!,
      };
      const startMs = now();
      recommender.score(query, scores);
      scores.selectTop(selection, longest, () => false);
      answers.push(now() - startMs);
      const rest = test.items.subarray(at + 1, end);
      all.count(selection, rest);
      if (!seen.has(rest[0]!)) {
        scores.selectTop(selection, longest, (item) => seen.has(item));
        novel.count(
          selection,
          rest.filter((item) => !seen.has(item)),
        );
      }
      scores.clear();
    }
  }
  return { all: all.metrics(), novel: novel.metrics(), answerMs: Float64Array.from(answers).sort() };
}
