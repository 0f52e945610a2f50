/**
 * Numbers 0, 1, 2, … for 64-bit keys in order of their first arrival: open addressing over typed arrays, grown at half
 * full. A key is two 32-bit words, so that millions of them cost no objects.
 */
export class KeyNumbers {
  count = 0;
  /** Words of the keys by number: 2 × number and 2 × number + 1. */
  #words = new Int32Array(2 * 1024);
  /** Slot → number + 1; 0 is free. */
  #slots = new Int32Array(2048);

  /** The key's number, or -1. */
  find(low: number, high: number): number {
    return this.#slots[this.#slotOf(low, high)]! - 1;
  }

  /** The key's number; a new key gets the next one. */
  numberOf(low: number, high: number): number {
    const slot = this.#slotOf(low, high);
    const known = this.#slots[slot]! - 1;
    if (known >= 0) return known;
    const number = this.count++;
    if (2 * number === this.#words.length) {
      const words = new Int32Array(4 * number);
      words.set(this.#words);
      this.#words = words;
    }
    this.#words[2 * number] = low;
    this.#words[2 * number + 1] = high;
    this.#slots[slot] = number + 1;
    if (2 * this.count > this.#slots.length) this.#grow();
    return number;
  }

  #slotOf(low: number, high: number): number {
    const slots = this.#slots;
    const words = this.#words;
    const mask = slots.length - 1;
    const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    for (;;) {
      const number = slots[slot]! - 1;
      if (number < 0 || (words[2 * number] === low && words[2 * number + 1] === high)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let number = 0; number < this.count; number++) {
      this.#slots[this.#slotOf(this.#words[2 * number]!, this.#words[2 * number + 1]!)] = number + 1;
    }
  }
}
