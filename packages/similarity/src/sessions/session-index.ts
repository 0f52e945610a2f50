import type { ItemSessions } from "../item-sessions.ts";

/**
 * Which session holds which item, each once, in both directions, for models that look for sessions like the current
 * one. Sessions are numbered by their end, so that the higher number is the more recent one. The arrays may be views on
 * a model's file and must not be written to.
 */
export interface SessionIndex {
  readonly itemCount: number;
  /** Sessions learnt from; those that no posting names are not held. */
  readonly sessionCount: number;
  /** Items of session s are entries offsets[s] … offsets[s + 1] - 1, in the order of their last clicks. */
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  /** Of each entry of `items`, the place of its last click in the session, from 1, repeats counted. */
  readonly positions: Uint16Array;
  /** Of each session, ms since the epoch. */
  readonly endTimesMs: Float64Array;
  /** Sessions with item i are entries itemOffsets[i] … itemOffsets[i + 1] - 1 of `postings`, newest first. */
  readonly itemOffsets: Int32Array;
  readonly postings: Int32Array;
  /** Sessions that hold the item, those without a posting included. */
  readonly itemSupport: Int32Array;
}

export interface SessionIndexBounds {
  /** A session's oldest clicks past this many are left out. Default: none. */
  readonly sessionItemsMax?: number;
  /**
   * Newest sessions that an item leads to. Who looks at no more sessions than that finds the same as without the bound.
   * Default: all.
   */
  readonly sessionsPerItemMax?: number;
}

/** @param sessions  ordered by their end */
export function buildSessionIndex(
  sessions: ItemSessions,
  { sessionItemsMax = Infinity, sessionsPerItemMax = Infinity }: SessionIndexBounds = {},
): SessionIndex {
  const { itemCount, sessionCount } = sessions;
  const firstClickOf = (session: number): number =>
    Math.max(sessions.offsets[session]!, sessions.offsets[session + 1]! - sessionItemsMax);
  const itemSupport = new Int32Array(itemCount);
  const reached = new Uint8Array(sessionCount);
  const lastSession = new Int32Array(itemCount).fill(-1);
  let heldCount = 0;
  let heldItems = 0;
  for (let session = sessionCount - 1; session >= 0; session--) {
    let distinct = 0;
    for (let at = sessions.offsets[session + 1]! - 1; at >= firstClickOf(session); at--) {
      const item = sessions.items[at]!;
      if (lastSession[item] === session) continue;
      lastSession[item] = session;
      distinct++;
      if (itemSupport[item]! < sessionsPerItemMax) reached[session] = 1;
      itemSupport[item]!++;
    }
    if (reached[session] === 0) continue;
    heldCount++;
    heldItems += distinct;
  }
  const offsets = new Int32Array(heldCount + 1);
  const items = new Int32Array(heldItems);
  const positions = new Uint16Array(heldItems);
  const endTimesMs = new Float64Array(heldCount);
  lastSession.fill(-1);
  let held = 0;
  let count = 0;
  for (let session = 0; session < sessionCount; session++) {
    if (reached[session] === 0) continue;
    // From the last click to the first, so that an item keeps its last place; then turned round.
    const first = count;
    for (let at = sessions.offsets[session + 1]! - 1; at >= firstClickOf(session); at--) {
      const item = sessions.items[at]!;
      if (lastSession[item] === session) continue;
      lastSession[item] = session;
      items[count] = item;
      positions[count++] = at - firstClickOf(session) + 1;
    }
    items.subarray(first, count).reverse();
    positions.subarray(first, count).reverse();
    endTimesMs[held++] = sessions.endTimesMs[session]!;
    offsets[held] = count;
  }
  const itemOffsets = new Int32Array(itemCount + 1);
  for (let item = 0; item < itemCount; item++) {
    itemOffsets[item + 1] = itemOffsets[item]! + Math.min(itemSupport[item]!, sessionsPerItemMax);
  }
  const postings = new Int32Array(itemOffsets[itemCount]!);
  const next = itemOffsets.slice(0, itemCount);
  for (let session = heldCount - 1; session >= 0; session--) {
    for (let at = offsets[session]!; at < offsets[session + 1]!; at++) {
      const item = items[at]!;
      if (next[item]! < itemOffsets[item + 1]!) postings[next[item]!++] = session;
    }
  }
  return { itemCount, sessionCount, offsets, items, positions, endTimesMs, itemOffsets, postings, itemSupport };
}

/** An index that holds no session, but knows in how many each item was. */
export function withoutSessions(itemSupport: Int32Array, sessionCount: number): SessionIndex {
  const itemCount = itemSupport.length;
  return {
    itemCount,
    sessionCount,
    offsets: new Int32Array(1),
    items: new Int32Array(0),
    positions: new Uint16Array(0),
    endTimesMs: new Float64Array(0),
    itemOffsets: new Int32Array(itemCount + 1),
    postings: new Int32Array(0),
    itemSupport,
  };
}

/** Sessions that an index holds. */
export function heldSessions({ endTimesMs }: SessionIndex): number {
  return endTimesMs.length;
}

/**
 * ln(sessions / frequency) of each item, its inverse document frequency; 0 for an item that is nowhere.
 * @param frequencies  sessions with the item; or its clicks, as session-rec has it: then the outcome is negative for an
 *   item clicked more often than there are sessions
 */
export function inverseFrequencies(sessionCount: number, frequencies: Int32Array): Float64Array {
  return Float64Array.from(frequencies, (frequency) => (frequency === 0 ? 0 : Math.log(sessionCount / frequency)));
}
