import type { ItemSessions } from "./item-sessions.ts";

export interface PopularityRanking {
  /** Items that were seen at all, best first. */
  readonly popularItems: Int32Array;
  readonly popularScores: Float32Array;
}

const dayMs = 86_400_000;

/**
 * Items by Σ weight · 2^(−age / half-life), an interaction's age being that of its session's end before `nowMs`.
 * Equal scores by smaller item index.
 * @param nowMs  newest event time in the data, so that the ranking depends on the data alone
 */
export function rankPopularity(sessions: ItemSessions, halfLifeDays: number, nowMs: number): PopularityRanking {
  const { itemCount, sessionCount, offsets, items, weights, endTimesMs } = sessions;
  const scores = new Float64Array(itemCount);
  for (let session = 0; session < sessionCount; session++) {
    const decay = 2 ** ((endTimesMs[session]! - nowMs) / (halfLifeDays * dayMs));
    for (let at = offsets[session]!; at < offsets[session + 1]!; at++) scores[items[at]!]! += weights[at]! * decay;
  }
  const popularItems = new Int32Array(itemCount);
  let count = 0;
  for (let item = 0; item < itemCount; item++) if (scores[item]! > 0) popularItems[count++] = item;
  const ranked = popularItems.subarray(0, count).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return { popularItems: ranked, popularScores: Float32Array.from(ranked, (item) => scores[item]!) };
}

/** Newest session end, ms; the "now" of training. */
export function newestTimeMs(sessions: ItemSessions): number {
  return sessions.endTimesMs[sessions.sessionCount - 1]!;
}
