import { clicksPerItem, type ItemSessions } from "../item-sessions.ts";
import type { ItemScores } from "./item-scores.ts";
import type { Recommender, SessionQuery } from "./recommender.ts";

/** What is clicked most, whoever asks. */
export class Popular implements Recommender {
  readonly #clicks: Int32Array;
  readonly #best: Int32Array;

  /** @param itemsMax  only so many are recommended */
  constructor(sessions: ItemSessions, itemsMax: number) {
    this.#clicks = clicksPerItem(sessions);
    const ranked = Int32Array.from(this.#clicks.keys()).sort((a, b) => this.#clicks[b]! - this.#clicks[a]! || a - b);
    this.#best = ranked.filter((item) => this.#clicks[item]! > 0).slice(0, itemsMax);
  }

  score(_query: SessionQuery, scores: ItemScores): void {
    for (const item of this.#best) scores.add(item, this.#clicks[item]!);
  }
}
