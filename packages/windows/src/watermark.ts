export interface WatermarkOptions {
  /** How much event times may be out of order before an event counts as late. */
  readonly outOfOrderMs: number;
  /** A partition without waiting records for this long no longer holds the others back. */
  readonly idleTimeoutMs: number;
}

interface PartitionProgress {
  eventTimeMaxMs: number;
  /** When the partition was last seen to hold or get records. */
  busyAtMs: number;
  hasWaiting: boolean;
}

/**
 * Event time up to which everything in order has been seen: the least, over the partitions that are not idle, of the
 * greatest event time less the out-of-order bound. Never moves back, and never ahead of the wall clock less
 * the bound, so that one device with a wrong clock does not make everybody else late. When all partitions are idle
 * it follows the wall clock, so that the last windows close too.
 */
export class Watermark {
  readonly #options: WatermarkOptions;
  readonly #partitions = new Map<number, PartitionProgress>();
  #currentMs: number;

  /** @param startMs  the watermark to go on from; -Infinity when nothing was ever seen */
  constructor(options: WatermarkOptions, startMs = Number.NEGATIVE_INFINITY) {
    this.#options = options;
    this.#currentMs = startMs;
  }

  get currentMs(): number {
    return this.#currentMs;
  }

  /** Takes a partition in. `hasWaiting`: it holds records that have not been delivered yet. */
  assign(partition: number, hasWaiting: boolean, nowMs: number): void {
    this.#partitions.set(partition, { eventTimeMaxMs: Number.NEGATIVE_INFINITY, busyAtMs: nowMs, hasWaiting });
  }

  revoke(partition: number): void {
    this.#partitions.delete(partition);
  }

  /** Reports delivered records: the greatest of their event times (-Infinity if none had one), and if more wait. */
  observe(partition: number, eventTimeMaxMs: number, hasWaiting: boolean, nowMs: number): void {
    const progress = this.#partitions.get(partition);
    if (!progress) return;
    progress.eventTimeMaxMs = Math.max(progress.eventTimeMaxMs, eventTimeMaxMs);
    progress.busyAtMs = nowMs;
    progress.hasWaiting = hasWaiting;
  }

  /** Moves the watermark on and returns it, ms since the epoch. */
  advance(nowMs: number): number {
    if (this.#partitions.size === 0) return this.#currentMs;
    const { outOfOrderMs, idleTimeoutMs } = this.#options;
    let leastMs = nowMs;
    for (const { eventTimeMaxMs, busyAtMs, hasWaiting } of this.#partitions.values()) {
      const isIdle = !hasWaiting && nowMs - busyAtMs >= idleTimeoutMs;
      if (!isIdle) leastMs = Math.min(leastMs, eventTimeMaxMs);
    }
    this.#currentMs = Math.max(this.#currentMs, leastMs - outOfOrderMs);
    return this.#currentMs;
  }
}
