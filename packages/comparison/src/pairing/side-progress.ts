import type { Side } from "../fields/field-tree.ts";

interface SourceProgress {
  timeMs: number;
  hasEnded: boolean;
}

/**
 * How far in event time each side is: the least of its sources (partitions, or a file), each as far as its newest
 * record. The watermark is the lesser of both sides.
 */
export class SideProgress {
  readonly #sources: Readonly<Record<Side, Map<string, SourceProgress>>> = { left: new Map(), right: new Map() };
  readonly #firstMs = { left: Infinity, right: Infinity };
  readonly #lastMs = { left: -Infinity, right: -Infinity };

  /** Must be told of every source before the first record. */
  open(side: Side, source: string): void {
    this.#sources[side].set(source, { timeMs: -Infinity, hasEnded: false });
  }

  observe(side: Side, source: string, timeMs: number): void {
    const progress = this.#sources[side].get(source)!;
    if (timeMs > progress.timeMs) progress.timeMs = timeMs;
    if (timeMs > this.#lastMs[side]) this.#lastMs[side] = timeMs;
    if (timeMs < this.#firstMs[side]) this.#firstMs[side] = timeMs;
  }

  end(side: Side, source: string): void {
    this.#sources[side].get(source)!.hasEnded = true;
  }

  sourceMs(side: Side, source: string): number {
    return this.#sources[side].get(source)!.timeMs;
  }

  /** Infinity where the side has no record yet. */
  firstMs(side: Side): number {
    return this.#firstMs[side];
  }

  lastMs(side: Side): number {
    return this.#lastMs[side];
  }

  hasEnded(side: Side): boolean {
    for (const { hasEnded } of this.#sources[side].values()) if (!hasEnded) return false;
    return true;
  }

  /** Where a side is; once it has ended, at its newest record, or at the end of time where nothing more can come. */
  sideMs(side: Side, isComplete: boolean): number {
    let least = Infinity;
    let isLive = false;
    for (const { timeMs, hasEnded } of this.#sources[side].values()) {
      if (hasEnded) continue;
      isLive = true;
      if (timeMs < least) least = timeMs;
    }
    if (isLive) return least;
    return isComplete ? Infinity : this.#lastMs[side];
  }

  watermarkMs(isComplete: boolean): number {
    return Math.min(this.sideMs("left", isComplete), this.sideMs("right", isComplete));
  }
}
