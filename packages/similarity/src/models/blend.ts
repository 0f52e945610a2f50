import { ItemScores } from "./item-scores.ts";
import type { ExplainingRecommender, Recommender, SessionQuery, TellShare } from "./recommender.ts";

export interface BlendPart<Kind extends Recommender> {
  readonly recommender: Kind;
  /** Share of the blend; what has none is not asked. */
  readonly weight: number;
}

/** Adds up what several models say, each scaled so that its best item has its weight. */
export class Blend<Kind extends Recommender = ExplainingRecommender> implements Recommender {
  readonly #parts: readonly BlendPart<Kind>[];
  readonly #own = new ItemScores();

  constructor(parts: readonly BlendPart<Kind>[]) {
    this.#parts = parts.filter(({ weight }) => weight > 0);
  }

  score(query: SessionQuery, scores: ItemScores): void {
    for (const { recommender, weight } of this.#parts) {
      const isFirst = scores.isEmpty;
      const own = isFirst ? scores : this.#own;
      recommender.score(query, own);
      const best = own.max();
      if (isFirst && best > 0) scores.scale(weight / best);
      if (isFirst) continue;
      if (best > 0) own.addTo(scores, weight / best);
      own.clear();
    }
  }

  explain(this: Blend, query: SessionQuery, item: number, tell: TellShare): void {
    for (const { recommender, weight } of this.#parts) {
      recommender.score(query, this.#own);
      const best = this.#own.max();
      this.#own.clear();
      recommender.explain(query, item, (queryItem, share) => tell(queryItem, (share * weight) / best));
    }
  }
}
