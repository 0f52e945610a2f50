import { TopSelection } from "../top-selection.ts";
import type { SessionIndex } from "./session-index.ts";

/**
 * Finds the most recent sessions that share an item with the current one, and what they share. Postings are sorted by
 * recency, so this is a merge of as many lists as there are items: each step takes the newest session at any head and
 * adds up the weights of all lists that hold it. No hash, no heap; exact.
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
  readonly #selection = new TopSelection(0);
  readonly #heads: number[] = [];
  readonly #ends: number[] = [];

  constructor(index: SessionIndex) {
    this.#index = index;
  }

  /**
   * @param weightOf     weight > 0 of an item by its place in the session (from 1); items of weight 0 find nothing
   * @param sessionsMax  most sessions found
   */
  find(clicks: ArrayLike<number>, weightOf: (position: number, length: number) => number, sessionsMax: number): void {
    this.#takeItems(clicks, weightOf);
    this.#reserve(sessionsMax);
    const { postings } = this.#index;
    const { items } = this;
    const heads = this.#heads;
    const ends = this.#ends;
    this.count = 0;
    while (this.count < sessionsMax) {
      let newest = -1;
      for (let list = 0; list < items.length; list++) {
        if (heads[list]! < ends[list]!) newest = Math.max(newest, postings[heads[list]!]!);
      }
      if (newest < 0) return;
      let weight = 0;
      let position = 0;
      for (let list = 0; list < items.length; list++) {
        if (heads[list]! >= ends[list]! || postings[heads[list]!] !== newest) continue;
        heads[list]!++;
        weight += this.itemWeights[list]!;
        position = Math.max(position, this.itemPositions[list]!);
      }
      this.sessions[this.count] = newest;
      this.weights[this.count] = weight;
      this.positions[this.count++] = position;
    }
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
    const heads = this.#heads;
    const ends = this.#ends;
    items.length = itemPositions.length = itemWeights.length = heads.length = ends.length = 0;
    for (let at = clicks.length - 1; at >= 0; at--) {
      const item = clicks[at]!;
      if (items.includes(item)) continue;
      items.push(item);
      itemPositions.push(at + 1);
      const weight = weightOf(at + 1, clicks.length);
      itemWeights.push(weight);
      heads.push(this.#index.itemOffsets[item]!);
      ends.push(weight > 0 ? this.#index.itemOffsets[item + 1]! : this.#index.itemOffsets[item]!);
    }
  }

  #reserve(sessionsMax: number): void {
    const needed = Math.min(sessionsMax, this.#index.sessionCount);
    if (this.sessions.length >= needed) return;
    this.sessions = new Int32Array(needed);
    this.weights = new Float64Array(needed);
    this.positions = new Int32Array(needed);
  }
}
