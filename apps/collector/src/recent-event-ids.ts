import { hashUuidWords, readUuidWords } from "@footfall/base";

/** Words of an id. All zeros marks a free slot: the nil UUID is never known. */
const idWords = 4;

/**
 * The event ids that were appended last, to tell a client that its repeat is one. Only a courtesy: the aggregator
 * decides what a duplicate is (invariant I2), so forgetting an id is harmless; calling a new one known would lose it,
 * so ids are compared in full. They lie in typed arrays (16 bytes, open addressing), because hashing strings costs
 * more than the rest of a look-up.
 *
 * Two generations instead of an order of use: when the younger is full it becomes the older, and the older is dropped.
 * At any time the last `idsMax / 2` ids are known.
 */
export class RecentEventIds {
  readonly #generationMax: number;
  readonly #mask: number;
  readonly #id = new Int32Array(idWords);
  #younger: Int32Array;
  #older: Int32Array;
  #youngerSize = 0;
  #olderSize = 0;

  constructor(idsMax: number) {
    this.#generationMax = Math.max(1, Math.floor(idsMax / 2));
    const capacity = 2 ** Math.ceil(Math.log2(this.#generationMax * 2));
    this.#mask = capacity - 1;
    this.#younger = new Int32Array(capacity * idWords);
    this.#older = new Int32Array(capacity * idWords);
  }

  get size(): number {
    return this.#youngerSize + this.#olderSize;
  }

  /** @param eventId  a canonical UUID */
  has(eventId: string): boolean {
    readUuidWords(eventId, this.#id);
    return this.#slotOf(this.#younger) < 0 || this.#slotOf(this.#older) < 0;
  }

  /** @param eventId  a canonical UUID */
  add(eventId: string): void {
    readUuidWords(eventId, this.#id);
    if (this.#youngerSize >= this.#generationMax) {
      const dropped = this.#older.fill(0);
      this.#older = this.#younger;
      this.#olderSize = this.#youngerSize;
      this.#younger = dropped;
      this.#youngerSize = 0;
    }
    const slot = this.#slotOf(this.#younger);
    if (slot < 0) return;
    this.#younger.set(this.#id, slot);
    this.#youngerSize += 1;
  }

  /** The free slot where the id belongs, or -1 where the generation holds it. */
  #slotOf(generation: Int32Array): number {
    const id = this.#id;
    for (let index = hashUuidWords(id, 0) & this.#mask; ; index = (index + 1) & this.#mask) {
      const slot = index * idWords;
      const first = generation[slot]!;
      const second = generation[slot + 1]!;
      const third = generation[slot + 2]!;
      const fourth = generation[slot + 3]!;
      if ((first | second | third | fourth) === 0) return slot;
      if (first === id[0] && second === id[1] && third === id[2] && fourth === id[3]) return -1;
    }
  }
}
