import { assertInvariant } from "@footfall/base";
import { type ItemSessions, sharedInt32 } from "./item-sessions.ts";

/**
 * Which session holds which item, without repeats, in both directions (CSR). Items of session s:
 * sessionItems[sessionOffsets[s]] …; sessions of item i: itemSessions[itemOffsets[i]] …, ascending, thus oldest first.
 */
export interface SessionMatrix {
  readonly itemCount: number;
  readonly sessionCount: number;
  /** Length sessionCount + 1. */
  readonly sessionOffsets: Int32Array;
  readonly sessionItems: Int32Array;
  /** Length itemCount + 1. */
  readonly itemOffsets: Int32Array;
  readonly itemSessions: Int32Array;
}

/** @param sessionItemsMax  a session's oldest interactions past this many are left out */
export function buildSessionMatrix(sessions: ItemSessions, sessionItemsMax: number): SessionMatrix {
  const { itemCount, sessionCount, offsets, items } = sessions;
  const lastSessionOf = new Int32Array(itemCount).fill(-1);
  const sessionOffsets = sharedInt32(sessionCount + 1);
  const itemOffsets = sharedInt32(itemCount + 1);
  const distinct = sharedInt32(offsets[sessionCount]! - offsets[0]!);
  let count = 0;
  for (let session = 0; session < sessionCount; session++) {
    const end = offsets[session + 1]!;
    for (let at = Math.max(offsets[session]!, end - sessionItemsMax); at < end; at++) {
      const item = items[at]!;
      if (lastSessionOf[item] === session) continue;
      lastSessionOf[item] = session;
      distinct[count++] = item;
      itemOffsets[item + 1]!++;
    }
    sessionOffsets[session + 1] = count;
  }
  const sessionItems = distinct.subarray(0, count);
  for (let item = 0; item < itemCount; item++) itemOffsets[item + 1]! += itemOffsets[item]!;
  assertInvariant(itemOffsets[itemCount] === count, "the two directions of the matrix differ");
  const itemSessions = sharedInt32(count);
  const next = itemOffsets.slice(0, itemCount);
  for (let session = 0; session < sessionCount; session++) {
    for (let at = sessionOffsets[session]!; at < sessionOffsets[session + 1]!; at++) {
      itemSessions[next[sessionItems[at]!]!++] = session;
    }
  }
  return { itemCount, sessionCount, sessionOffsets, sessionItems, itemOffsets, itemSessions };
}

/** Sessions that hold the item. */
export function itemSupport(matrix: SessionMatrix): Int32Array {
  const support = new Int32Array(matrix.itemCount);
  for (let item = 0; item < support.length; item++) {
    support[item] = matrix.itemOffsets[item + 1]! - matrix.itemOffsets[item]!;
  }
  return support;
}
