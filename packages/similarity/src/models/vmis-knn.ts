import { clicksPerItem, type ItemSessions } from "../item-sessions.ts";
import type { ItemScores } from "./item-scores.ts";
import type { Recommender, SessionQuery } from "./recommender.ts";
import { RecentNeighbors } from "../sessions/recent-neighbors.ts";
import { buildSessionIndex, inverseFrequencies, type SessionIndex } from "../sessions/session-index.ts";

export interface VmisKnnParameters {
  /** Most recent sessions looked at. */
  readonly m: number;
  /** Neighbour sessions used. */
  readonly k: number;
  /** Newest clicks of the session that are looked at. */
  readonly lastItems: number;
  /** Longer sessions are not learnt from: the quantile of session lengths, 0 … 1. */
  readonly lengthQuantile: number;
  /** Counts an item's clicks instead of its sessions in idf, as Serenade does. */
  readonly isCompatible: boolean;
}

/**
 * VMIS-kNN (Kersbergen, Sprangers & Schelter, "Serenade", SIGMOD 2022): of the m most recent sessions that share one of
 * the newest clicks, the k most similar vote: sim(n) = Σ p_i / L over shared items, score(i) = Σ sim(n) ·
 * (1 − 0.1 · age) · idf_i, age = clicks since the newest shared one, from 1. The item just clicked is left out.
 */
export class VmisKnn implements Recommender {
  readonly #index: SessionIndex;
  readonly #parameters: VmisKnnParameters;
  readonly #neighbors: RecentNeighbors;
  readonly #frequencies: Float64Array;

  constructor(sessions: ItemSessions, parameters: VmisKnnParameters) {
    const kept = withoutLongSessions(sessions, parameters.lengthQuantile);
    this.#index = buildSessionIndex(kept);
    this.#parameters = parameters;
    this.#neighbors = new RecentNeighbors(this.#index);
    const frequencies = parameters.isCompatible ? clicksPerItem(kept) : this.#index.itemSupport;
    this.#frequencies = inverseFrequencies(this.#index.sessionCount, frequencies);
  }

  score(query: SessionQuery, scores: ItemScores): void {
    const { m, k, lastItems } = this.#parameters;
    const neighbors = this.#neighbors;
    const frequencies = this.#frequencies;
    const { offsets, items } = this.#index;
    const clicks = Array.from(query.items).slice(-lastItems);
    neighbors.find(clicks, (at, length) => at / length, m);
    const selection = neighbors.nearest(k);
    for (let rank = 0; rank < selection.count; rank++) {
      const at = selection.indices[rank]!;
      const session = neighbors.sessions[at]!;
      const age = clicks.length - neighbors.positions[at]! + 1;
      const weight = selection.scores[rank]! * Math.max(0, 1 - 0.1 * age);
      if (weight <= 0) continue;
      for (let entry = offsets[session]!; entry < offsets[session + 1]!; entry++) {
        const item = items[entry]!;
        if (frequencies[item]! > 0) scores.add(item, weight * frequencies[item]!);
      }
    }
    scores.remove(clicks.at(-1)!);
  }
}

function withoutLongSessions(sessions: ItemSessions, quantile: number): ItemSessions {
  const { sessionCount, offsets } = sessions;
  const lengthOf = (session: number): number => offsets[session + 1]! - offsets[session]!;
  const lengths = Int32Array.from({ length: sessionCount }, (_, session) => lengthOf(session)).sort();
  const lengthMax = lengths[Math.min(sessionCount - 1, Math.floor(quantile * sessionCount))] ?? 0;
  const kept = Array.from({ length: sessionCount }, (_, session) => session).filter((s) => lengthOf(s) <= lengthMax);
  const keptOffsets = new Int32Array(kept.length + 1);
  const items = new Int32Array(kept.reduce((sum, session) => sum + lengthOf(session), 0));
  for (const [at, session] of kept.entries()) {
    items.set(sessions.items.subarray(offsets[session], offsets[session + 1]), keptOffsets[at]);
    keptOffsets[at + 1] = keptOffsets[at]! + lengthOf(session);
  }
  return {
    itemCount: sessions.itemCount,
    sessionCount: kept.length,
    offsets: keptOffsets,
    items,
    weights: new Uint8Array(items.length).fill(1),
    endTimesMs: Float64Array.from(kept, (session) => sessions.endTimesMs[session]!),
  };
}
