import type { Clock } from "@footfall/base";

/** A name that has not been heard of for so long makes room for another. */
const keptMs = 86_400_000;

/** The names that are in use, at most so many: what others name must not grow what is kept per name without end. */
export class BoundedNames {
  readonly #namesMax: number;
  readonly #clock: Clock;
  /** When each was last heard of, the longest ago first. */
  readonly #heardAtMs = new Map<string, number>();

  constructor(namesMax: number, clock: Clock) {
    this.#namesMax = namesMax;
    this.#clock = clock;
  }

  /** Whether it is among them; where there is room it is from now on. */
  hasRoom(name: string): boolean {
    const nowMs = this.#clock();
    if (!this.#heardAtMs.delete(name) && this.#heardAtMs.size >= this.#namesMax) {
      const [oldest] = this.#heardAtMs;
      if (oldest === undefined || oldest[1] > nowMs - keptMs) return false;
      this.#heardAtMs.delete(oldest[0]);
    }
    this.#heardAtMs.set(name, nowMs);
    return true;
  }
}
