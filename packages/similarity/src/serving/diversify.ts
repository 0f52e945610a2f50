import type { SimilarityModel } from "../similarity-model.ts";
import type { Answer } from "./answer.ts";
import type { ItemNumbers } from "./item-numbers.ts";
import type { Diversity } from "./ranking-rules.ts";

/**
 * Fills an answer from a pool by maximal marginal relevance: each time the item with the greatest
 * λ · relevance − (1 − λ) · (greatest similarity to an item that is in). Carbonell, Goldstein, "The use of MMR,
 * diversity-based reranking for reordering documents and producing summaries", SIGIR 1998.
 * Scores of two sources cannot be compared, so relevance is the place in the pool: 1 for the first, falling evenly
 * to 1/n. Two items are alike by the share of groups they have in common, or by the model's similarity relative to the
 * nearest neighbour's, whichever is more. O(pool × answer).
 */
export function diversify(
  answer: Answer,
  pool: Answer,
  { lambda, groupsOf }: Diversity,
  numbers: ItemNumbers | undefined,
  model: SimilarityModel | undefined,
): void {
  const { items, keys } = pool;
  const isOpen = new Uint8Array(items.length).fill(1);
  const alike = new Float64Array(items.length);
  const groups = keys.map((key) => groupsOf.map((groupOf) => groupAt(numbers?.of(key) ?? -1, groupOf)));
  const positions = new Map(keys.map((key, position) => [key, position]));
  const takeIntoAccount = (chosen: number): void => {
    for (let at = 0; at < items.length; at++) {
      if (isOpen[at] === 1) alike[at] = Math.max(alike[at]!, sharedGroups(groups[chosen]!, groups[at]!));
    }
    const key = keys[chosen]!;
    if (!model || typeof key !== "number") return;
    const start = model.neighborOffsets[key]!;
    for (let at = start; at < model.neighborOffsets[key + 1]!; at++) {
      const position = positions.get(model.neighborItems[at]!);
      if (position === undefined) continue;
      const similarity = model.neighborScores[at]! / model.neighborScores[start]!;
      alike[position] = Math.max(alike[position]!, similarity);
    }
  };
  while (!answer.isFull) {
    let [best, bestValue] = [-1, Number.NEGATIVE_INFINITY];
    for (let at = 0; at < items.length; at++) {
      if (isOpen[at] === 0) continue;
      const value = lambda * (1 - at / items.length) - (1 - lambda) * alike[at]!;
      if (value > bestValue) [best, bestValue] = [at, value];
    }
    if (best < 0) return;
    isOpen[best] = 0;
    const { itemId, score, source } = items[best]!;
    if (answer.offer(keys[best]!, itemId, score, source)) takeIntoAccount(best);
  }
}

function groupAt(number: number, groupOf: (number: number) => number): number {
  return number < 0 ? -1 : groupOf(number);
}

function sharedGroups(a: readonly number[], b: readonly number[]): number {
  let shared = 0;
  for (let at = 0; at < a.length; at++) if (a[at]! >= 0 && a[at] === b[at]) shared++;
  return a.length === 0 ? 0 : shared / a.length;
}
