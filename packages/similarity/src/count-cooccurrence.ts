import type { SessionMatrix } from "./session-matrix.ts";

/**
 * In how many sessions each other item occurs beside one item: a dense array and the list of its entries that are not
 * zero. Used again for the next item; one per thread, 8 bytes per item.
 */
export class CooccurrenceCounts {
  /** Length itemCount; zero but for the touched items. The entry of the item itself is its number of sessions. */
  readonly counts: Int32Array;
  /** Items with a count, in no particular order: entries 0 … touchedCount - 1. */
  readonly touched: Int32Array;
  touchedCount = 0;

  constructor(itemCount: number) {
    this.counts = new Int32Array(itemCount);
    this.touched = new Int32Array(itemCount);
  }

  clear(): void {
    for (let at = 0; at < this.touchedCount; at++) this.counts[this.touched[at]!] = 0;
    this.touchedCount = 0;
  }
}

/**
 * Counts for one item over its newest `sessionsPerItemMax` sessions. Repeats inside a session count once. Without the
 * bound the counts are symmetric; with it they describe each item's own recent sample.
 * @param into  cleared by the caller
 */
export function countCooccurrence(
  matrix: SessionMatrix,
  item: number,
  sessionsPerItemMax: number,
  into: CooccurrenceCounts,
): void {
  const { sessionOffsets, sessionItems, itemOffsets, itemSessions } = matrix;
  const { counts, touched } = into;
  let touchedCount = into.touchedCount;
  const end = itemOffsets[item + 1]!;
  for (let posting = Math.max(itemOffsets[item]!, end - sessionsPerItemMax); posting < end; posting++) {
    const session = itemSessions[posting]!;
    const sessionEnd = sessionOffsets[session + 1]!;
    for (let at = sessionOffsets[session]!; at < sessionEnd; at++) {
      const other = sessionItems[at]!;
      const count = counts[other]!;
      if (count === 0) touched[touchedCount++] = other;
      counts[other] = count + 1;
    }
  }
  into.touchedCount = touchedCount;
}
