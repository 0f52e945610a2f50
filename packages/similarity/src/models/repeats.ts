import type { ItemSessions } from "../item-sessions.ts";
import type { Recommender } from "./recommender.ts";

/**
 * Below this share of clicks that repeat the one before, the item just clicked is left out. Some shops log reloads and
 * ways back to a page, and then a quarter to a half of all clicks are repeats; others do not, and then none are, and
 * the first place of every list would be lost.
 */
const repeatShareMin = 0.01;

/** The model itself or, where sessions hardly ever click an item twice in a row, one that does not recommend that. */
export function withoutRareRepeats(sessions: ItemSessions, recommender: Recommender): Recommender {
  if (repeatShare(sessions) >= repeatShareMin) return recommender;
  return {
    score: (query, scores) => {
      recommender.score(query, scores);
      scores.remove(query.items[query.items.length - 1]!);
    },
  };
}

/** Share of clicks, but for each session's first, on the item clicked just before. */
function repeatShare({ items, offsets, sessionCount }: ItemSessions): number {
  let clicks = 0;
  let repeats = 0;
  for (let session = 0; session < sessionCount; session++) {
    for (let at = offsets[session]! + 1; at < offsets[session + 1]!; at++) {
      clicks++;
      if (items[at] === items[at - 1]) repeats++;
    }
  }
  return clicks === 0 ? 1 : repeats / clicks;
}
