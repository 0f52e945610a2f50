import { type PartitionState, PartitionProgress, partitionStarts, type Persist } from "@footfall/ingest";
import type { EventLog, LogBatch, PartitionOffset, TopicPartition } from "@footfall/log";
import type { IndexedEntry, LogIndex, StoreResult } from "@footfall/log-index";
import { readLogEntry } from "@footfall/service-logs";

export interface IndexEntriesOptions {
  readonly log: Pick<EventLog, "offsets" | "read">;
  readonly index: LogIndex;
  readonly persist: Persist;
  /** Entries that bring a commit forward. */
  readonly entriesMax: number;
  readonly onStored: (result: StoreResult) => void;
}

/** Opens the state of the partitions from what the index has stored. */
export async function openIndexEntries(
  options: IndexEntriesOptions,
  held: readonly TopicPartition[],
): Promise<PartitionState> {
  const starts = await partitionStarts(options.log, held, await options.index.progress());
  return new IndexEntries(options, new PartitionProgress(starts));
}

/** Brings topic `logs` into the index, which stores the offsets with the entries and knows repeats by itself. */
class IndexEntries implements PartitionState {
  readonly #options: IndexEntriesOptions;
  readonly #progress: PartitionProgress;
  #entries: IndexedEntry[] = [];

  constructor(options: IndexEntriesOptions, progress: PartitionProgress) {
    this.#options = options;
    this.#progress = progress;
  }

  get starts(): readonly PartitionOffset[] {
    return this.#progress.starts;
  }

  get isFull(): boolean {
    return this.#entries.length >= this.#options.entriesMax;
  }

  take(batch: LogBatch): void {
    this.#progress.advance(batch);
    for (const { value, offset } of batch.records) {
      const read = value === null ? undefined : readLogEntry(value.toString("utf8"));
      // What is no entry is a dead letter of table `logs`; it need not be one twice.
      if (read?.ok) this.#entries.push({ partition: batch.partition, offset, entry: read.entry });
    }
  }

  async commit(): Promise<void> {
    const { index, persist, onStored } = this.#options;
    const progress = this.#progress.change();
    if (progress.size === 0) return;
    const expected = this.#progress.expected();
    onStored(await persist("log index", () => index.store(this.#entries, progress, expected)));
    this.#entries = [];
    await this.#progress.stored(progress);
  }

  verify(): Promise<void> {
    return this.#progress.verify(this.#options.log);
  }
}
