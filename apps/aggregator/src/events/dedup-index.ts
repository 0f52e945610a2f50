import { hashUuidWords, readUuidWords } from "@footfall/base";

const hourMs = 3_600_000;
/** Four words of id, one of tenant and one of hour. */
const slotWords = 6;
const tenantWord = 4;
const hourWord = 5;
const loadMax = 0.6;

/**
 * An exact set of events by tenant and id (128 bits, in a typed array with open addressing). It knows every event of
 * the lake whose time is at or after `horizonMs`; older ones must be looked up in the lake. 24 bytes a slot.
 */
export class DedupIndex {
  readonly #idsMax: number;
  #slots: Int32Array;
  #mask: number;
  #size = 0;
  #horizonMs = Number.NEGATIVE_INFINITY;
  /** Words of the event that is looked for, as they stand in a slot. */
  readonly #event = new Int32Array(slotWords);
  /** Tenants by number, from 0: a set of its own for each would have to share one bound. */
  readonly #tenants = new Map([["", 0]]);
  #lastTenant = "";
  #lastTenantNumber = 0;

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

  has(tenant: string, eventId: string): boolean {
    this.#read(tenant, eventId);
    return this.#slots[this.#slotOf(this.#event, 0) + hourWord] !== 0;
  }

  /** Adds an event; false where it was known. */
  add(tenant: string, eventId: string, occurredAtMs: number): boolean {
    this.#read(tenant, eventId);
    let slot = this.#slotOf(this.#event, 0);
    if (this.#slots[slot + hourWord] !== 0) return false;
    if (this.#size >= (this.#mask + 1) * loadMax) {
      this.#rebuild((this.#mask + 1) * 2, Number.NEGATIVE_INFINITY);
      slot = this.#slotOf(this.#event, 0);
    }
    const slots = this.#slots;
    for (let word = 0; word < hourWord; word += 1) slots[slot + word] = this.#event[word]!;
    slots[slot + hourWord] = Math.floor(occurredAtMs / hourMs) + 1;
    this.#size += 1;
    return true;
  }

  #read(tenant: string, eventId: string): void {
    readUuidWords(eventId, this.#event);
    if (tenant !== this.#lastTenant) {
      this.#lastTenant = tenant;
      this.#lastTenantNumber = this.#numberOf(tenant);
    }
    this.#event[tenantWord] = this.#lastTenantNumber;
  }

  #numberOf(tenant: string): number {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    this.#tenants.set(tenant, this.#tenants.size);
    return this.#tenants.size - 1;
  }

  /** Index of the slot that holds the event, or of the free slot where it belongs. */
  #slotOf(words: Int32Array, at: number): number {
    const [a, b, c, d] = [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
    const tenant = words[at + tenantWord]!;
    const slots = this.#slots;
    // Copies of one file in many shops lie apart.
    const hash = hashUuidWords(words, at) + Math.imul(tenant, 0x9e37_79b1);
    for (let index = hash & this.#mask; ; index = (index + 1) & this.#mask) {
      const slot = index * slotWords;
      if (slots[slot + hourWord] === 0) return slot;
      const isId = slots[slot] === a && slots[slot + 1] === b && slots[slot + 2] === c && slots[slot + 3] === d;
      if (isId && slots[slot + tenantWord] === tenant) return slot;
    }
  }

  /**
   * Where there are more than `idsMax`, drops the oldest hours until a quarter is free and raises the horizon. To be
   * called when all known ids are in the lake, since that is where dropped ones are looked up.
   */
  trim(): void {
    if (this.#size <= this.#idsMax) return;
    const perHour = new Map<number, number>();
    for (let slot = hourWord; slot < this.#slots.length; slot += slotWords) {
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
      const hour = old[from + hourWord]!;
      if (hour === 0 || hour < firstHour) continue;
      const to = this.#slotOf(old, from);
      for (let word = 0; word < slotWords; word += 1) this.#slots[to + word] = old[from + word]!;
      this.#size += 1;
    }
  }
}
