import type { ItemSessions } from "./item-sessions.ts";
import { ItemScores } from "./models/item-scores.ts";
import type { Recommender } from "./models/recommender.ts";
import { nextItems } from "./next-items.ts";
import type { AccuracyMetrics, EvaluationReport } from "./similarity-model.ts";
import { TopSelection } from "./top-selection.ts";

export interface EvaluationInput {
  readonly recommender: Recommender;
  /** Sessions that had no part in training, with the item indices of training. */
  readonly sessions: ItemSessions;
  /** Sessions of training that hold the item; items without any are dropped from the test sessions. */
  readonly support: Int32Array;
  /** Length of the lists judged. */
  readonly k: number;
}

/**
 * Next-item accuracy: the clicks of each session are revealed one by one, and after each the next one is predicted
 * among all items. Test items must be known from training, test sessions have two clicks or more. Two columns: `all`
 * (every target, repeats included: comparable with papers) and `novel` (targets and candidates not yet in the session:
 * what a shop wants, for the page a visitor looks at is no recommendation). Lists are not filled up with popular items.
 * Tie rule: equal scores rank by smaller item index. HR = share of targets in the list, MRR = mean of 1 / rank,
 * NDCG = mean of 1 / log2(1 + rank), 0 for targets that are not in the list.
 * @returns undefined when no prediction could be made
 */
export function evaluateModel(input: EvaluationInput): EvaluationReport | undefined {
  const { recommender, sessions, support, k } = input;
  const scores = new ItemScores();
  const selection = new TopSelection(k);
  const all = new AccuracyTally(sessions.itemCount);
  const novel = new AccuracyTally(sessions.itemCount);
  for (const { query, seen, target } of nextItems(sessions, (item) => support[item]! > 0)) {
    recommender.score(query, scores);
    scores.selectTop(selection, k, () => false);
    all.count(selection, target);
    if (!seen.has(target)) {
      scores.selectTop(selection, k, (item) => seen.has(item));
      novel.count(selection, target);
    }
    scores.clear();
  }
  if (all.n === 0) return undefined;
  const itemCount = support.reduce((count, sessionsOfItem) => count + (sessionsOfItem > 0 ? 1 : 0), 0);
  return { predictions: all.n, k, all: all.metrics(itemCount), novel: novel.metrics(itemCount) };
}

class AccuracyTally {
  n = 0;
  #hits = 0;
  #reciprocalRanks = 0;
  #gains = 0;
  readonly #wasRecommended: Uint8Array;

  constructor(itemCount: number) {
    this.#wasRecommended = new Uint8Array(itemCount);
  }

  count({ indices, count }: TopSelection, target: number): void {
    this.n++;
    for (let at = 0; at < count; at++) {
      this.#wasRecommended[indices[at]!] = 1;
      if (indices[at] !== target) continue;
      this.#hits++;
      this.#reciprocalRanks += 1 / (at + 1);
      this.#gains += 1 / Math.log2(at + 2);
    }
  }

  metrics(itemCount: number): AccuracyMetrics {
    const { n } = this;
    const mean = (sum: number) => (n === 0 ? 0 : sum / n);
    return {
      n,
      hitRate: mean(this.#hits),
      mrr: mean(this.#reciprocalRanks),
      ndcg: mean(this.#gains),
      coverage: this.#wasRecommended.reduce((sum, was) => sum + was, 0) / Math.max(1, itemCount),
    };
  }
}
