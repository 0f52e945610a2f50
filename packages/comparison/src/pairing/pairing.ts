import type { Side } from "../fields/field-tree.ts";
import { type AlignedRecord, alignRecords, compareByTime } from "./align-records.ts";
import type { RecordIdentity } from "./identify-record.ts";
import type { KeySample } from "./key-sample.ts";

export interface HeldRecord extends RecordIdentity, AlignedRecord {
  /** Where it was read: topic, partition and offset, or file and line. */
  readonly place: string;
  /** Outside the range asked for; only a partner for one inside. */
  readonly isEdge: boolean;
  /** How often the side had it. */
  copies: number;
}

export interface PairingOptions {
  /** Event times of a pair lie so close. */
  readonly windowMs: number;
  /** How much further apart a pair is looked for; what is found there is late. */
  readonly lateMs: number;
  readonly heldBytesMax: number;
  readonly sample: KeySample;
  /** Only the newest version of a key is compared. */
  readonly isVersioned: boolean;
}

/** Told of every record once, when nothing that may still come can change what becomes of it. */
export interface PairingOutcomes {
  pair(left: HeldRecord, right: HeldRecord): void;
  alone(side: Side, record: HeldRecord): void;
  superseded(side: Side, record: HeldRecord): void;
  /** It came when its time was decided already. */
  tooLate(side: Side, record: HeldRecord): void;
}

interface Group {
  readonly id: string;
  readonly key: string;
  left: HeldRecord[];
  right: HeldRecord[];
}

/** Bytes of a held record beside its text, measured roughly; a character counts two. */
const recordOverheadBytes = 400;

/**
 * Pairs records of two sides by key and event type as event time goes on. It holds what lies less than window + late
 * (twice that for versions) behind the watermark, and at most `heldBytesMax` of it: past that it judges half of the
 * keys only, on both sides alike, so that no record loses its partner.
 */
export class Pairing {
  readonly #options: PairingOptions;
  readonly #outcomes: PairingOutcomes;
  readonly #groups = new Map<string, Group>();
  /** What is held, by its text: most records have a partner that was written alike. */
  readonly #byText = new Map<string, HeldRecord>();
  readonly #buckets = new Map<number, Set<Group>>();
  readonly #bucketMs: number;
  readonly #reachMs: number;
  #closedBeforeMs = -Infinity;
  #heldBytes = 0;
  heldBytesPeak = 0;
  unsampledRecords = 0;

  constructor(options: PairingOptions, outcomes: PairingOutcomes) {
    this.#options = options;
    this.#outcomes = outcomes;
    this.#bucketMs = Math.max(1, Math.ceil(options.windowMs / 4));
    this.#reachMs = options.windowMs + options.lateMs;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** A held record of the same text, of either side: what it says of itself need not be read again. */
  withText(text: string): HeldRecord | undefined {
    return this.#byText.get(text);
  }

  add(side: Side, record: HeldRecord): void {
    if (!this.#options.sample.has(record.key)) {
      this.unsampledRecords += 1;
      return;
    }
    if (record.timeMs < this.#closedBeforeMs) return this.#outcomes.tooLate(side, record);
    const id = JSON.stringify([record.eventType, record.key]);
    let group = this.#groups.get(id);
    if (!group) this.#groups.set(id, (group = { id, key: record.key, left: [], right: [] }));
    this.#bucketOf(record.timeMs).add(group);
    this.#hold(group[side], record);
    if (this.#heldBytes > this.#options.heldBytesMax) this.#shed();
    this.heldBytesPeak = Math.max(this.heldBytesPeak, this.#heldBytes);
  }

  /** Decides what the watermark allows. */
  advance(watermarkMs: number): void {
    const spanMs = this.#options.isVersioned ? 2 * this.#reachMs : this.#reachMs;
    const bucket = Math.floor((watermarkMs - spanMs) / this.#bucketMs);
    this.#decideBefore(bucket === Infinity ? Infinity : bucket * this.#bucketMs);
  }

  /** Decides all that is held, as if nothing more can come. */
  end(): void {
    this.#decideBefore(Infinity);
  }

  #decideBefore(cutoffMs: number): void {
    if (!(cutoffMs > this.#closedBeforeMs)) return;
    this.#closedBeforeMs = cutoffMs;
    const due = [...this.#buckets.keys()].filter((bucket) => bucket * this.#bucketMs < cutoffMs).sort((a, b) => a - b);
    for (const bucket of due) {
      const groups = this.#buckets.get(bucket)!;
      this.#buckets.delete(bucket);
      for (const group of groups) this.#decide(group, cutoffMs);
    }
  }

  #decide(group: Group, cutoffMs: number): void {
    if (group.left.length + group.right.length === 0) return;
    group.left.sort(compareByTime);
    group.right.sort(compareByTime);
    const kept: Record<Side, HeldRecord[]> = { left: [], right: [] };
    if (this.#options.isVersioned) this.#decideVersions(group, cutoffMs, kept);
    else {
      for (const { left, right } of alignRecords(group.left, group.right, this.#reachMs)) {
        if (Math.min(left?.timeMs ?? Infinity, right?.timeMs ?? Infinity) >= cutoffMs) {
          if (left) kept.left.push(left);
          if (right) kept.right.push(right);
        } else this.#tell(left, right);
      }
    }
    for (const side of ["left", "right"] as const) {
      for (const record of group[side]) this.#release(record);
      for (const record of kept[side]) this.#keep(record);
      group[side] = kept[side];
    }
    if (kept.left.length + kept.right.length === 0) this.#groups.delete(group.id);
  }

  #tell(left: HeldRecord | undefined, right: HeldRecord | undefined): void {
    if (left && right) this.#outcomes.pair(left, right);
    else if (left) this.#outcomes.alone("left", left);
    else if (right) this.#outcomes.alone("right", right);
  }

  /** Records within reach of the oldest are versions of one state; the newest of each side meet. */
  #decideVersions({ left, right }: Group, cutoffMs: number, kept: Record<Side, HeldRecord[]>): void {
    const rest = { left: [...left], right: [...right] };
    for (;;) {
      const startMs = Math.min(rest.left[0]?.timeMs ?? Infinity, rest.right[0]?.timeMs ?? Infinity);
      if (startMs >= cutoffMs || startMs === Infinity) break;
      const newest = (side: Side) => {
        const after = rest[side].findIndex(({ timeMs }) => timeMs > startMs + this.#reachMs);
        const versions = rest[side].splice(0, after === -1 ? Infinity : after);
        const best = versions.reduce<HeldRecord | undefined>(newerOf, undefined);
        for (const record of versions) if (record !== best) this.#outcomes.superseded(side, record);
        return best;
      };
      this.#tell(newest("left"), newest("right"));
    }
    kept.left.push(...rest.left);
    kept.right.push(...rest.right);
  }

  /** Halves the keys that are judged until what is held fits. */
  #shed(): void {
    const { sample, heldBytesMax } = this.#options;
    while (this.#heldBytes > heldBytesMax) {
      sample.halve();
      for (const [id, group] of this.#groups) {
        if (sample.has(group.key)) continue;
        this.#groups.delete(id);
        for (const side of ["left", "right"] as const) {
          for (const record of group[side].splice(0)) {
            this.#release(record);
            this.unsampledRecords += record.copies;
          }
        }
      }
    }
  }

  /**
   * Holds a record, or counts it where the side has it already: one of its event id, else of its text. Of two texts of
   * one event the newer stays, whichever came first.
   */
  #hold(held: HeldRecord[], record: HeldRecord): void {
    const { eventId, text } = record;
    const index = held.findIndex((other) => (eventId === undefined ? other.text === text : other.eventId === eventId));
    const repeated = held[index];
    if (!repeated) {
      held.push(record);
      return this.#keep(record);
    }
    const newest = newerOf(repeated, record);
    newest.copies = repeated.copies + record.copies;
    held[index] = newest;
    this.#release(repeated);
    this.#keep(newest);
  }

  #keep(record: HeldRecord): void {
    this.#heldBytes += bytesOf(record);
    this.#byText.set(record.text, record);
  }

  #release(record: HeldRecord): void {
    this.#heldBytes -= bytesOf(record);
    this.#byText.delete(record.text);
  }

  #bucketOf(timeMs: number): Set<Group> {
    const bucket = Math.floor(timeMs / this.#bucketMs);
    let groups = this.#buckets.get(bucket);
    if (!groups) this.#buckets.set(bucket, (groups = new Set()));
    return groups;
  }
}

function newerOf(best: HeldRecord | undefined, record: HeldRecord): HeldRecord {
  if (!best) return record;
  const difference = (record.version ?? 0) - (best.version ?? 0);
  return difference > 0 || (difference === 0 && compareByTime(record, best) > 0) ? record : best;
}

function bytesOf({ text }: HeldRecord): number {
  return text.length * 2 + recordOverheadBytes;
}
