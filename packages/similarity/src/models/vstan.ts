import type { ItemSessions } from "../item-sessions.ts";
import type { ItemScores } from "./item-scores.ts";
import { RecentNeighbors } from "./recent-neighbors.ts";
import type { Recommender, SessionQuery } from "./recommender.ts";
import { buildSessionIndex, rarityFactors, type SessionIndex } from "./session-index.ts";

const dayMs = 86_400_000;

export interface VstanParameters {
  /** Neighbour sessions used. */
  readonly k: number;
  /** Most recent sessions looked at. */
  readonly sampleSize: number;
  /** λ_spw, clicks: how fast older clicks of the current session lose weight in the similarity. */
  readonly sessionDecay: number;
  /** λ_snh, days: how fast older sessions lose weight. */
  readonly neighborDecayDays: number;
  /** λ_inh, clicks: how fast items far from the shared one lose weight within a neighbour. */
  readonly itemDecay: number;
  /** λ_ipw, clicks: how fast a neighbour loses weight that shares only older clicks. 1e9: not at all (STAN). */
  readonly sharedDecay: number;
  /** λ_idf; 0: rare items count no more than others (STAN). */
  readonly idfWeighting: number;
  /** Counts an item's clicks instead of its sessions in idf, as session-rec does. */
  readonly isCompatible: boolean;
}

/**
 * STAN (Garg et al., "Sequence and time aware neighborhood", SIGIR 2019) and VSTAN (Ludewig et al., "Empirical analysis
 * of session-based recommendation algorithms", UMUAI 2021), which adds the last two decays:
 * sim(n) = Σ w_i over shared items / (√Σ w² · √|n|) · e^(−(t − t_n) / λ_snh), w_i = e^((p_i − L) / λ_spw);
 * score(i) = Σ over the k nearest of sim(n) · e^(−|pos_n(i) − pos_n(i*)| / λ_inh) · e^((p* − L) / λ_ipw) ·
 * (1 + λ_idf · idf_i), i* the shared item that stands last in n, p* the newest shared click.
 */
export class Vstan implements Recommender {
  readonly itemCount: number;
  readonly #index: SessionIndex;
  readonly #parameters: VstanParameters;
  readonly #neighbors: RecentNeighbors;
  readonly #itemFactors: Float64Array;
  /** e^(−d / λ_inh) by distance d. */
  readonly #distanceFactors: Float64Array;
  /** Marks the current session's items. */
  readonly #isCurrent: Uint8Array;

  constructor(sessions: ItemSessions, parameters: VstanParameters) {
    this.#index = buildSessionIndex(sessions);
    this.itemCount = this.#index.itemCount;
    this.#parameters = parameters;
    this.#neighbors = new RecentNeighbors(this.#index);
    this.#itemFactors = rarityFactors(this.#index, parameters.idfWeighting, parameters.isCompatible);
    const longest = this.#index.lengths.reduce((most, length) => Math.max(most, length), 0);
    this.#distanceFactors = Float64Array.from({ length: longest }, (_, d) => Math.exp(-d / parameters.itemDecay));
    this.#isCurrent = new Uint8Array(this.itemCount);
  }

  score(query: SessionQuery, scores: ItemScores): void {
    const { k, sampleSize, sessionDecay } = this.#parameters;
    const neighbors = this.#neighbors;
    const isCurrent = this.#isCurrent;
    neighbors.find(query.items, (at, length) => Math.exp((at - length) / sessionDecay), sampleSize);
    this.#weighByTime(query.timeMs);
    const selection = neighbors.nearest(k);
    for (const item of neighbors.items) isCurrent[item] = 1;
    for (let rank = 0; rank < selection.count; rank++) {
      const at = selection.indices[rank]!;
      this.#scoreItems(neighbors.sessions[at]!, selection.scores[rank]! * this.#sharedFactor(query, at), scores);
    }
    for (const item of neighbors.items) isCurrent[item] = 0;
  }

  /** From shared weights to similarities. */
  #weighByTime(timeMs: number): void {
    const neighbors = this.#neighbors;
    const { offsets, endTimesMs } = this.#index;
    const norm = Math.sqrt(neighbors.itemWeights.reduce((sum, weight) => sum + weight * weight, 0));
    const spanMs = this.#parameters.neighborDecayDays * dayMs;
    for (let at = 0; at < neighbors.count; at++) {
      const session = neighbors.sessions[at]!;
      const size = offsets[session + 1]! - offsets[session]!;
      const age = (timeMs - endTimesMs[session]!) / spanMs;
      neighbors.weights[at] = (neighbors.weights[at]! / (norm * Math.sqrt(size))) * Math.exp(-age);
    }
  }

  #sharedFactor({ items }: SessionQuery, at: number): number {
    return Math.exp((this.#neighbors.positions[at]! - items.length) / this.#parameters.sharedDecay);
  }

  #scoreItems(session: number, weight: number, scores: ItemScores): void {
    const { offsets, items, positions } = this.#index;
    const itemFactors = this.#itemFactors;
    const distanceFactors = this.#distanceFactors;
    const isCurrent = this.#isCurrent;
    if (weight <= 0) return;
    const start = offsets[session]!;
    let last = offsets[session + 1]! - 1;
    while (isCurrent[items[last]!] === 0) last--;
    const sharedPosition = positions[last]!;
    for (let entry = start; entry < offsets[session + 1]!; entry++) {
      const item = items[entry]!;
      const score = weight * distanceFactors[Math.abs(positions[entry]! - sharedPosition)]! * itemFactors[item]!;
      if (score > 0) scores.add(item, score);
    }
  }
}
