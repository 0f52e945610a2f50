import { assertInvariant } from "@footfall/base";
import { type ItemSessions, sharedInt32 } from "./item-sessions.ts";

/**
 * Which session holds which item, without repeats, in both directions, laid out for counting: whoever follows an item
 * to its sessions waits for memory, so a posting leads straight to the session's items, and these tell where they end.
 */
export interface SessionMatrix {
  readonly itemCount: number;
  readonly sessionCount: number;
  /** Items of one session after the other, oldest session first. The last item of each is stored as its complement. */
  readonly sessionItems: Int32Array;
  /** Length itemCount + 1. */
  readonly itemOffsets: Int32Array;
  /**
   * Item i is in the sessions whose items begin at sessionItems[postings[p]], p from itemOffsets[i] up to and without
   * itemOffsets[i + 1]; oldest first.
   */
  readonly postings: Int32Array;
}

/** @param sessionItemsMax  a session's oldest interactions past this many are left out */
export function buildSessionMatrix(sessions: ItemSessions, sessionItemsMax: number): SessionMatrix {
  const { itemCount, sessionCount, offsets, items } = sessions;
  const lastSessionOf = new Int32Array(itemCount).fill(-1);
  const itemOffsets = sharedInt32(itemCount + 1);
  const distinct = sharedInt32(offsets[sessionCount]! - offsets[0]!);
  let count = 0;
  for (let session = 0; session < sessionCount; session++) {
    const start = count;
    const end = offsets[session + 1]!;
    for (let at = Math.max(offsets[session]!, end - sessionItemsMax); at < end; at++) {
      const item = items[at]!;
      if (lastSessionOf[item] === session) continue;
      lastSessionOf[item] = session;
      distinct[count++] = item;
      itemOffsets[item + 1]!++;
    }
    if (count > start) distinct[count - 1] = ~distinct[count - 1]!;
  }
  const sessionItems = distinct.subarray(0, count);
  for (let item = 0; item < itemCount; item++) itemOffsets[item + 1]! += itemOffsets[item]!;
  assertInvariant(itemOffsets[itemCount] === count, "the two directions of the matrix differ");
  const postings = sharedInt32(count);
  const next = itemOffsets.slice(0, itemCount);
  for (let at = 0, start = 0; at < count; at++) {
    const item = sessionItems[at]!;
    postings[next[itemOf(item)]!++] = start;
    if (item < 0) start = at + 1;
  }
  return { itemCount, sessionCount, sessionItems, itemOffsets, postings };
}

/** Sessions that hold the item. */
export function itemSupport(matrix: SessionMatrix): Int32Array {
  const support = new Int32Array(matrix.itemCount);
  for (let item = 0; item < support.length; item++) {
    support[item] = matrix.itemOffsets[item + 1]! - matrix.itemOffsets[item]!;
  }
  return support;
}

/** The item that an entry of `sessionItems` stands for, without a branch. */
export function itemOf(entry: number): number {
  return entry ^ (entry >> 31);
}
