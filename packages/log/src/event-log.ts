import type { AppError } from "@footfall/base";

/**
 * The port of the event log. Two adapters implement it (`@footfall/log/embedded`, `@footfall/log/kafka`); both pass the
 * same contract suite (`@footfall/testkit`).
 *
 * A topic is a set of partitions; a partition is a sequence of records with offsets 0, 1, 2, … The partition of a
 * record is murmur2(key) mod partitions (Kafka's default partitioner), so both adapters place a key alike.
 */
export interface EventLog {
  /**
   * Creates the topic unless it exists. An existing topic keeps its partitions: fewer would lose records, and more
   * would part keys from their order; where fewer are asked for than it has, that is told as `partitions-kept`. Its
   * retention is changed to that of a spec which states one (absent members then stand for no bound), and
   * `topic-changed` is told; a spec that states none leaves it.
   */
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
   * @throws AppError LOG_TOPIC_UNKNOWN, LOG_UNAVAILABLE (retriable)
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

  /**
   * Moves a group to other offsets. The group must have no member.
   * @throws AppError LOG_GROUP_ACTIVE (retriable: it has members), LOG_OFFSET_OUT_OF_RANGE
   */
  resetOffsets(group: string, topic: string, offsets: ReadonlyMap<number, bigint>): Promise<void>;

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

export type TopicRetention = Pick<TopicSpec, "retentionMs" | "retentionBytesMax">;

/** What becomes of a topic that was there already when it was to be made. */
export type TopicEvent =
  | {
      readonly kind: "topic-changed";
      readonly topic: string;
      readonly before: TopicRetention;
      readonly after: TopicRetention;
    }
  /** Its retention should be another one, and could not be changed. */
  | { readonly kind: "topic-unchanged"; readonly topic: string; readonly error: AppError }
  /** Partitions are never taken away. */
  | { readonly kind: "partitions-kept"; readonly topic: string; readonly partitions: number; readonly asked: number };

/** Names are told apart by case; of a name given twice the last counts. */
export type RecordHeaders = ReadonlyMap<string, Uint8Array>;

export interface AppendRecord {
  /** Decides the partition; null spreads records over all. */
  readonly key: string | null;
  /** Null is a tombstone: what the key stood for is gone. */
  readonly value: Uint8Array | null;
  readonly headers?: RecordHeaders;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface RecordPlace {
  readonly partition: number;
  readonly offset: bigint;
}

export interface LogRecord {
  readonly offset: bigint;
  readonly key: string | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  /** Absent where there are none. */
  readonly headers?: RecordHeaders;
  /** When the log took it, ms since the epoch. Not the event's own time. */
  readonly appendedAtMs: number;
}

export interface LogBatch extends TopicPartition {
  /**
   * Where the batch goes on: the `nextOffset` of the partition's batch before it, or where its assignment began. The
   * first record lies further on where retention or compaction has deleted some, or a transaction left its mark.
   */
  readonly startOffset: bigint;
  /** At least one record, in offset order. */
  readonly records: readonly LogRecord[];
  /** The offset after the last record. */
  readonly nextOffset: bigint;
  /** The log-end offset when this batch was read: `logEndOffset - nextOffset` records are waiting. */
  readonly logEndOffset: bigint;
  /**
   * Says that everything before `upTo` (default: `nextOffset`) has been dealt with. The acknowledgement travels with
   * the batch: whoever makes the batch durable calls it. Only a hint where progress is stored with the data (I3).
   * Does nothing in a subscription without a group, once the partition is lost, and in `read`.
   * @param upTo  exclusive; not beyond `nextOffset`
   */
  ack(upTo?: bigint): Promise<void>;
}

export interface OffsetRange extends TopicPartition {
  readonly startOffset: bigint;
  /** Exclusive; to the present end of the partition when absent. */
  readonly endOffset?: bigint;
}

export interface PartitionOffsets {
  readonly startOffset: bigint;
  readonly endOffset: bigint;
}

/** Records that were deleted before a subscription came to them. */
export interface LogGap extends TopicPartition {
  readonly startOffset: bigint;
  /** Exclusive. */
  readonly endOffset: bigint;
}

export type StartPosition = "earliest" | "latest";

/** The partitions of a subscription, as one value. */
export interface Assignment {
  /** All that it holds from now on: their state must be open. */
  readonly held: readonly TopicPartition[];
  /**
   * What it was told to hold before and has lost: their state must be dropped, others may have gone on with them since.
   * One that is in `held` too was lost and given again.
   */
  readonly lost: readonly TopicPartition[];
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: bigint;
}

export interface SubscribeOptions {
  readonly topics: readonly string[];
  readonly group?: string;
  /** Where a partition begins for which neither `onAssignment` nor the group names an offset. */
  readonly from: StartPosition;
  /** A rejected promise ends the subscription with that error (see `Subscription.done`). */
  readonly onBatch: (batch: LogBatch) => Promise<void>;
  /**
   * Called for each change of the partitions held, before the next batch; nothing of `lost` is delivered any more. The
   * offsets it resolves to win over the group's and over where a kept partition stands. This is how a consumer that
   * keeps its offsets with its data goes on from there.
   * Called again, with what is held then, where it rejects with a retriable `AppError`; any other error ends the
   * subscription. `stop` does not call it.
   */
  readonly onAssignment?: (assignment: Assignment) => Promise<readonly PartitionOffset[]>;
  /** Most records in one batch. Default 1000. */
  readonly batchRecordsMax?: number;
}

export interface Subscription {
  /** Partitions held now, by topic and number. */
  readonly partitions: readonly TopicPartition[];
  /** Stops deliveries after the batch under way. */
  pause(): void;
  resume(): void;
  /** Ends the subscription after the batch under way and leaves the group. */
  stop(): Promise<void>;
  /** Settles when the subscription has ended: resolved by `stop`, rejected by a failing handler or a lost log. */
  readonly done: Promise<void>;
}
