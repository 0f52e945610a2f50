import { clicksPerItem, type ItemSessions } from "../item-sessions.ts";
import { type DecayName, positionWeight, stepWeight } from "./decay.ts";
import type { ItemScores } from "./item-scores.ts";
import type { Recommender, SessionQuery } from "./recommender.ts";
import { RecentNeighbors } from "../sessions/recent-neighbors.ts";
import { buildSessionIndex, inverseFrequencies, type SessionIndex } from "../sessions/session-index.ts";

export interface VSknnParameters {
  /** Neighbour sessions used. */
  readonly k: number;
  /** Most recent sessions looked at. */
  readonly sampleSize: number;
  /** Weight of a click in the similarity of sessions. */
  readonly weighting: DecayName;
  /** Weight of a neighbour by the newest click it shares. */
  readonly weightingScore: DecayName;
  /** λ_idf; 0: rare items count no more than others. */
  readonly idfWeighting: number;
  /** Reproduces session-rec's quirks: see `positionWeight` and `inverseFrequencies`. */
  readonly isCompatible: boolean;
}

/**
 * V-SkNN, session neighbours with weighted clicks (Ludewig & Jannach, "Evaluation of session-based recommendation
 * algorithms", UMUAI 2018): sim(n) = Σ w_i over the shared items / items of the session, score(i) = Σ over the k
 * nearest sessions of sim(n) · d(step) · (1 + λ_idf · idf_i), step = 1 when the newest click is shared.
 */
export class VSknn implements Recommender {
  readonly #index: SessionIndex;
  readonly #parameters: VSknnParameters;
  readonly #neighbors: RecentNeighbors;
  readonly #itemFactors: Float64Array;

  constructor(sessions: ItemSessions, parameters: VSknnParameters) {
    this.#index = buildSessionIndex(sessions);
    this.#parameters = parameters;
    this.#neighbors = new RecentNeighbors(this.#index);
    const frequencies = parameters.isCompatible ? clicksPerItem(sessions) : this.#index.itemSupport;
    const rarities = inverseFrequencies(this.#index.sessionCount, frequencies);
    this.#itemFactors = rarities.map((rarity) => 1 + parameters.idfWeighting * rarity);
  }

  score({ items: clicks }: SessionQuery, scores: ItemScores): void {
    const { k, sampleSize, weighting, weightingScore, isCompatible } = this.#parameters;
    const neighbors = this.#neighbors;
    const itemFactors = this.#itemFactors;
    const { offsets, items } = this.#index;
    neighbors.find(clicks, (at, length) => positionWeight(weighting, at, length, isCompatible), sampleSize);
    const selection = neighbors.nearest(k);
    for (let rank = 0; rank < selection.count; rank++) {
      const at = selection.indices[rank]!;
      const session = neighbors.sessions[at]!;
      const step = clicks.length - neighbors.positions[at]! + 1;
      const weight = (neighbors.weights[at]! / neighbors.items.length) * stepWeight(weightingScore, step, isCompatible);
      if (weight <= 0) continue;
      for (let entry = offsets[session]!; entry < offsets[session + 1]!; entry++) {
        const item = items[entry]!;
        if (itemFactors[item]! > 0) scores.add(item, weight * itemFactors[item]!);
      }
    }
  }
}
