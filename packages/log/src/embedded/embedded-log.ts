import { AppError, type Clock, type Random, systemClock } from "@footfall/base";
import type {
  AppendRecord,
  EventLog,
  LogBatch,
  LogGap,
  OffsetRange,
  PartitionOffsets,
  RecordPlace,
  SubscribeOptions,
  Subscription,
  TopicEvent,
  TopicSpec,
} from "../event-log.ts";
import { type AppendLimits, AppendQueue } from "./append-queue.ts";
import { GroupMember, moveGroup, readGroupOffsets } from "./consumer-group.ts";
import { LogSubscription } from "./log-subscription.ts";
import { type LogStore, openLogStore } from "./log-store.ts";
import { findBatch, PartitionCursor } from "./partition-cursor.ts";
import { applyTopicRetention, deletePartitionBefore } from "./retention.ts";
import { appendedAtOfBatch, countOfBatch } from "./stored-batch.ts";
import { type Topic, TopicCatalog } from "./topic-catalog.ts";
import { TopicReader } from "./topic-reader.ts";

const readRecordsMax = 1000;
const batchRecordsDefault = 1000;
const groupNameForm = /^[^\0]{1,249}$/;

export interface EmbeddedLogOptions {
  /** The folder of the log; created if absent. Several processes may open it. */
  readonly folder: string;
  /** Stamps append times and leases. Default: the wall clock. Processes sharing a group must agree on it. */
  readonly clock?: Clock;
  /** Most bytes of one record. Default 1 MiB. */
  readonly recordBytesMax?: number;
  /** Most bytes waiting to be stored. Default 64 MiB. */
  readonly pendingBytesMax?: number;
  /** Most records waiting to be stored. Default 200,000. */
  readonly pendingRecordsMax?: number;
  /** After this long without a sign of life a member loses its partitions. Default 10 s. */
  readonly sessionTimeoutMs?: number;
  /** How often appends of other processes are looked for. Default 20 ms. */
  readonly pollIntervalMs?: number;
  /** Spreads the tries after a failure. Default `Math.random`. */
  readonly random?: Random;
  /** Told when a subscription had to skip records that retention deleted before it read them. */
  readonly onGap?: (gap: LogGap) => void;
  readonly observer?: (event: TopicEvent) => void;
}

/** What the embedded log can do beyond the port, for whoever uses it as a queue on disk. */
export interface EmbeddedLog extends EventLog {
  /** Deletes the records of a partition before `offset`, which becomes its first kept one. @throws as `append` */
  deleteBefore(topic: string, partition: number, offset: bigint): Promise<void>;

  /** Bytes of the topic's records as they are stored, without the file's own pages. */
  storedBytes(topic: string): number;

  /**
   * Writes all that is stored at this moment into another folder, which must be there and empty, while everybody goes
   * on. The copy opens as a log; it is not synced to the disk. @throws AppError LOG_UNAVAILABLE
   */
  copyTo(folder: string): Promise<void>;
}

/**
 * Opens the log in a folder, with nothing needed but Node.
 * @throws AppError LOG_CORRUPT (damaged or truncated file), LOG_UNAVAILABLE (no permission, disk full)
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
  return new EmbeddedEventLog(await openLogStore(options.folder, isWhole), options);
}

/** Walks over every record there should be. */
function isWhole(store: LogStore): boolean {
  const catalog = new TopicCatalog(store);
  for (const topic of catalog.all()) {
    const heads = catalog.heads(topic);
    for (let partition = 0; partition < topic.partitions; partition++) {
      const cursor = new PartitionCursor(store, topic, partition, heads.startOffset(partition));
      while (cursor.nextOffset < heads.nextOffset(partition)) cursor.take(heads.nextOffset(partition), readRecordsMax);
    }
  }
  return true;
}

class EmbeddedEventLog implements EmbeddedLog {
  readonly #store: LogStore;
  readonly #options: EmbeddedLogOptions;
  readonly #clock: Clock;
  readonly #catalog: TopicCatalog;
  readonly #queue: AppendQueue;
  readonly #subscriptions = new Set<LogSubscription>();
  readonly #sessionTimeoutMs: number;
  readonly #endCommitNotices: () => void;
  #poll: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(store: LogStore, options: EmbeddedLogOptions) {
    const limits: AppendLimits = {
      recordBytesMax: options.recordBytesMax ?? 1024 * 1024,
      pendingBytesMax: options.pendingBytesMax ?? 64 * 1024 * 1024,
      pendingRecordsMax: options.pendingRecordsMax ?? 200_000,
    };
    this.#store = store;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#catalog = new TopicCatalog(store);
    this.#queue = new AppendQueue(store, this.#catalog, this.#clock, limits);
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? 10_000;
    this.#endCommitNotices = store.onCommit(() => this.#lookEverywhere());
  }

  async createTopic(spec: TopicSpec): Promise<void> {
    this.#assertOpen();
    for (const event of await this.#catalog.create(spec)) this.#options.observer?.(event);
  }

  /** Not `async`: one promise less for each event of the collector. */
  append(topicName: string, records: readonly AppendRecord[]): Promise<readonly RecordPlace[]> {
    try {
      return this.#queue.append(this.#topic(topicName), records);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const { group, from } = options;
    if (group !== undefined) assertGroupName(group);
    const readers = [...new Set(options.topics)].map((name) => {
      const topic = this.#topic(name);
      return new TopicReader({
        store: this.#store,
        catalog: this.#catalog,
        topic,
        from,
        group,
        member: group === undefined ? undefined : this.#memberOf(topic, group),
        batchRecordsMax: options.batchRecordsMax ?? batchRecordsDefault,
        onGap: this.#options.onGap,
      });
    });
    const subscription = new LogSubscription({
      options,
      readers,
      heartbeatMs: this.#sessionTimeoutMs / 4,
      random: this.#options.random ?? Math.random,
    });
    this.#subscriptions.add(subscription);
    this.#poll ??= setInterval(() => {
      this.#store.refresh();
      this.#lookEverywhere();
    }, this.#options.pollIntervalMs ?? 20);
    const forget = (): void => this.#forget(subscription);
    subscription.done.then(forget, forget);
    await subscription.start();
    return subscription;
  }

  #memberOf(topic: Topic, group: string): GroupMember {
    return new GroupMember(this.#store, topic, group, this.#clock, this.#sessionTimeoutMs);
  }

  async *read(range: OffsetRange): AsyncGenerator<LogBatch> {
    const topic = this.#topic(range.topic);
    const { partition } = range;
    this.#store.refresh();
    const heads = this.#catalog.heads(topic);
    if (!Number.isInteger(partition) || partition < 0 || partition >= topic.partitions) {
      throw outOfRange(range, `${topic.name} has ${topic.partitions} partitions`);
    }
    const present = heads.nextOffset(partition);
    const endOffset = range.endOffset === undefined ? present : Math.min(present, Number(range.endOffset));
    const cursor = new PartitionCursor(this.#store, topic, partition, Number(range.startOffset));
    if (cursor.nextOffset > present) throw outOfRange(range, `the partition ends at ${present}`);
    do {
      this.#assertOpen();
      const startOffset = BigInt(cursor.nextOffset);
      const nowHeads = this.#catalog.heads(topic);
      const keptFrom = nowHeads.startOffset(partition);
      if (cursor.nextOffset < keptFrom) throw outOfRange(range, `the partition is kept from ${keptFrom} on`);
      const records = cursor.take(endOffset, readRecordsMax);
      if (records.length === 0) return;
      yield {
        topic: topic.name,
        partition,
        startOffset,
        records,
        nextOffset: BigInt(cursor.nextOffset),
        logEndOffset: BigInt(nowHeads.nextOffset(partition)),
        ack: () => Promise.resolve(),
      };
    } while (cursor.nextOffset < endOffset);
  }

  async offsets(topicName: string): Promise<readonly PartitionOffsets[]> {
    const topic = this.#topic(topicName);
    this.#store.refresh();
    const heads = this.#catalog.heads(topic);
    return partitionsOf(topic, (partition) => ({
      startOffset: BigInt(heads.startOffset(partition)),
      endOffset: BigInt(heads.nextOffset(partition)),
    }));
  }

  async offsetsAt(topicName: string, timeMs: number): Promise<readonly bigint[]> {
    const topic = this.#topic(topicName);
    this.#store.refresh();
    const heads = this.#catalog.heads(topic);
    return partitionsOf(topic, (partition) => {
      const [start, end] = [heads.startOffset(partition), heads.nextOffset(partition)];
      return BigInt(this.#firstOffsetAt(topic, partition, timeMs, start, end));
    });
  }

  async groupOffsets(group: string, topicName: string): Promise<readonly (bigint | undefined)[]> {
    const topic = this.#topic(topicName);
    assertGroupName(group);
    this.#store.refresh();
    return readGroupOffsets(this.#store, topic, group).map((offset) => (offset < 0 ? undefined : BigInt(offset)));
  }

  async resetOffsets(group: string, topicName: string, offsets: ReadonlyMap<number, bigint>): Promise<void> {
    const topic = this.#topic(topicName);
    assertGroupName(group);
    this.#store.refresh();
    const heads = this.#catalog.heads(topic);
    const moved = new Map<number, number>();
    for (const [partition, offset] of offsets) {
      const isPartition = Number.isInteger(partition) && partition >= 0 && partition < topic.partitions;
      if (!isPartition || offset < heads.startOffset(partition) || offset > heads.nextOffset(partition)) {
        throw outOfRange({ topic: topicName, partition, startOffset: offset }, "the log does not hold it");
      }
      moved.set(partition, Number(offset));
    }
    await moveGroup(this.#store, topic, group, moved, this.#clock());
  }

  async topics(): Promise<readonly TopicSpec[]> {
    this.#assertOpen();
    this.#store.refresh();
    return this.#catalog.all().map(({ name, partitions, retentionMs, retentionBytesMax }) => ({
      name,
      partitions,
      ...(retentionMs === undefined ? {} : { retentionMs }),
      ...(retentionBytesMax === undefined ? {} : { retentionBytesMax }),
    }));
  }

  async applyRetention(nowMs: number): Promise<void> {
    this.#assertOpen();
    for (const topic of this.#catalog.all()) await applyTopicRetention(this.#store, this.#catalog, topic, nowMs);
  }

  async deleteBefore(topicName: string, partition: number, offset: bigint): Promise<void> {
    await deletePartitionBefore(this.#store, this.#catalog, this.#topic(topicName), partition, Number(offset));
  }

  storedBytes(topicName: string): number {
    const topic = this.#topic(topicName);
    this.#store.refresh();
    const heads = this.#catalog.heads(topic);
    return partitionsOf(topic, (partition) => heads.storedBytes(partition)).reduce((sum, bytes) => sum + bytes, 0);
  }

  async copyTo(folder: string): Promise<void> {
    this.#assertOpen();
    await this.#store.copyTo(folder);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    await this.#queue.drained();
    clearInterval(this.#poll);
    this.#endCommitNotices();
    await this.#store.release();
  }

  /** Bisects over offsets: within a partition append times never go back. */
  #firstOffsetAt(topic: Topic, partition: number, timeMs: number, startOffset: number, endOffset: number): number {
    let [low, high] = [startOffset, endOffset];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = findBatch(this.#store, topic, partition, middle);
      if (found === undefined) return low;
      if (appendedAtOfBatch(found.bytes) >= timeMs) high = Math.max(low, found.baseOffset);
      else low = found.baseOffset + countOfBatch(found.bytes);
    }
    return low;
  }

  #lookEverywhere(): void {
    for (const subscription of this.#subscriptions) subscription.look();
  }

  #forget(subscription: LogSubscription): void {
    this.#subscriptions.delete(subscription);
    if (this.#subscriptions.size > 0) return;
    clearInterval(this.#poll);
    this.#poll = undefined;
  }

  #topic(name: string): Topic {
    this.#assertOpen();
    return this.#catalog.get(name);
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new AppError("LOG_CLOSED", "The log was closed.");
  }
}

function partitionsOf<T>(topic: Topic, make: (partition: number) => T): T[] {
  return Array.from({ length: topic.partitions }, (_, partition) => make(partition));
}

function assertGroupName(group: string): void {
  if (groupNameForm.test(group)) return;
  throw new AppError("CONFIG_INVALID", "A group's name has 1 to 249 characters, none of them NUL.", {
    context: { group },
  });
}

function outOfRange({ topic, partition, startOffset }: OffsetRange, reason: string): AppError {
  const message = `${topic}/${partition} has no offset ${startOffset}: ${reason}.`;
  return new AppError("LOG_OFFSET_OUT_OF_RANGE", message, { context: { topic, partition, offset: startOffset } });
}
