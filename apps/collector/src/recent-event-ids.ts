/**
 * The event ids that were appended last, to tell a client that its repeat is one. Only a courtesy: the aggregator
 * decides what a duplicate is (invariant I2), so forgetting an id is harmless.
 *
 * Two generations instead of an order of use: when the younger is full it becomes the older, and the older is dropped.
 * At any time the last `idsMax / 2` ids are known, at the cost of one hash look-up each.
 */
export class RecentEventIds {
  readonly #generationMax: number;
  #younger = new Set<string>();
  #older = new Set<string>();

  constructor(idsMax: number) {
    this.#generationMax = Math.max(1, Math.floor(idsMax / 2));
  }

  get size(): number {
    return this.#younger.size + this.#older.size;
  }

  has(eventId: string): boolean {
    return this.#younger.has(eventId) || this.#older.has(eventId);
  }

  add(eventId: string): void {
    if (this.#younger.size >= this.#generationMax) {
      this.#older = this.#younger;
      this.#younger = new Set();
    }
    this.#younger.add(eventId);
  }
}
