import { setImmediate as yieldToOthers } from "node:timers/promises";
import { AppError, dateOf } from "@footfall/base";
import type { ExpectedProgress, IndexedEntry, IndexProgress, StoreResult } from "../log-index.ts";
import { type DayFolder } from "./day-folder.ts";
import type { ProgressStore } from "./progress-store.ts";

/** Entries of one transaction: more make larger pieces of the index at once, which cost less to merge. */
const transactionEntriesMax = 5_000;
const timeMaxMs = Date.UTC(10_000, 0);

/**
 * Stores batches one after the other. A batch goes to the segments of its days first, each of which knows the offsets
 * it holds, and to the progress last: whatever fails between, the same batch given again stores the rest and no more.
 */
export class EntryWriter {
  readonly #days: DayFolder;
  readonly #store: ProgressStore;
  readonly #beforeCommit: (file: string) => void;
  #last: Promise<unknown> = Promise.resolve();

  constructor(days: DayFolder, store: ProgressStore, beforeCommit: (file: string) => void) {
    this.#days = days;
    this.#store = store;
    this.#beforeCommit = beforeCommit;
  }

  store(entries: readonly IndexedEntry[], progress: IndexProgress, expected: ExpectedProgress): Promise<StoreResult> {
    return this.#inTurn(() => this.#storeNow(entries, progress, expected));
  }

  /** @returns the days whose segments were deleted */
  expireBefore(firstDay: string): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      if (firstDay > this.#store.firstDay()) this.#store.expireBefore(firstDay);
      const expired = this.#days.days().filter((day) => day < this.#store.firstDay());
      for (const day of expired) this.#days.delete(day);
      return expired;
    });
  }

  async drain(): Promise<void> {
    await this.#last;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #storeNow(
    entries: readonly IndexedEntry[],
    progress: IndexProgress,
    expected: ExpectedProgress,
  ): Promise<StoreResult> {
    const stored = this.#store.progress();
    for (const [name, value] of expected) assertExpected(name, stored.get(name), value);
    for (const entry of entries) assertPlaceable(entry);
    const marks = this.#store.marks();
    const firstDay = this.#store.firstDay();
    const given = inTopicOrder(entries);
    const kept = given.filter(({ entry }) => dateOf(entry.occurredAtMs) >= firstDay);
    const fresh = kept.filter((entry) => !marks.wasSent(entry));
    const result = { stored: await this.#storeByDay(fresh), expired: given.length - kept.length };
    this.#store.save(progress, marks, () => this.#beforeCommit("progress"));
    return { ...result, repeated: entries.length - result.stored - result.expired };
  }

  async #storeByDay(entries: readonly IndexedEntry[]): Promise<number> {
    let stored = 0;
    for (const [day, ofDay] of groupByDay(entries)) {
      for (let at = 0; at < ofDay.length; at += transactionEntriesMax) {
        const some = ofDay.slice(at, at + transactionEntriesMax);
        stored += await this.#days.write(day, (writer) => writer.append(some, () => this.#beforeCommit(day)));
        await yieldToOthers();
      }
    }
    return stored;
  }
}

function groupByDay(entries: readonly IndexedEntry[]): ReadonlyMap<string, IndexedEntry[]> {
  const groups = new Map<string, IndexedEntry[]>();
  for (const entry of entries) {
    const day = dateOf(entry.entry.occurredAtMs);
    const group = groups.get(day);
    if (group) group.push(entry);
    else groups.set(day, [entry]);
  }
  return groups;
}

/** Of each partition by offset, each offset once. */
function inTopicOrder(entries: readonly IndexedEntry[]): IndexedEntry[] {
  const sorted = entries.toSorted((a, b) => a.partition - b.partition || (a.offset < b.offset ? -1 : 1));
  return sorted.filter(({ partition, offset }, at) => {
    const last = sorted[at - 1];
    return last?.partition !== partition || last.offset !== offset;
  });
}

function assertExpected(name: string, stored: bigint | undefined, expected: bigint | undefined): void {
  if (stored === expected) return;
  throw new AppError(
    "INDEX_WRITER_FENCED",
    `The log index has ${name} at ${stored ?? "nothing"}, not at ${expected ?? "nothing"}: read on from its progress.`,
    { context: { name, stored, expected } },
  );
}

function assertPlaceable({ partition, offset, entry: { occurredAtMs } }: IndexedEntry): void {
  if (Number.isSafeInteger(occurredAtMs) && occurredAtMs >= 0 && occurredAtMs < timeMaxMs) return;
  throw new AppError("INDEX_ENTRY_INVALID", `An entry's time ${occurredAtMs} is not within the years 1970 to 9999.`, {
    context: { partition, offset, occurredAtMs },
  });
}
