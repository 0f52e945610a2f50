/**
 * Keeps the n best of a stream of (score, index) pairs in a binary heap whose root is the worst kept.
 * Order: higher score first; equal scores by smaller index. The order is total, so the result does not depend on the
 * order of arrival. Reused between calls: it allocates only when asked for more than ever before.
 */
export class TopSelection {
  /** Valid at positions 0 … count-1; best first after `sort`. */
  scores: Float64Array;
  indices: Int32Array;
  count = 0;
  private limit: number;

  constructor(limit: number) {
    this.limit = limit;
    this.scores = new Float64Array(Math.max(1, limit));
    this.indices = new Int32Array(Math.max(1, limit));
  }

  /** Empties the selection and sets how many it keeps. */
  reset(limit: number): void {
    this.count = 0;
    this.limit = limit;
    if (limit <= this.scores.length) return;
    this.scores = new Float64Array(limit);
    this.indices = new Int32Array(limit);
  }

  /** Whether `add` would keep the pair: lets a caller skip a costly test of pairs that lose anyway. */
  wouldKeep(score: number, index: number): boolean {
    if (this.count < this.limit) return true;
    if (this.limit === 0) return false;
    const worst = this.scores[0]!;
    return score > worst || (score === worst && index < this.indices[0]!);
  }

  /** A pair with a lower score than this would not be kept; -Infinity while there is room. */
  worstKept(): number {
    return this.count < this.limit ? -Infinity : this.scores[0]!;
  }

  add(score: number, index: number): void {
    if (this.count < this.limit) {
      this.count++;
      this.siftUp(this.count - 1, score, index);
    } else if (this.wouldKeep(score, index)) {
      this.siftDown(0, this.count, score, index);
    }
  }

  /** Puts the kept pairs in order, best first. After it only `reset` may be called. */
  sort(): void {
    for (let last = this.count - 1; last > 0; last--) {
      const score = this.scores[last]!;
      const index = this.indices[last]!;
      this.scores[last] = this.scores[0]!;
      this.indices[last] = this.indices[0]!;
      this.siftDown(0, last, score, index);
    }
  }

  private siftUp(start: number, score: number, index: number): void {
    const { scores, indices } = this;
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentScore = scores[parent]!;
      if (parentScore < score || (parentScore === score && indices[parent]! > index)) break;
      scores[at] = parentScore;
      indices[at] = indices[parent]!;
      at = parent;
    }
    scores[at] = score;
    indices[at] = index;
  }

  private siftDown(start: number, end: number, score: number, index: number): void {
    const { scores, indices } = this;
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= end) break;
      let childScore = scores[child]!;
      if (child + 1 < end) {
        const otherScore = scores[child + 1]!;
        if (otherScore < childScore || (otherScore === childScore && indices[child + 1]! > indices[child]!)) {
          child++;
          childScore = otherScore;
        }
      }
      if (score < childScore || (score === childScore && index > indices[child]!)) break;
      scores[at] = childScore;
      indices[at] = indices[child]!;
      at = child;
    }
    scores[at] = score;
    indices[at] = index;
  }
}
