import { ItemScores } from "./item-scores.ts";
import type { Recommender, SessionQuery } from "./recommender.ts";

export interface BlendPart {
  readonly recommender: Recommender;
  /** Share of the blend; what has none is not asked. */
  readonly weight: number;
}

/** Adds up what several models say, each scaled so that its best item has its weight. */
export class Blend implements Recommender {
  readonly itemCount: number;
  readonly #parts: readonly BlendPart[];
  readonly #own: ItemScores;

  constructor(parts: readonly BlendPart[]) {
    this.itemCount = parts[0]!.recommender.itemCount;
    this.#parts = parts.filter(({ weight }) => weight > 0);
    this.#own = new ItemScores(this.itemCount);
  }

  score(query: SessionQuery, scores: ItemScores): void {
    const own = this.#own;
    for (const { recommender, weight } of this.#parts) {
      recommender.score(query, own);
      const best = own.max();
      if (best > 0) own.addTo(scores, weight / best);
      own.clear();
    }
  }
}
