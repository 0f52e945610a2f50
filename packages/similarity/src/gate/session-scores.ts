import type { ItemSessions } from "../item-sessions.ts";
import { type NeighborLists, NeighborScorer } from "../neighbor-scorer.ts";
import { nextItems } from "../next-items.ts";

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
  for (const { session, query, seen, target } of nextItems(sessions, known)) {
    if (seen.has(target)) continue;
    const rank = scorer.top(query, k, (item) => seen.has(item)).findIndex(({ itemIndex }) => itemIndex === target);
    predictions[session]!++;
    if (rank >= 0) reciprocalRanks[session]! += 1 / (rank + 1);
  }
  return { predictions, reciprocalRanks };
}
