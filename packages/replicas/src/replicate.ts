import { readChange } from "@footfall/changes";
import {
  appendDeadLetters,
  type DeadLetter,
  type PartitionState,
  PartitionProgress,
  partitionStarts,
  type Persist,
} from "@footfall/ingest";
import type { EventLog, LogBatch, LogRecord, PartitionOffset, TopicPartition } from "@footfall/log";
import { LatestPositions } from "./latest-positions.ts";
import { type PlacedChange, RefusedChangeError, type Replica } from "./replica.ts";

/** What became of the records of a commit. */
export interface ReplicatedCounts {
  readonly changes: number;
  /** Told again by a capture that started again. */
  readonly repeats: number;
  readonly deadLetters: number;
  /** Records that wait in the log, by partition held. */
  readonly lags: ReadonlyMap<number, number>;
  /** When the source made the latest change; undefined where there is none. */
  readonly changedAtMs: number | undefined;
}

export interface ReplicateOptions {
  readonly log: Pick<EventLog, "offsets" | "read" | "append" | "createTopic">;
  readonly replica: Replica;
  readonly persist: Persist;
  /** Changes that bring a commit forward. */
  readonly changesMax: number;
  readonly onStored: (counts: ReplicatedCounts) => void;
}

/** Records that bring a commit forward, bytes: they are held in memory. */
const bytesMax = 32 * 1024 * 1024;

interface ReadRecord extends PlacedChange {
  readonly record: LogRecord;
}

/** Opens the state of the partitions from what the replica has stored. */
export async function openReplicate(
  options: ReplicateOptions,
  held: readonly TopicPartition[],
): Promise<PartitionState> {
  const stored = await options.replica.progress();
  const starts = await partitionStarts(options.log, held, stored);
  return new ReplicateState(options, new PartitionProgress(starts), new LatestPositions(held, stored));
}

/** Brings topics of changes into a replica. */
class ReplicateState implements PartitionState {
  readonly #options: ReplicateOptions;
  readonly #progress: PartitionProgress;
  readonly #positions: LatestPositions;
  #changes: ReadRecord[] = [];
  #deadLetters: DeadLetter[] = [];
  #repeats = 0;
  /** Of the records that wait. */
  #bytes = 0;
  readonly #lags = new Map<number, number>();

  constructor(options: ReplicateOptions, progress: PartitionProgress, positions: LatestPositions) {
    this.#options = options;
    this.#progress = progress;
    this.#positions = positions;
  }

  get starts(): readonly PartitionOffset[] {
    return this.#progress.starts;
  }

  get isFull(): boolean {
    const count = this.#changes.length + this.#deadLetters.length;
    return count >= this.#options.changesMax || this.#bytes >= bytesMax;
  }

  take(batch: LogBatch): void {
    this.#progress.advance(batch);
    const { topic, partition } = batch;
    this.#lags.set(partition, Number(batch.logEndOffset - batch.nextOffset));
    const place = { topic, partition };
    for (const record of batch.records) {
      this.#bytes += record.value?.length ?? 0;
      const read = readChange(record);
      if (read.is === "unreadable") this.#deadLetters.push({ record, place, reason: read.reason });
      if (read.is !== "change") continue;
      if (this.#positions.isNew(place, read.change.position)) {
        this.#changes.push({ change: read.change, place, record });
      } else this.#repeats += 1;
    }
  }

  async commit(): Promise<void> {
    const { persist, onStored } = this.#options;
    const offsets = this.#progress.change();
    if (offsets.size === 0) return;
    const progress = new Map([...offsets, ...this.#positions.change()]);
    await this.#sendAway(this.#deadLetters);
    for (;;) {
      const refused = await persist("replica", () => this.#store(progress));
      if (refused === undefined) break;
      // Before the offsets move past it: a crash in between sends it twice, never not at all.
      await this.#sendAway([refused]);
      this.#deadLetters.push(refused);
    }
    onStored({
      changes: this.#changes.length,
      repeats: this.#repeats,
      deadLetters: this.#deadLetters.length,
      lags: this.#lags,
      changedAtMs: this.#changes.at(-1)?.change.changedAtMs,
    });
    this.#changes = [];
    this.#deadLetters = [];
    this.#repeats = 0;
    this.#bytes = 0;
    await this.#progress.stored(offsets);
  }

  verify(): Promise<void> {
    return this.#progress.verify(this.#options.log);
  }

  /** @returns a change that the replica cannot hold; nothing is stored then, and the next try is without it */
  async #store(progress: ReadonlyMap<string, bigint>): Promise<DeadLetter | undefined> {
    try {
      await this.#options.replica.store(this.#changes, progress, this.#progress.expected());
      return undefined;
    } catch (error) {
      if (!(error instanceof RefusedChangeError)) throw error;
      const [refused] = this.#changes.splice(error.at, 1);
      return { record: refused!.record, place: refused!.place, reason: error.message };
    }
  }

  async #sendAway(letters: readonly DeadLetter[]): Promise<void> {
    const { persist, log } = this.#options;
    for (const topic of new Set(letters.map(({ place }) => place.topic))) {
      const ofTopic = letters.filter(({ place }) => place.topic === topic);
      await persist("dead letters", () => appendDeadLetters(log, topic, ofTopic));
    }
  }
}
