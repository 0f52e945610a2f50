import type { ItemSessions } from "../item-sessions.ts";
import { type NeighborLists, NeighborScorer, weighSession } from "../neighbor-scorer.ts";

/** What a model earned in each of some sessions, by what counts in a shop: items not yet in the session. */
export interface SessionScores {
  /** Predictions made in the session. */
  readonly predictions: Int32Array;
  /** Σ 1 / rank of the item that came, 0 where the list lacks it. */
  readonly reciprocalRanks: Float64Array;
}

/**
 * Lets a model predict each next item of each session from those before it, without what is in the session already.
 * @param known  items that are predicted, and asked with; the others are left out of the sessions
 * @param k      length of the lists
 */
export function scoreSessions(
  lists: NeighborLists,
  sessions: ItemSessions,
  known: (item: number) => boolean,
  k: number,
): SessionScores {
  const scorer = new NeighborScorer(lists);
  const predictions = new Int32Array(sessions.sessionCount);
  const reciprocalRanks = new Float64Array(sessions.sessionCount);
  for (let session = 0; session < sessions.sessionCount; session++) {
    const items = sessions.items.subarray(sessions.offsets[session], sessions.offsets[session + 1]).filter(known);
    const seen = new Set<number>();
    for (let at = 0; at + 1 < items.length; at++) {
      seen.add(items[at]!);
      if (seen.has(items[at + 1]!)) continue;
      const list = scorer.top(weighSession(items.subarray(0, at + 1)), k, (item) => seen.has(item));
      const rank = list.findIndex(({ itemIndex }) => itemIndex === items[at + 1]);
      predictions[session]!++;
      if (rank >= 0) reciprocalRanks[session]! += 1 / (rank + 1);
    }
  }
  return { predictions, reciprocalRanks };
}
