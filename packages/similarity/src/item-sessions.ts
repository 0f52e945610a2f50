import { AppError, assertInvariant } from "@footfall/base";
import { KeyNumbers } from "./key-numbers.ts";
import { orderByTime } from "./time-order.ts";

/**
 * Sessions of item interactions, in time order: session 0 ended first, the highest number last, so that a session's
 * number says how recent it is. Interactions of session s are entries offsets[s] … offsets[s + 1] - 1, oldest first;
 * a slice of sessions shares `items` and `weights` with the whole.
 */
export interface ItemSessions {
  readonly itemCount: number;
  readonly sessionCount: number;
  /** Length sessionCount + 1; absolute positions in `items`. */
  readonly offsets: Int32Array;
  /** Item index of each interaction. */
  readonly items: Int32Array;
  /** Weight of each interaction, see `interactionWeights`. */
  readonly weights: Uint8Array;
  /** End of each session, ms since the epoch, ascending. */
  readonly endTimesMs: Float64Array;
}

/**
 * How much an interaction says about interest. Names with weight 0 are left out: taking an item off the cart says no.
 */
export const interactionWeights: Readonly<Record<string, number>> = {
  view_item: 1,
  select_item: 1,
  add_to_cart: 3,
  remove_from_cart: 0,
  begin_checkout: 3,
  purchase: 5,
};

/** Columns of interactions in any order, all of one length. */
export interface InteractionColumns {
  /** A 64-bit number per session, as pairs of 32-bit words: length 2 × rows. */
  readonly sessionKeys: Int32Array;
  readonly sessionEndsMs: Float64Array;
  /** Ascending in the order of the session's interactions; gaps are allowed. */
  readonly positions: Int32Array;
  /** Item indices, 0 … itemCount - 1. */
  readonly items: Int32Array;
  /** End times are not negative; weights 1 … 255. */
  readonly weights: Int32Array;
}

const insertionSortMax = 32;

/** The arrays live in shared memory, so that worker threads read them without a copy. */
export const sharedInt32 = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));

/**
 * Turns rows in any order into `ItemSessions`. The result depends on the set of rows alone: sessions are ordered by
 * (end, key), interactions by (position, item, weight). Rows that lie beside the previous row of their session are
 * cheapest. Memory: 13 bytes per row and about 60 per session while building.
 */
export class ItemSessionsBuilder {
  private readonly itemCount: number;
  private readonly sessionOf: Int32Array;
  private readonly positions: Int32Array;
  private readonly items: Int32Array;
  private readonly weights: Uint8Array;
  private readonly sessions = new KeyNumbers();
  /** By session number. */
  private endTimesMs = new Float64Array(1024);
  private rows = 0;

  /** @param rowsMax  most rows that will be added */
  constructor(itemCount: number, rowsMax: number) {
    this.itemCount = itemCount;
    this.sessionOf = new Int32Array(rowsMax);
    this.positions = new Int32Array(rowsMax);
    this.items = new Int32Array(rowsMax);
    this.weights = new Uint8Array(rowsMax);
  }

  get rowCount(): number {
    return this.rows;
  }

  add(columns: InteractionColumns, count: number): void {
    assertInvariant(this.rows + count <= this.sessionOf.length, "more rows than the builder was told");
    const base = this.rows;
    this.numberSessions(columns, count, base);
    this.positions.set(columns.positions.subarray(0, count), base);
    this.items.set(columns.items.subarray(0, count), base);
    this.weights.set(columns.weights.subarray(0, count), base);
    this.rows += count;
  }

  private numberSessions(columns: InteractionColumns, count: number, base: number): void {
    const { sessionOf, sessions } = this;
    const { sessionKeys, sessionEndsMs } = columns;
    let session = -1;
    let endMs = 0;
    for (let row = 0; row < count; row++) {
      const low = sessionKeys[2 * row]!;
      const high = sessionKeys[2 * row + 1]!;
      const isSame = row > 0 && low === sessionKeys[2 * row - 2] && high === sessionKeys[2 * row - 1];
      if (!isSame || sessionEndsMs[row]! > endMs) {
        if (!isSame) session = sessions.numberOf(low, high);
        if (session >= this.endTimesMs.length) this.growEndTimes();
        endMs = Math.max(this.endTimesMs[session]!, sessionEndsMs[row]!);
        this.endTimesMs[session] = endMs;
      }
      sessionOf[base + row] = session;
    }
  }

  private growEndTimes(): void {
    const endTimesMs = new Float64Array(2 * this.endTimesMs.length);
    endTimesMs.set(this.endTimesMs);
    this.endTimesMs = endTimesMs;
  }

  /** @throws AppError MODEL_NO_DATA when no row was added */
  finish(): ItemSessions {
    const { sessions, rows, sessionOf } = this;
    if (rows === 0) {
      throw new AppError("MODEL_NO_DATA", "There are no item interactions to learn from. Send or import events first.");
    }
    const sessionCount = sessions.count;
    const order = orderByTime(this.endTimesMs.subarray(0, sessionCount), (a, b) => sessions.compare(a, b));
    const rankOf = new Int32Array(sessionCount);
    const endTimesMs = new Float64Array(sessionCount);
    for (let rank = 0; rank < sessionCount; rank++) {
      rankOf[order[rank]!] = rank;
      endTimesMs[rank] = this.endTimesMs[order[rank]!]!;
    }
    const offsets = sharedInt32(sessionCount + 1);
    for (let row = 0; row < rows; row++) {
      const rank = rankOf[sessionOf[row]!]!;
      sessionOf[row] = rank;
      offsets[rank + 1]!++;
    }
    for (let rank = 0; rank < sessionCount; rank++) offsets[rank + 1]! += offsets[rank]!;
    return { itemCount: this.itemCount, sessionCount, offsets, endTimesMs, ...this.place(offsets, sessionCount) };
  }

  /** Puts every row into its session, sorted by (position, item, weight). */
  private place(offsets: Int32Array, sessionCount: number): Pick<ItemSessions, "items" | "weights"> {
    const { rows, sessionOf } = this;
    const rowOrder = new Int32Array(rows);
    const next = offsets.slice(0, sessionCount);
    for (let row = 0; row < rows; row++) rowOrder[next[sessionOf[row]!]!++] = row;
    for (let rank = 0; rank < sessionCount; rank++) this.sortRows(rowOrder, offsets[rank]!, offsets[rank + 1]!);
    const items = sharedInt32(rows);
    const weights = new Uint8Array(new SharedArrayBuffer(rows));
    for (let at = 0; at < rows; at++) {
      items[at] = this.items[rowOrder[at]!]!;
      weights[at] = this.weights[rowOrder[at]!]!;
    }
    return { items, weights };
  }

  /** Rows mostly arrive in order, so this is one comparison per row; long disordered sessions take the general sort. */
  private sortRows(rowOrder: Int32Array, start: number, end: number): void {
    for (let at = start + 1; at < end; at++) {
      const row = rowOrder[at]!;
      if (this.compareRows(rowOrder[at - 1]!, row) <= 0) continue;
      if (end - start > insertionSortMax) {
        rowOrder.subarray(start, end).sort((a, b) => this.compareRows(a, b));
        return;
      }
      let slot = at;
      for (; slot > start && this.compareRows(rowOrder[slot - 1]!, row) > 0; slot--) {
        rowOrder[slot] = rowOrder[slot - 1]!;
      }
      rowOrder[slot] = row;
    }
  }

  private compareRows(a: number, b: number): number {
    return (
      this.positions[a]! - this.positions[b]! || this.items[a]! - this.items[b]! || this.weights[a]! - this.weights[b]!
    );
  }
}

/** The sessions from number `from` up to and without `to`, as views. */
export function sliceSessions(sessions: ItemSessions, from: number, to: number): ItemSessions {
  return {
    ...sessions,
    sessionCount: to - from,
    offsets: sessions.offsets.subarray(from, to + 1),
    endTimesMs: sessions.endTimesMs.subarray(from, to),
  };
}
