import { AppError } from "@footfall/base";
import type { EntryPlace, IndexedEntry, LogSearch } from "../log-index.ts";

/** Entries are ordered by time, then partition, then offset; negative where `a` comes first. */
export function comparePlaces(a: EntryPlace, b: EntryPlace): number {
  return (
    a.occurredAtMs - b.occurredAtMs ||
    a.partition - b.partition ||
    (a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0)
  );
}

export function placeOf({ partition, offset, entry }: IndexedEntry): EntryPlace {
  return { partition, offset, occurredAtMs: entry.occurredAtMs };
}

/** Before every entry of its millisecond. */
export function startOf(occurredAtMs: number): EntryPlace {
  return { partition: -1, offset: -1n, occurredAtMs };
}

export function cursorOf({ occurredAtMs, partition, offset }: EntryPlace): string {
  return `${occurredAtMs}.${partition}.${offset}`;
}

function readCursor(cursor: string): EntryPlace {
  const [, timeMs, partition, offset] = /^(\d{1,15})\.(-?\d{1,10})\.(-?\d{1,20})$/.exec(cursor) ?? [];
  if (offset === undefined) throw new AppError("REQUEST_INVALID", `The cursor "${cursor}" is not one of a page.`);
  return { occurredAtMs: Number(timeMs), partition: Number(partition), offset: BigInt(offset) };
}

export const limitMax = 10_000;

/** The first entries of a search, as they turn up in any order. */
export class PageEntries {
  readonly isNewestFirst: boolean;
  readonly #limit: number;
  readonly #cursor: EntryPlace | undefined;
  #entries: IndexedEntry[] = [];
  /** Time of the last entry of a full page. */
  #lastMs: number | undefined;

  /** @throws `REQUEST_INVALID` */
  constructor({ limit, order = "newest", cursor }: LogSearch) {
    if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) {
      throw new AppError("REQUEST_INVALID", `A search finds 1 to ${limitMax} entries, not ${limit}.`);
    }
    this.#limit = limit;
    this.isNewestFirst = order === "newest";
    this.#cursor = cursor === undefined ? undefined : readCursor(cursor);
  }

  get isFull(): boolean {
    return this.#entries.length >= this.#limit;
  }

  /** Where the page begins: no entry beyond this time belongs to it. */
  get startMs(): number {
    return this.#cursor?.occurredAtMs ?? (this.isNewestFirst ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY);
  }

  /** Whether an entry of a time from `minMs` to `maxMs` may belong to the page. */
  mayTake(minMs: number, maxMs: number): boolean {
    const { startMs } = this;
    if (this.isNewestFirst) return minMs <= startMs && (this.#lastMs === undefined || maxMs >= this.#lastMs);
    return maxMs >= startMs && (this.#lastMs === undefined || minMs <= this.#lastMs);
  }

  add(entry: IndexedEntry): void {
    if (this.#cursor && this.#compare(placeOf(entry), this.#cursor) <= 0) return;
    this.#entries.push(entry);
    if (this.#entries.length >= this.#limit * 2) this.settle();
  }

  /** Sorts and cuts, so that `mayTake` knows the end of a full page. */
  settle(): void {
    this.#entries.sort((a, b) => this.#compare(placeOf(a), placeOf(b)));
    this.#entries.length = Math.min(this.#entries.length, this.#limit);
    if (this.isFull) this.#lastMs = this.#entries.at(-1)!.entry.occurredAtMs;
  }

  /** In order; with `unreadMs`, only those before everything that was not read. */
  entries(unreadMs?: number): readonly IndexedEntry[] {
    this.settle();
    if (unreadMs === undefined) return this.#entries;
    const isBefore = (timeMs: number): boolean => (this.isNewestFirst ? timeMs > unreadMs : timeMs < unreadMs);
    return this.#entries.filter(({ entry }) => isBefore(entry.occurredAtMs));
  }

  #compare(a: EntryPlace, b: EntryPlace): number {
    return this.isNewestFirst ? comparePlaces(b, a) : comparePlaces(a, b);
  }
}
