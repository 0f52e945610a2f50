import { TopSelection } from "../top-selection.ts";

/** Scores of items while they are summed up: an array over all items and a list of those that have a score. */
export class ItemScores {
  readonly #scores: Float64Array;
  readonly #touched: Int32Array;
  #count = 0;

  constructor(itemCount: number) {
    this.#scores = new Float64Array(itemCount);
    this.#touched = new Int32Array(itemCount);
  }

  /** How many items have a score. */
  get size(): number {
    return this.#count;
  }

  /** @param score  > 0 */
  add(item: number, score: number): void {
    if (this.#scores[item] === 0) this.#touched[this.#count++] = item;
    this.#scores[item]! += score;
  }

  get(item: number): number {
    return this.#scores[item]!;
  }

  remove(item: number): void {
    if (this.#scores[item] === 0) return;
    this.#scores[item] = 0;
    this.#count--;
    for (let at = 0; at < this.#count; at++) {
      if (this.#touched[at] !== item) continue;
      this.#touched[at] = this.#touched[this.#count]!;
      return;
    }
  }

  max(): number {
    let most = 0;
    for (let at = 0; at < this.#count; at++) most = Math.max(most, this.#scores[this.#touched[at]!]!);
    return most;
  }

  /** Adds all scores times a factor > 0 to others. */
  addTo(others: ItemScores, factor: number): void {
    for (let at = 0; at < this.#count; at++) {
      const item = this.#touched[at]!;
      others.add(item, factor * this.#scores[item]!);
    }
  }

  clear(): void {
    for (let at = 0; at < this.#count; at++) this.#scores[this.#touched[at]!] = 0;
    this.#count = 0;
  }

  /** Puts the best into the selection, in order; equal scores by smaller item index. */
  selectTop(selection: TopSelection, n: number, isExcluded: (item: number) => boolean): void {
    selection.reset(Math.min(n, this.#count));
    for (let at = 0; at < this.#count; at++) {
      const item = this.#touched[at]!;
      const score = this.#scores[item]!;
      if (selection.mayKeep(score, item) && !isExcluded(item)) selection.add(score, item);
    }
    selection.sort();
  }
}
