import type { ItemSessions } from "./item-sessions.ts";
import type { SessionQuery } from "./models/recommender.ts";

/** A click to be predicted from those before it in its session. */
export interface NextItem {
  readonly session: number;
  readonly query: SessionQuery;
  /** Items of the session so far; grows with the next one. */
  readonly seen: ReadonlySet<number>;
  readonly target: number;
}

/**
 * Reveals the clicks of each session one by one, and asks for the next one after each. Times of clicks are not known:
 * it asks at the session's end.
 * @param known  items that are asked with and for; clicks on others are left out
 */
export function* nextItems(sessions: ItemSessions, known: (item: number) => boolean): Generator<NextItem> {
  for (let session = 0; session < sessions.sessionCount; session++) {
    const clicks = sessions.items.subarray(sessions.offsets[session], sessions.offsets[session + 1]).filter(known);
    const timeMs = sessions.endTimesMs[session]!;
    const seen = new Set<number>();
    for (let at = 0; at + 1 < clicks.length; at++) {
      seen.add(clicks[at]!);
      yield { session, query: { items: clicks.subarray(0, at + 1), timeMs }, seen, target: clicks[at + 1]! };
    }
  }
}
