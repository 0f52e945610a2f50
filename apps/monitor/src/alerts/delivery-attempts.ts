/** What was tried in vain since the last success. */
export interface FailedAttempts {
  readonly attempts: number;
  readonly failedAtMs: number;
  /** Of the last attempt, for people. */
  readonly error: string;
}

/** How notices fare, since the process began: nothing hangs on it, it is what operators look at. */
export class DeliveryAttempts {
  readonly #failed = new Map<string, FailedAttempts>();
  readonly #takenAtMs = new Map<string, number>();

  /** @param place  what cannot be delivered by itself: a group of alerts, an Alertmanager's address */
  failed(place: string, error: unknown, nowMs: number): void {
    const attempts = (this.#failed.get(place)?.attempts ?? 0) + 1;
    this.#failed.set(place, {
      attempts,
      failedAtMs: nowMs,
      error: error instanceof Error ? error.message : String(error),
    });
  }

  /** @param taker  who took it: a receiver, an Alertmanager's address */
  taken(place: string, taker: string, nowMs: number): void {
    this.#failed.delete(place);
    this.#takenAtMs.set(taker, nowMs);
  }

  /** Forgets places that are no more; takers are as many as the file of notices names. */
  keepOnly(isPlace: (place: string) => boolean): void {
    for (const place of this.#failed.keys()) if (!isPlace(place)) this.#failed.delete(place);
  }

  failureOf(place: string): FailedAttempts | undefined {
    return this.#failed.get(place);
  }

  takenAtMs(taker: string): number | undefined {
    return this.#takenAtMs.get(taker);
  }
}
