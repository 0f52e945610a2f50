/** Events older at their arrival are history, or from a browser that was closed: they say nothing of the system. */
export const promptMaxMs = 3_600_000;

/** Times of the events of one commit, for the latency histograms. */
export class LatencySamples {
  readonly #occurredMs: number[] = [];
  readonly #appendedMs: number[] = [];

  add(occurredAtMs: number, appendedAtMs: number): void {
    if (appendedAtMs - occurredAtMs > promptMaxMs) return;
    this.#occurredMs.push(occurredAtMs);
    this.#appendedMs.push(appendedAtMs);
  }

  /** Hands over each event's latencies in ms: to the log, and to the lake. */
  forEach(committedAtMs: number, use: (toLogMs: number, toLakeMs: number) => void): void {
    for (let index = 0; index < this.#occurredMs.length; index += 1) {
      const occurredMs = this.#occurredMs[index]!;
      use(Math.max(0, this.#appendedMs[index]! - occurredMs), Math.max(0, committedAtMs - occurredMs));
    }
  }

  clear(): void {
    this.#occurredMs.length = 0;
    this.#appendedMs.length = 0;
  }
}
