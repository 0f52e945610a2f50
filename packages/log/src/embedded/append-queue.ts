import { AppError, type Clock } from "@footfall/base";
import type { AppendRecord, RecordPlace } from "../event-log.ts";
import { partitionOfKeyBytes } from "../partitioner.ts";
import { FullDiskGuard, freeBytesOf } from "./full-disk-guard.ts";
import { KeyBytes } from "./key-bytes.ts";
import type { LogStore } from "./log-store.ts";
import { BatchBuilder, storedRecordBytes } from "./stored-batch.ts";
import { batchKey, headsKey } from "./store-keys.ts";
import type { Topic, TopicCatalog } from "./topic-catalog.ts";

/** Past this size a partition's records of one commit go into a further stored batch. */
const storedBatchBytesMax = 1024 * 1024;

export interface AppendLimits {
  /** Most bytes of one record's key and value. */
  readonly recordBytesMax: number;
  /** Most bytes that may wait for their commit. */
  readonly pendingBytesMax: number;
  /** Most records that may wait for their commit. */
  readonly pendingRecordsMax: number;
}

/** What one partition gets from one commit. */
interface PartitionShare {
  readonly partition: number;
  readonly builders: BatchBuilder[];
  records: number;
  baseOffset: number;
}

interface TopicShare {
  readonly topic: Topic;
  readonly partitions: Map<number, PartitionShare>;
}

interface PendingPlace {
  readonly share: PartitionShare;
  readonly index: number;
}

interface WaitingAppend {
  readonly places: readonly PendingPlace[];
  resolve(places: readonly RecordPlace[]): void;
  reject(error: unknown): void;
}

/** The appends that share one commit. */
class AppendGroup {
  readonly topics = new Map<number, TopicShare>();
  readonly waiting: WaitingAppend[] = [];
  records = 0;
  bytes = 0;
}

/**
 * Group commit: all appends that wait at one moment share one transaction and one flush, and while that is under way
 * the next group gathers. Records are encoded as they come, so the transaction only adds offsets and copies.
 */
export class AppendQueue {
  readonly #store: LogStore;
  readonly #catalog: TopicCatalog;
  readonly #clock: Clock;
  readonly #limits: AppendLimits;
  readonly #key = new KeyBytes();
  readonly #disk: FullDiskGuard;
  #spareBuilders: BatchBuilder[] = [];
  #gathering = new AppendGroup();
  #committing: Promise<void> | undefined;
  #pendingRecords = 0;
  #pendingBytes = 0;
  #nextPartitionOfNullKey = 0;

  constructor(store: LogStore, catalog: TopicCatalog, clock: Clock, limits: AppendLimits) {
    this.#store = store;
    this.#catalog = catalog;
    this.#clock = clock;
    this.#limits = limits;
    this.#disk = new FullDiskGuard(() => freeBytesOf(store.folder));
  }

  append(topic: Topic, records: readonly AppendRecord[]): Promise<readonly RecordPlace[]> {
    if (records.length === 0) return Promise.resolve([]);
    const bytes = this.#measure(topic, records);
    const isOverRecords = this.#pendingRecords + records.length > this.#limits.pendingRecordsMax;
    if (isOverRecords || this.#pendingBytes + bytes > this.#limits.pendingBytesMax) {
      throw new AppError("LOG_OVERLOADED", "Too many records wait to be stored; try again in a moment.", {
        retriable: true,
        context: { pendingRecords: this.#pendingRecords, pendingBytes: this.#pendingBytes },
      });
    }
    this.#pendingRecords += records.length;
    this.#pendingBytes += bytes;
    const group = this.#gathering;
    group.records += records.length;
    group.bytes += bytes;
    const places = this.#encode(topic, records, group);
    const result = new Promise<readonly RecordPlace[]>((resolve, reject) => {
      group.waiting.push({ places, resolve, reject });
    });
    this.#committing ??= this.#commitGroups();
    return result;
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    await this.#committing;
  }

  /** Nothing is taken before all records are known to fit: an append is kept as a whole or not at all. */
  #measure(topic: Topic, records: readonly AppendRecord[]): number {
    let bytes = 0;
    for (const record of records) {
      const recordBytes = storedRecordBytes(record.key?.length ?? 0, record);
      if (recordBytes > this.#limits.recordBytesMax) {
        const { recordBytesMax } = this.#limits;
        throw new AppError(
          "LOG_RECORD_TOO_LARGE",
          `A record has ${recordBytes} bytes; at most ${recordBytesMax} fit.`,
          {
            context: { topic: topic.name, recordBytes, recordBytesMax },
          },
        );
      }
      bytes += recordBytes;
    }
    return bytes;
  }

  #encode(topic: Topic, records: readonly AppendRecord[], group: AppendGroup): PendingPlace[] {
    let share = group.topics.get(topic.id);
    if (share === undefined) {
      share = { topic, partitions: new Map() };
      group.topics.set(topic.id, share);
    }
    const places: PendingPlace[] = [];
    for (const record of records) {
      const { key, value } = record;
      const keyLength = key === null ? -1 : this.#key.encode(key);
      const partition =
        keyLength < 0
          ? this.#nextPartitionOfNullKey++ % topic.partitions
          : partitionOfKeyBytes(this.#key.bytes, keyLength, topic.partitions);
      let part = share.partitions.get(partition);
      if (part === undefined) {
        part = { partition, builders: [this.#builder()], records: 0, baseOffset: 0 };
        share.partitions.set(partition, part);
      }
      let builder = part.builders[part.builders.length - 1]!;
      if (builder.count > 0 && builder.length + (value?.length ?? 0) > storedBatchBytesMax) {
        builder = this.#builder();
        part.builders.push(builder);
      }
      builder.add(this.#key.bytes, keyLength, record);
      places.push({ share: part, index: part.records++ });
    }
    return places;
  }

  #builder(): BatchBuilder {
    return this.#spareBuilders.pop() ?? new BatchBuilder();
  }

  async #commitGroups(): Promise<void> {
    while (this.#gathering.waiting.length > 0) await this.#commitOneGroup();
    this.#committing = undefined;
  }

  async #commitOneGroup(): Promise<void> {
    // The group is taken as late as can be: whatever came while another writer held the lock goes with it.
    let group: AppendGroup | undefined;
    let failure: unknown;
    try {
      this.#disk.assertProspect();
      await this.#commit(() => {
        group = this.#takeGroup();
        for (const share of group.topics.values()) this.#write(share);
      });
    } catch (error) {
      failure = error;
    }
    group ??= this.#takeGroup();
    this.#pendingRecords -= group.records;
    this.#pendingBytes -= group.bytes;
    for (const { partitions } of group.topics.values()) {
      for (const { builders } of partitions.values()) this.#keepSpare(builders);
    }
    for (const { places, resolve, reject } of group.waiting) {
      if (failure === undefined) resolve(places.map(placeOf));
      else reject(failure);
    }
  }

  async #commit(work: () => void): Promise<void> {
    try {
      await this.#store.transact(work);
    } catch (error) {
      this.#disk.noteFailure(error);
      throw error;
    }
  }

  #takeGroup(): AppendGroup {
    const group = this.#gathering;
    this.#gathering = new AppendGroup();
    return group;
  }

  #write({ topic, partitions }: TopicShare): void {
    const heads = this.#catalog.heads(topic);
    const nowMs = this.#clock();
    for (const part of partitions.values()) {
      const { partition } = part;
      part.baseOffset = heads.nextOffset(partition);
      // Append times never go back within a partition, whatever the clock does: offsets are looked up by them.
      const appendedAtMs = Math.max(nowMs, heads.lastAppendedAtMs(partition));
      for (const builder of part.builders) {
        const bytes = builder.finish(appendedAtMs);
        this.#store.put(batchKey(topic.id, partition, heads.nextOffset(partition)), bytes);
        heads.grow(partition, builder.count, bytes.length, appendedAtMs);
      }
    }
    this.#store.put(headsKey(topic.id), heads.bytes);
  }

  #keepSpare(builders: readonly BatchBuilder[]): void {
    for (const builder of builders) {
      const isWorthKeeping = builder.length <= storedBatchBytesMax && this.#spareBuilders.length < 64;
      builder.clear();
      if (isWorthKeeping) this.#spareBuilders.push(builder);
    }
  }
}

function placeOf({ share, index }: PendingPlace): RecordPlace {
  return { partition: share.partition, offset: BigInt(share.baseOffset + index) };
}
