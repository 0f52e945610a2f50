/**
 * The port of the event log. Two adapters implement it (`@footfall/log/embedded`, `@footfall/log/kafka`); both pass the
 * same contract suite (`@footfall/testkit`).
 *
 * A topic is a set of partitions; a partition is a sequence of records with offsets 0, 1, 2, … The partition of a
 * record is murmur2(key) mod partitions (Kafka's default partitioner), so both adapters place a key alike.
 */
export interface EventLog {
  /** Creates the topic unless it exists. An existing topic keeps its partitions. */
  createTopic(spec: TopicSpec): Promise<void>;

  /**
   * Appends all records. Resolves when they are durable (fsync, or acks=all).
   * Records of one call and one key keep their order; calls by one producer are applied in call order.
   * @returns the place of each record, in the order given
   * @throws AppError LOG_TOPIC_UNKNOWN, LOG_RECORD_TOO_LARGE, LOG_OVERLOADED (retriable: too much is waiting), with
   *   nothing appended; LOG_UNAVAILABLE (retriable: disk full or broker away). Where a broker did not answer, some of
   *   the records may be there after LOG_UNAVAILABLE, and records may be there twice after a success: an append is
   *   at least once there, and readers tell repeats by event id.
   */
  append(topic: string, records: readonly AppendRecord[]): Promise<readonly RecordPlace[]>;

  /**
   * Delivers batches to `options.onBatch`, one at a time for the whole subscription, in offset order in each partition.
   * With a `group`, the members of the group share the partitions and a lost member's partitions move on;
   * without one, the subscription follows every partition.
   */
  subscribe(options: SubscribeOptions): Promise<Subscription>;

  /** Reads a range of one partition, without a group. Ends at `range.endOffset` or at the end of the partition. */
  read(range: OffsetRange): AsyncIterable<LogBatch>;

  /** First kept and next free offset of each partition, by partition number. */
  offsets(topic: string): Promise<readonly PartitionOffsets[]>;

  /** For each partition, the first offset appended at or after the time; the next free offset if there is none. */
  offsetsAt(topic: string, timeMs: number): Promise<readonly bigint[]>;

  /** The offset a group would go on from, by partition; undefined where it never acknowledged any. */
  groupOffsets(group: string, topic: string): Promise<readonly (bigint | undefined)[]>;

  /** Moves a group to other offsets. The group must have no member. */
  rewind(group: string, topic: string, offsets: ReadonlyMap<number, bigint>): Promise<void>;

  topics(): Promise<readonly TopicSpec[]>;

  /** Deletes what is past a topic's retention, oldest first. Adapters whose broker does this by itself do nothing. */
  applyRetention(nowMs: number): Promise<void>;

  /** Waits for appends under way, ends subscriptions and releases files and sockets. */
  close(): Promise<void>;
}

export interface TopicSpec {
  readonly name: string;
  /** 1 to 1024. */
  readonly partitions: number;
  /** Age by append time past which records may be deleted; undefined keeps them. */
  readonly retentionMs?: number;
  /** Size of a topic's values past which the oldest may be deleted; undefined sets no bound. */
  readonly retentionBytesMax?: number;
}

export interface AppendRecord {
  /** Decides the partition; null spreads records over all. */
  readonly key: string | null;
  readonly value: Uint8Array;
}

export interface RecordPlace {
  readonly partition: number;
  readonly offset: bigint;
}

export interface LogRecord {
  readonly offset: bigint;
  readonly key: string | null;
  readonly value: Buffer;
  /** When the log took it, ms since the epoch. Not the event's own time. */
  readonly appendedAtMs: number;
}

export interface LogBatch {
  readonly topic: string;
  readonly partition: number;
  /** At least one record, in offset order. */
  readonly records: readonly LogRecord[];
  /** The next free offset of the partition when this batch was read: `endOffset - last - 1n` records are waiting. */
  readonly endOffset: bigint;
  /**
   * Records that everything up to the end of this batch has been dealt with. The acknowledgement travels with the
   * batch: whoever makes the batch durable calls it. Only a hint where progress is stored with the data (invariant I3).
   * Does nothing in a subscription without a group, and in `read`.
   */
  ack(): Promise<void>;
}

export interface OffsetRange {
  readonly topic: string;
  readonly partition: number;
  readonly startOffset: bigint;
  /** Exclusive; to the present end of the partition when absent. */
  readonly endOffset?: bigint;
}

export interface PartitionOffsets {
  readonly startOffset: bigint;
  readonly endOffset: bigint;
}

/** Records that were deleted before a subscription came to them. */
export interface LogGap {
  readonly topic: string;
  readonly partition: number;
  readonly startOffset: bigint;
  /** Exclusive. */
  readonly endOffset: bigint;
}

export type StartPosition = "earliest" | "latest";

export interface SubscribeOptions {
  readonly topic: string;
  readonly group?: string;
  /** Where a partition begins for which neither `startOffsets` nor the group names an offset. */
  readonly from: StartPosition;
  /** A rejected promise ends the subscription with that error (see `Subscription.done`). */
  readonly onBatch: (batch: LogBatch) => Promise<void>;
  /**
   * Called with the partitions this member was just given, before their first batch; the offsets it returns win over
   * the group's. This is how a consumer that keeps its offsets with its data goes on from there.
   */
  readonly startOffsets?: (partitions: readonly number[]) => Promise<ReadonlyMap<number, bigint>>;
  /** Called when partitions were taken away. Nothing of them is delivered after it, until they are given again. */
  readonly onRevoked?: (partitions: readonly number[]) => Promise<void>;
  /** Most records in one batch. Default 1000. */
  readonly batchRecordsMax?: number;
}

export interface Subscription {
  /** Partitions held now. */
  readonly partitions: readonly number[];
  /** Stops deliveries after the batch under way. */
  pause(): void;
  resume(): void;
  /** Ends the subscription after the batch under way and leaves the group. */
  stop(): Promise<void>;
  /** Settles when the subscription has ended: resolved by `stop`, rejected by a failing handler or a lost log. */
  readonly done: Promise<void>;
}
