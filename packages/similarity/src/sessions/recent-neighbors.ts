import { TopSelection } from "../top-selection.ts";
import type { LiveSessions } from "./live-sessions.ts";
import { heldSessions, type SessionIndex } from "./session-index.ts";

/** Lists of session numbers, newest first, one for each item of a query; of each the entries heads[l] … ends[l] - 1. */
interface MergedLists {
  readonly numbers: Int32Array[];
  readonly heads: number[];
  readonly ends: number[];
}

/**
 * Finds the most recent sessions that share an item with the current one, and what they share. Postings are sorted by
 * recency, so this is a merge of as many lists as there are items: each step takes the newest session at any head and
 * adds up the weights of all lists that hold it. No hash, no heap; exact. Live sessions are all more recent than those
 * learnt from, and so they are merged before them.
 * After the idea of Serenade's index (VMIS-kNN, Kersbergen et al., SIGMOD 2022).
 */
export class RecentNeighbors {
  /** Valid at 0 … count - 1 after `find`: session, newest first. */
  sessions = new Int32Array(1024);
  /** Sum of the weights of the shared items; who ranks by something else may write it here. */
  weights = new Float64Array(1024);
  /** Largest position of a shared item in the current session, from 1. */
  positions = new Int32Array(1024);
  count = 0;

  /** The current session's items, each once, at the place of its last click. */
  readonly items: number[] = [];
  readonly itemPositions: number[] = [];
  readonly itemWeights: number[] = [];

  readonly #index: SessionIndex;
  readonly #live: LiveSessions | undefined;
  readonly #selection = new TopSelection(0);
  readonly #lists: MergedLists = { numbers: [], heads: [], ends: [] };

  constructor(index: SessionIndex, live?: LiveSessions) {
    this.#index = index;
    this.#live = live;
  }

  /**
   * @param weightOf     weight > 0 of an item by its place in the session (from 1); items of weight 0 find nothing
   * @param sessionsMax  most sessions found
   * @param ownSession   the number of a session that is not found
   */
  find(
    clicks: ArrayLike<number>,
    weightOf: (position: number, length: number) => number,
    sessionsMax: number,
    ownSession = -1,
  ): void {
    this.#takeItems(clicks, weightOf);
    this.#reserve(sessionsMax);
    this.count = 0;
    if (this.#live && this.#takeLive(this.#live)) this.#merge(sessionsMax, ownSession, this.#live);
    this.#takePostings();
    this.#merge(sessionsMax, ownSession, undefined);
  }

  /** The k sessions of the largest weights: their places here, best first; of equal ones the newest. */
  nearest(k: number): TopSelection {
    const selection = this.#selection;
    selection.reset(Math.min(k, this.count));
    for (let at = 0; at < this.count; at++) selection.add(this.weights[at]!, at);
    selection.sort();
    return selection;
  }

  #takeItems(clicks: ArrayLike<number>, weightOf: (position: number, length: number) => number): void {
    const { items, itemPositions, itemWeights } = this;
    items.length = itemPositions.length = itemWeights.length = 0;
    for (let at = clicks.length - 1; at >= 0; at--) {
      const item = clicks[at]!;
      if (items.includes(item)) continue;
      items.push(item);
      itemPositions.push(at + 1);
      itemWeights.push(weightOf(at + 1, clicks.length));
    }
  }

  /** @returns whether there is a list to merge */
  #takeLive(live: LiveSessions): boolean {
    const { numbers, heads, ends } = this.#lists;
    let isAny = false;
    this.items.forEach((item, at) => {
      const list = this.itemWeights[at]! > 0 ? live.sessionsWith(item) : undefined;
      isAny ||= list !== undefined;
      numbers[at] = list?.numbers ?? this.#index.postings;
      heads[at] = list?.start ?? 0;
      ends[at] = list?.numbers.length ?? 0;
    });
    return isAny;
  }

  #takePostings(): void {
    const { numbers, heads, ends } = this.#lists;
    const { postings, itemOffsets, itemCount } = this.#index;
    this.items.forEach((item, at) => {
      const isAsked = item < itemCount && this.itemWeights[at]! > 0;
      numbers[at] = postings;
      heads[at] = isAsked ? itemOffsets[item]! : 0;
      ends[at] = isAsked ? itemOffsets[item + 1]! : 0;
    });
  }

  /** @param live  where the numbers are those of live sessions, of which some may be out of date */
  #merge(sessionsMax: number, ownSession: number, live: LiveSessions | undefined): void {
    const { numbers, heads, ends } = this.#lists;
    const listCount = this.items.length;
    while (this.count < sessionsMax) {
      let newest = -1;
      for (let list = 0; list < listCount; list++) {
        if (heads[list]! < ends[list]!) newest = Math.max(newest, numbers[list]![heads[list]!]!);
      }
      if (newest < 0) return;
      let weight = 0;
      let position = 0;
      for (let list = 0; list < listCount; list++) {
        if (heads[list]! >= ends[list]! || numbers[list]![heads[list]!] !== newest) continue;
        heads[list]!++;
        weight += this.itemWeights[list]!;
        position = Math.max(position, this.itemPositions[list]!);
      }
      if (newest === ownSession || live?.isCurrent(newest) === false) continue;
      this.sessions[this.count] = newest;
      this.weights[this.count] = weight;
      this.positions[this.count++] = position;
    }
  }

  #reserve(sessionsMax: number): void {
    const needed = Math.min(sessionsMax, heldSessions(this.#index) + (this.#live?.size ?? 0));
    if (this.sessions.length >= needed) return;
    this.sessions = new Int32Array(needed);
    this.weights = new Float64Array(needed);
    this.positions = new Int32Array(needed);
  }
}
