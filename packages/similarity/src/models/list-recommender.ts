import type { NeighborLists } from "../neighbor-scorer.ts";
import type { ItemScores } from "./item-scores.ts";
import type { Recommender, SessionQuery } from "./recommender.ts";

/** A list for each item: the session's clicks vote with theirs, the click d before the newest by e^(−d / τ). */
export class ListRecommender implements Recommender {
  readonly itemCount: number;
  readonly #lists: NeighborLists;
  readonly #decay: number;

  /** @param decay  τ, clicks; Infinity: all clicks weigh the same */
  constructor(lists: NeighborLists, decay: number) {
    this.itemCount = lists.neighborOffsets.length - 1;
    this.#lists = lists;
    this.#decay = decay;
  }

  score({ items }: SessionQuery, scores: ItemScores): void {
    const { neighborOffsets, neighborItems, neighborScores } = this.#lists;
    for (let at = items.length - 1; at >= 0; at--) {
      const weight = Math.exp((at - items.length + 1) / this.#decay);
      if (weight < 1e-6) return;
      const end = neighborOffsets[items[at]! + 1]!;
      for (let entry = neighborOffsets[items[at]!]!; entry < end; entry++) {
        const share = weight * neighborScores[entry]!;
        if (share > 0) scores.add(neighborItems[entry]!, share);
      }
    }
  }
}
