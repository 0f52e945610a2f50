/**
 * How much may go through in the long run and at once: it fills by `perSecond`, up to `burstSeconds` of that. Whoever
 * finds it not empty may take any amount, and what was taken beyond its content is paid back before the next one: so
 * no amount is refused for ever, however large. A clock that is set back neither fills nor empties it.
 */
export class TokenBucket {
  readonly #perSecond: number;
  /** Thousandths of tokens: whole numbers where amounts and times in ms are. */
  readonly #fullLevel: number;
  #level: number;
  #filledAtMs = Number.NEGATIVE_INFINITY;

  /** @param perSecond  at least 1 */
  constructor(perSecond: number, burstSeconds: number) {
    this.#perSecond = perSecond;
    this.#fullLevel = perSecond * burstSeconds * 1000;
    this.#level = this.#fullLevel;
  }

  /** @returns ms until something may be taken; 0 for now */
  waitMs(nowMs: number): number {
    if (nowMs > this.#filledAtMs) {
      this.#level = Math.min(this.#fullLevel, this.#level + (nowMs - this.#filledAtMs) * this.#perSecond);
    }
    this.#filledAtMs = nowMs;
    return this.#level > 0 ? 0 : Math.floor(-this.#level / this.#perSecond) + 1;
  }

  take(amount: number): void {
    this.#level -= amount * 1000;
  }

  /** As of the last `waitMs`. */
  isHalfFull(): boolean {
    return 2 * this.#level >= this.#fullLevel;
  }
}
