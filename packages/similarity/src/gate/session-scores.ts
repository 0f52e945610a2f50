import type { ItemSessions } from "../item-sessions.ts";
import { ItemScores } from "../models/item-scores.ts";
import { nextItems } from "../next-items.ts";
import { TopSelection } from "../top-selection.ts";
import type { Contender } from "./contender.ts";

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
  { recommender, itemOf }: Contender,
  sessions: ItemSessions,
  known: (item: number) => boolean,
  k: number,
): SessionScores {
  const scores = new ItemScores();
  const selection = new TopSelection(k);
  const predictions = new Int32Array(sessions.sessionCount);
  const reciprocalRanks = new Float64Array(sessions.sessionCount);
  // What the judged sessions cannot hold takes no place from what they can.
  const judged = new Set(itemOf);
  for (const { session, query, seen, target } of nextItems(sessions, known)) {
    if (seen.has(target)) continue;
    predictions[session]!++;
    const items = Array.from(query.items, (item) => itemOf[item]!).filter((item) => item >= 0);
    if (items.length === 0 || itemOf[target]! < 0) continue;
    recommender.score({ ...query, items }, scores);
    scores.selectTop(selection, k, (item) => items.includes(item) || !judged.has(item));
    scores.clear();
    const rank = selection.indices.subarray(0, selection.count).indexOf(itemOf[target]!);
    if (rank >= 0) reciprocalRanks[session]! += 1 / (rank + 1);
  }
  return { predictions, reciprocalRanks };
}
