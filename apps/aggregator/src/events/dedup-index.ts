import { hashUuidWords, readUuidWords } from "@footfall/base";

const hourMs = 3_600_000;
/** Four words of id and one of hour. */
const slotWords = 5;
const loadMax = 0.6;

/**
 * An exact set of event ids (128 bits each, in a typed array with open addressing). It knows every event of the lake
 * whose time is at or after `horizonMs`; older ones must be looked up in the lake. 20 bytes a slot.
 */
export class DedupIndex {
  readonly #idsMax: number;
  #slots: Int32Array;
  #mask: number;
  #size = 0;
  #horizonMs = Number.NEGATIVE_INFINITY;
  readonly #id = new Int32Array(4);

  /** @param idsMax  most ids that `trim` leaves */
  constructor(idsMax: number) {
    this.#idsMax = idsMax;
    this.#mask = 1023;
    this.#slots = new Int32Array((this.#mask + 1) * slotWords);
  }

  get size(): number {
    return this.#size;
  }

  get horizonMs(): number {
    return this.#horizonMs;
  }

  /** Says that events before the time are not (all) known. */
  raiseHorizon(timeMs: number): void {
    this.#horizonMs = Math.max(this.#horizonMs, timeMs);
  }

  has(eventId: string): boolean {
    readUuidWords(eventId, this.#id);
    return this.#slots[this.#slotOf(this.#id, 0) + 4] !== 0;
  }

  /** Adds an id; false where it was known. */
  add(eventId: string, occurredAtMs: number): boolean {
    readUuidWords(eventId, this.#id);
    let slot = this.#slotOf(this.#id, 0);
    if (this.#slots[slot + 4] !== 0) return false;
    if (this.#size >= (this.#mask + 1) * loadMax) {
      this.#rebuild((this.#mask + 1) * 2, Number.NEGATIVE_INFINITY);
      slot = this.#slotOf(this.#id, 0);
    }
    const slots = this.#slots;
    for (let word = 0; word < 4; word += 1) slots[slot + word] = this.#id[word]!;
    slots[slot + 4] = Math.floor(occurredAtMs / hourMs) + 1;
    this.#size += 1;
    return true;
  }

  /** Index of the slot that holds the id, or of the free slot where it belongs. */
  #slotOf(words: Int32Array, at: number): number {
    const [a, b, c, d] = [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
    const slots = this.#slots;
    for (let index = hashUuidWords(words, at) & this.#mask; ; index = (index + 1) & this.#mask) {
      const slot = index * slotWords;
      if (slots[slot + 4] === 0) return slot;
      if (slots[slot] === a && slots[slot + 1] === b && slots[slot + 2] === c && slots[slot + 3] === d) return slot;
    }
  }

  /**
   * Where there are more than `idsMax`, drops the oldest hours until a quarter is free and raises the horizon. To be
   * called when all known ids are in the lake, since that is where dropped ones are looked up.
   */
  trim(): void {
    if (this.#size <= this.#idsMax) return;
    const perHour = new Map<number, number>();
    for (let slot = 4; slot < this.#slots.length; slot += slotWords) {
      const hour = this.#slots[slot]!;
      if (hour !== 0) perHour.set(hour, (perHour.get(hour) ?? 0) + 1);
    }
    let left = this.#size;
    let firstKept = Number.NEGATIVE_INFINITY;
    for (const [hour, count] of [...perHour].sort(([a], [b]) => a - b)) {
      if (left <= this.#idsMax * 0.75) break;
      left -= count;
      firstKept = hour + 1;
    }
    this.#rebuild(this.#mask + 1, firstKept);
    // The hour more is for copies of one event whose times were corrected differently.
    this.raiseHorizon(firstKept * hourMs);
  }

  #rebuild(capacity: number, firstHour: number): void {
    const old = this.#slots;
    this.#slots = new Int32Array(capacity * slotWords);
    this.#mask = capacity - 1;
    this.#size = 0;
    for (let from = 0; from < old.length; from += slotWords) {
      const hour = old[from + 4]!;
      if (hour === 0 || hour < firstHour) continue;
      const to = this.#slotOf(old, from);
      for (let word = 0; word < slotWords; word += 1) this.#slots[to + word] = old[from + word]!;
      this.#size += 1;
    }
  }
}
