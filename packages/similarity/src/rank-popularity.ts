import type { ItemSessions } from "./item-sessions.ts";

export interface PopularityRanking {
  /** Items that were seen at all, best first. */
  readonly popularItems: Int32Array;
  readonly popularScores: Float32Array;
}

const dayMs = 86_400_000;

/**
 * Items by Σ weight · 2^(−age / half-life), over what each visitor did most with the item on a day (UTC): one visitor
 * alone makes no item popular. The age is that of the session's end before `nowMs`. Equal scores by smaller item index.
 * @param nowMs  newest event time in the data, so that the ranking depends on the data alone
 */
export function rankPopularity(sessions: ItemSessions, halfLifeDays: number, nowMs: number): PopularityRanking {
  const { itemCount, sessionCount, offsets, items, endTimesMs } = sessions;
  const scores = new Float64Array(itemCount);
  const shares = new VisitorShares(sessions);
  for (let session = 0; session < sessionCount; session++) {
    const decay = 2 ** ((endTimesMs[session]! - nowMs) / (halfLifeDays * dayMs));
    shares.begin(session);
    for (let at = offsets[session]!; at < offsets[session + 1]!; at++) scores[items[at]!]! += shares.take(at) * decay;
  }
  const popularItems = new Int32Array(itemCount);
  let count = 0;
  for (let item = 0; item < itemCount; item++) if (scores[item]! > 0) popularItems[count++] = item;
  const ranked = popularItems.subarray(0, count).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return { popularItems: ranked, popularScores: Float32Array.from(ranked, (item) => scores[item]!) };
}

/** What of an interaction's weight its visitor has not added to the item on that day yet. */
class VisitorShares {
  readonly #sessions: ItemSessions;
  /** Sessions whose visitor had another one on that day; the others need no memory of what came before. */
  readonly #isShared: Uint8Array;
  /** Weight counted in this session, by item. */
  readonly #counted: Uint8Array;
  #countedItems: number[] = [];
  #day = Number.NEGATIVE_INFINITY;
  /** Weights counted on the day, by visitor and item. */
  readonly #ofDay = new Map<number, Map<number, number>>();
  #ofVisitor: Map<number, number> | undefined;

  constructor(sessions: ItemSessions) {
    this.#sessions = sessions;
    this.#isShared = sharedDays(sessions);
    this.#counted = new Uint8Array(sessions.itemCount);
  }

  /** Sessions come in their own order: by time. */
  begin(session: number): void {
    for (const item of this.#countedItems) this.#counted[item] = 0;
    this.#countedItems = [];
    this.#ofVisitor = undefined;
    if (this.#isShared[session] === 0) return;
    const day = Math.floor(this.#sessions.endTimesMs[session]! / dayMs);
    if (day !== this.#day) this.#ofDay.clear();
    this.#day = day;
    const visitor = this.#sessions.visitors![session]!;
    let ofVisitor = this.#ofDay.get(visitor);
    if (!ofVisitor) this.#ofDay.set(visitor, (ofVisitor = new Map<number, number>()));
    for (const [item, weight] of ofVisitor) this.#count(item, weight);
    this.#ofVisitor = ofVisitor;
  }

  take(at: number): number {
    const { items, weights } = this.#sessions;
    const item = items[at]!;
    const weight = weights[at]!;
    const before = this.#counted[item]!;
    if (weight <= before) return 0;
    this.#count(item, weight);
    this.#ofVisitor?.set(item, weight);
    return weight - before;
  }

  #count(item: number, weight: number): void {
    if (this.#counted[item] === 0) this.#countedItems.push(item);
    this.#counted[item] = weight;
  }
}

/** 1 for each session whose visitor had another one that ended on the same day. */
function sharedDays({ sessionCount, visitors, endTimesMs }: ItemSessions): Uint8Array {
  const isShared = new Uint8Array(sessionCount);
  if (visitors === undefined) return isShared;
  const newest = new Map<number, number>();
  let newestDay = Number.NEGATIVE_INFINITY;
  for (let session = 0; session < sessionCount; session++) {
    const day = Math.floor(endTimesMs[session]! / dayMs);
    if (day !== newestDay) newest.clear();
    newestDay = day;
    const before = newest.get(visitors[session]!);
    if (before !== undefined) isShared[session] = isShared[before] = 1;
    newest.set(visitors[session]!, session);
  }
  return isShared;
}

/** Newest session end, ms; the "now" of training. */
export function newestTimeMs(sessions: ItemSessions): number {
  return sessions.endTimesMs[sessions.sessionCount - 1]!;
}
