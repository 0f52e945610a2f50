import type { ItemSessions } from "../item-sessions.ts";

/**
 * Which session holds which item, each once, in both directions, for models that look for sessions like the current
 * one. Sessions are numbered by their end, so that the higher number is the more recent one.
 */
export interface SessionIndex {
  readonly itemCount: number;
  readonly sessionCount: number;
  /** Items of session s are entries offsets[s] … offsets[s + 1] - 1, in the order of their last clicks. */
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  /** Of each entry of `items`, the place of its last click in the session, from 1, repeats counted. */
  readonly positions: Int32Array;
  /** Clicks of each session, repeats counted. */
  readonly lengths: Int32Array;
  readonly endTimesMs: Float64Array;
  /** Sessions with item i are entries itemOffsets[i] … itemOffsets[i + 1] - 1 of `postings`, newest first. */
  readonly itemOffsets: Int32Array;
  readonly postings: Int32Array;
  /** Clicks on each item, repeats counted. */
  readonly clicks: Int32Array;
}

/** @param sessions  ordered by their end */
export function buildSessionIndex(sessions: ItemSessions): SessionIndex {
  const { itemCount, sessionCount } = sessions;
  const clickCount = sessions.offsets[sessionCount]! - sessions.offsets[0]!;
  const offsets = new Int32Array(sessionCount + 1);
  const items = new Int32Array(clickCount);
  const positions = new Int32Array(clickCount);
  const lengths = new Int32Array(sessionCount);
  const clicks = new Int32Array(itemCount);
  const itemOffsets = new Int32Array(itemCount + 1);
  const lastSession = new Int32Array(itemCount).fill(-1);
  let count = 0;
  for (let session = 0; session < sessionCount; session++) {
    const start = sessions.offsets[session]!;
    const end = sessions.offsets[session + 1]!;
    lengths[session] = end - start;
    // From the last click to the first, so that an item keeps its last place; then turned round.
    const first = count;
    for (let at = end - 1; at >= start; at--) {
      const item = sessions.items[at]!;
      clicks[item]!++;
      if (lastSession[item] === session) continue;
      lastSession[item] = session;
      items[count] = item;
      positions[count++] = at - start + 1;
      itemOffsets[item + 1]!++;
    }
    items.subarray(first, count).reverse();
    positions.subarray(first, count).reverse();
    offsets[session + 1] = count;
  }
  for (let item = 0; item < itemCount; item++) itemOffsets[item + 1]! += itemOffsets[item]!;
  const postings = new Int32Array(count);
  const next = itemOffsets.slice(0, itemCount);
  for (let session = sessionCount - 1; session >= 0; session--) {
    for (let at = offsets[session]!; at < offsets[session + 1]!; at++) postings[next[items[at]!]!++] = session;
  }
  return {
    itemCount,
    sessionCount,
    offsets,
    items: items.subarray(0, count),
    positions: positions.subarray(0, count),
    lengths,
    endTimesMs: sessions.endTimesMs,
    itemOffsets,
    postings,
    clicks,
  };
}

/**
 * ln(sessions / sessions with the item), the inverse document frequency of an item.
 * @param countsClicks  divides by clicks instead, as session-rec does: negative for an item clicked more often than
 *   there are sessions
 */
export function inverseFrequencies(index: SessionIndex, countsClicks: boolean): Float64Array {
  return Float64Array.from({ length: index.itemCount }, (_, item) => {
    const sessions = index.itemOffsets[item + 1]! - index.itemOffsets[item]!;
    const frequency = countsClicks ? index.clicks[item]! : sessions;
    return frequency === 0 ? 0 : Math.log(index.sessionCount / frequency);
  });
}

/** 1 + λ · idf of each item, as V-SkNN and VSTAN weigh rare items. @param countsClicks  see `inverseFrequencies` */
export function rarityFactors(index: SessionIndex, idfWeighting: number, countsClicks: boolean): Float64Array {
  return inverseFrequencies(index, countsClicks).map((idf) => 1 + idfWeighting * idf);
}
