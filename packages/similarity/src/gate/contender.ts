import type { Recommender } from "../models/recommender.ts";

/** A model in a comparison, with its own numbers of the items that both are judged by. */
export interface Contender {
  readonly recommender: Recommender;
  /** Judged item → item of the model; -1 where it does not know it. */
  readonly itemOf: Int32Array;
}
