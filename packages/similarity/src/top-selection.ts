/** Ranges this short are sorted by insertion. */
const insertionSortMax = 16;

/**
 * Keeps the n best of a stream of (score, index) pairs. Pairs gather in a buffer twice as large; whenever it is full,
 * the worse half is thrown away by quickselect and the worst pair kept becomes the bar for what comes. That costs
 * a constant per pair, where a heap costs log n for each one it keeps.
 * Order: higher score first; equal scores by smaller index. The order is total, so the result does not depend on the
 * order of arrival. Reused between calls: it allocates only when asked for more than ever before.
 */
export class TopSelection {
  /** Valid at positions 0 … count-1 after `sort`, best first. */
  scores = new Float64Array(0);
  indices = new Int32Array(0);
  count = 0;
  #limit = 0;
  #barScore = 0;
  #barIndex = 0;

  constructor(limit: number) {
    this.reset(limit);
  }

  /** Empties the selection and sets how many it keeps. */
  reset(limit: number): void {
    this.count = 0;
    this.#limit = limit;
    this.#barScore = limit === 0 ? Infinity : -Infinity;
    this.#barIndex = -1;
    if (2 * limit <= this.scores.length) return;
    this.scores = new Float64Array(2 * limit);
    this.indices = new Int32Array(2 * limit);
  }

  /** False where `add` would not keep the pair: lets a caller skip a costly test of pairs that lose anyway. */
  mayKeep(score: number, index: number): boolean {
    return score > this.#barScore || (score === this.#barScore && index < this.#barIndex);
  }

  add(score: number, index: number): void {
    if (!this.mayKeep(score, index)) return;
    this.scores[this.count] = score;
    this.indices[this.count] = index;
    this.count++;
    if (this.count === 2 * this.#limit) this.#dropWorse();
  }

  /** Puts the kept pairs in order, best first. After it only `reset` may be called. */
  sort(): void {
    if (this.count > this.#limit) this.#dropWorse();
    this.#sortRange(0, this.count - 1);
  }

  #dropWorse(): void {
    const limit = this.#limit;
    let low = 0;
    let high = this.count - 1;
    // Brings the pair that belongs to position limit - 1 there, better ones before it.
    while (low < high) {
      const split = this.#partition(low, high);
      if (limit - 1 <= split) high = split;
      else low = split + 1;
    }
    this.count = limit;
    this.#barScore = this.scores[limit - 1]!;
    this.#barIndex = this.indices[limit - 1]!;
  }

  #sortRange(low: number, high: number): void {
    while (high - low >= insertionSortMax) {
      const split = this.#partition(low, high);
      if (split - low < high - split) {
        this.#sortRange(low, split);
        low = split + 1;
      } else {
        this.#sortRange(split + 1, high);
        high = split;
      }
    }
    this.#insertionSort(low, high);
  }

  /** Hoare's partition around the middle pair: pairs up to the position returned are not worse than those after it. */
  #partition(low: number, high: number): number {
    const { scores, indices } = this;
    const middle = (low + high) >> 1;
    const score = scores[middle]!;
    const index = indices[middle]!;
    let left = low - 1;
    let right = high + 1;
    for (;;) {
      do left++;
      while (scores[left]! > score || (scores[left] === score && indices[left]! < index));
      do right--;
      while (scores[right]! < score || (scores[right] === score && indices[right]! > index));
      if (left >= right) return right;
      const otherScore = scores[left]!;
      const otherIndex = indices[left]!;
      scores[left] = scores[right]!;
      indices[left] = indices[right]!;
      scores[right] = otherScore;
      indices[right] = otherIndex;
    }
  }

  #insertionSort(low: number, high: number): void {
    const { scores, indices } = this;
    for (let at = low + 1; at <= high; at++) {
      const score = scores[at]!;
      const index = indices[at]!;
      let slot = at;
      for (; slot > low; slot--) {
        const before = scores[slot - 1]!;
        if (before > score || (before === score && indices[slot - 1]! < index)) break;
        scores[slot] = before;
        indices[slot] = indices[slot - 1]!;
      }
      scores[slot] = score;
      indices[slot] = index;
    }
  }
}
