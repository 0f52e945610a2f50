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
  /** A number for each session's visitor. Undefined: each session has a visitor of its own. */
  readonly visitors?: Int32Array;
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
  /** The same for the session's visitor. */
  readonly visitorKeys?: Int32Array;
  /** Not negative; the same for all rows of a session. */
  readonly sessionEndsMs: Float64Array;
  /** Ascending in the order of the session's interactions; gaps are allowed. */
  readonly positions: Int32Array;
  /** Item indices, 0 … itemCount - 1. */
  readonly items: Int32Array;
  /** 1 … 255. */
  readonly weights: Int32Array;
}

/** Rows of one session side by side. */
interface Run {
  readonly low: number;
  readonly high: number;
  readonly endMs: number;
  readonly start: number;
  readonly visitor: number;
}

const insertionSortMax = 32;

/** The arrays live in shared memory, so that worker threads read them without a copy. */
export const sharedInt32 = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));

/**
 * Turns rows in any order into `ItemSessions`. The result depends on the set of rows alone: sessions are ordered by
 * (end, key), interactions by (position, item, weight). A session's rows mostly lie side by side: they are kept as
 * runs, and sorting the runs by (end, key) brings those of one session together. Memory: 9 bytes a row and 24 a run.
 */
export class ItemSessionsBuilder {
  readonly #itemCount: number;
  readonly #positions: Int32Array;
  readonly #items: Int32Array;
  readonly #weights: Uint8Array;
  #rows = 0;
  /** By run: its session, and its first row. */
  #keys = new Int32Array(2 * 1024);
  #endTimesMs = new Float64Array(1024);
  #starts = new Int32Array(1024);
  #visitors = new Int32Array(1024);
  #runs = 0;
  readonly #visitorNumbers = new KeyNumbers();

  /** @param rowsMax  most rows that will be added */
  constructor(itemCount: number, rowsMax: number) {
    this.#itemCount = itemCount;
    this.#positions = new Int32Array(rowsMax);
    this.#items = new Int32Array(rowsMax);
    this.#weights = new Uint8Array(rowsMax);
  }

  get rowCount(): number {
    return this.#rows;
  }

  add(columns: InteractionColumns, count: number): void {
    const base = this.#rows;
    assertInvariant(base + count <= this.#items.length, "more rows than the builder was told");
    this.#positions.set(columns.positions.subarray(0, count), base);
    this.#items.set(columns.items.subarray(0, count), base);
    this.#weights.set(columns.weights.subarray(0, count), base);
    this.#rows += count;
    const { sessionKeys, sessionEndsMs, visitorKeys } = columns;
    let low = 0;
    let high = 0;
    let endMs = -1;
    for (let row = 0; row < count; row++) {
      const isSame = endMs === sessionEndsMs[row] && low === sessionKeys[2 * row] && high === sessionKeys[2 * row + 1];
      if (isSame) continue;
      low = sessionKeys[2 * row]!;
      high = sessionKeys[2 * row + 1]!;
      endMs = sessionEndsMs[row]!;
      const visitor = visitorKeys && this.#visitorNumbers.numberOf(visitorKeys[2 * row]!, visitorKeys[2 * row + 1]!);
      this.#addRun({ low, high, endMs, start: base + row, visitor: visitor ?? 0 });
    }
  }

  #addRun({ low, high, endMs, start, visitor }: Run): void {
    if (this.#runs === this.#starts.length) {
      this.#keys = grown(this.#keys);
      this.#endTimesMs = grown(this.#endTimesMs);
      this.#starts = grown(this.#starts);
      this.#visitors = grown(this.#visitors);
    }
    const run = this.#runs++;
    this.#keys[2 * run] = low;
    this.#keys[2 * run + 1] = high;
    this.#endTimesMs[run] = endMs;
    this.#starts[run] = start;
    this.#visitors[run] = visitor;
  }

  /** @throws AppError MODEL_NO_DATA when no row was added */
  finish(): ItemSessions {
    if (this.#rows === 0) {
      throw new AppError("MODEL_NO_DATA", "There are no item interactions to learn from. Send or import events first.");
    }
    const order = orderByTime(this.#endTimesMs.subarray(0, this.#runs), (a, b) => this.#compareKeys(a, b));
    const sessionCount = this.#countSessions(order);
    const offsets = sharedInt32(sessionCount + 1);
    const endTimesMs = new Float64Array(sessionCount);
    const items = sharedInt32(this.#rows);
    const weights = new Uint8Array(new SharedArrayBuffer(this.#rows));
    const visitors = new Int32Array(sessionCount);
    let rowOrder = new Int32Array(1024);
    let placed = 0;
    let at = 0;
    for (let session = 0; session < sessionCount; session++) {
      const first = order[at]!;
      let length = 0;
      do {
        const run = order[at++]!;
        const end = run + 1 < this.#runs ? this.#starts[run + 1]! : this.#rows;
        for (let row = this.#starts[run]!; row < end; row++) {
          if (length === rowOrder.length) rowOrder = grown(rowOrder);
          rowOrder[length++] = row;
        }
      } while (at < this.#runs && this.#isSameSession(first, order[at]!));
      this.#sortRows(rowOrder, length);
      for (let place = 0; place < length; place++) {
        items[placed] = this.#items[rowOrder[place]!]!;
        weights[placed++] = this.#weights[rowOrder[place]!]!;
      }
      offsets[session + 1] = placed;
      endTimesMs[session] = this.#endTimesMs[first]!;
      visitors[session] = this.#visitors[first]!;
    }
    const all = { itemCount: this.#itemCount, sessionCount, offsets, endTimesMs, items, weights };
    return this.#visitorNumbers.count === 0 ? all : { ...all, visitors: numberedByArrival(visitors) };
  }

  #countSessions(order: Int32Array): number {
    let count = 1;
    for (let at = 1; at < order.length; at++) if (!this.#isSameSession(order[at - 1]!, order[at]!)) count++;
    return count;
  }

  #isSameSession(a: number, b: number): boolean {
    return this.#endTimesMs[a] === this.#endTimesMs[b] && this.#compareKeys(a, b) === 0;
  }

  #compareKeys(a: number, b: number): number {
    const keys = this.#keys;
    return keys[2 * a + 1]! - keys[2 * b + 1]! || keys[2 * a]! - keys[2 * b]!;
  }

  /** Rows mostly arrive in order, so this is one comparison per row; long disordered sessions take the general sort. */
  #sortRows(rowOrder: Int32Array, length: number): void {
    for (let at = 1; at < length; at++) {
      const row = rowOrder[at]!;
      if (this.#compareRows(rowOrder[at - 1]!, row) <= 0) continue;
      if (length > insertionSortMax) {
        rowOrder.subarray(0, length).sort((a, b) => this.#compareRows(a, b));
        return;
      }
      let slot = at;
      for (; slot > 0 && this.#compareRows(rowOrder[slot - 1]!, row) > 0; slot--) {
        rowOrder[slot] = rowOrder[slot - 1]!;
      }
      rowOrder[slot] = row;
    }
  }

  #compareRows(a: number, b: number): number {
    return (
      this.#positions[a]! - this.#positions[b]! ||
      this.#items[a]! - this.#items[b]! ||
      this.#weights[a]! - this.#weights[b]!
    );
  }
}

function grown<Numbers extends Int32Array | Float64Array>(numbers: Numbers): Numbers {
  const larger = new (numbers.constructor as new (length: number) => Numbers)(2 * numbers.length);
  larger.set(numbers);
  return larger;
}

/** The same numbers named anew in the order of their first session, so that they do not tell how rows arrived. */
function numberedByArrival(visitors: Int32Array): Int32Array {
  const names = new Map<number, number>();
  return visitors.map((visitor) => {
    const known = names.get(visitor);
    if (known !== undefined) return known;
    names.set(visitor, names.size);
    return names.size - 1;
  });
}

/** The sessions from number `from` up to and without `to`, as views. */
export function sliceSessions(sessions: ItemSessions, from: number, to: number): ItemSessions {
  return {
    ...sessions,
    sessionCount: to - from,
    offsets: sessions.offsets.subarray(from, to + 1),
    endTimesMs: sessions.endTimesMs.subarray(from, to),
    ...(sessions.visitors && { visitors: sessions.visitors.subarray(from, to) }),
  };
}

/** Clicks on each item, repeats counted. */
export function clicksPerItem({ itemCount, sessionCount, offsets, items }: ItemSessions): Int32Array {
  const clicks = new Int32Array(itemCount);
  for (let at = offsets[0]!; at < offsets[sessionCount]!; at++) clicks[items[at]!]!++;
  return clicks;
}
