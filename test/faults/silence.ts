/** Measures the longest time between two signs of life. */
export class Silence {
  readonly #onLonger: (longestMs: number) => void;
  #brokenAtMs = performance.now();
  #longestMs = 0;

  constructor(onLonger: (longestMs: number) => void) {
    this.#onLonger = onLonger;
  }

  broken(): void {
    const nowMs = performance.now();
    const lastedMs = nowMs - this.#brokenAtMs;
    this.#brokenAtMs = nowMs;
    if (lastedMs <= this.#longestMs) return;
    this.#longestMs = lastedMs;
    this.#onLonger(lastedMs);
  }
}
