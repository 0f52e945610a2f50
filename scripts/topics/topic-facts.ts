import type { EventLog } from "@footfall/log";

export interface TopicFacts {
  readonly topic: string;
  readonly partitions: number;
  /** Records that the log still holds. */
  readonly records: bigint;
  readonly retentionHours: number | undefined;
  readonly retentionMegabytes: number | undefined;
}

export interface PartitionFacts {
  readonly partition: number;
  readonly firstOffset: bigint;
  readonly nextOffset: bigint;
  readonly records: bigint;
  /** Append times, ms since the epoch; undefined where the partition is empty. */
  readonly oldestMs: number | undefined;
  readonly newestMs: number | undefined;
}

export interface PartitionLag {
  readonly partition: number;
  readonly nextOffset: bigint;
  /** Where the group goes on by its own acknowledgements: only a hint for the aggregator (invariant I3). */
  readonly groupOffset: bigint | undefined;
  readonly groupLag: bigint;
  /** Up to where the lake holds the topic: the aggregator's real progress. Undefined where no lake tells. */
  readonly lakeOffset: bigint | undefined;
  readonly lakeLag: bigint | undefined;
  /** Append time of the oldest record that the lake, or else the group, has not dealt with. */
  readonly oldestUnreadMs: number | undefined;
}

/** All topics by name. */
export async function topicFacts(log: EventLog): Promise<TopicFacts[]> {
  const specs = [...(await log.topics())].sort((left, right) => (left.name < right.name ? -1 : 1));
  return Promise.all(
    specs.map(async ({ name, partitions, retentionMs, retentionBytesMax }) => {
      const offsets = await log.offsets(name);
      return {
        topic: name,
        partitions,
        records: offsets.reduce((sum, { startOffset, endOffset }) => sum + endOffset - startOffset, 0n),
        retentionHours: retentionMs === undefined ? undefined : retentionMs / 3_600_000,
        retentionMegabytes: retentionBytesMax === undefined ? undefined : retentionBytesMax / 1_048_576,
      };
    }),
  );
}

/** @throws AppError LOG_TOPIC_UNKNOWN */
export async function partitionFacts(log: EventLog, topic: string): Promise<PartitionFacts[]> {
  const facts: PartitionFacts[] = [];
  for (const [partition, { startOffset, endOffset }] of (await log.offsets(topic)).entries()) {
    facts.push({
      partition,
      firstOffset: startOffset,
      nextOffset: endOffset,
      records: endOffset - startOffset,
      oldestMs: await appendedAt(log, { topic, partition, offset: startOffset, endOffset }),
      newestMs: await appendedAt(log, { topic, partition, offset: endOffset - 1n, endOffset }),
    });
  }
  return facts;
}

/**
 * How far a group, and the lake, are behind each partition.
 * @param lakeOffsets  the lake's progress by partition, where there is a lake that takes the topic in
 * @throws AppError LOG_TOPIC_UNKNOWN
 */
export async function partitionLags(
  log: EventLog,
  { topic, group, lakeOffsets }: { topic: string; group: string; lakeOffsets: ReadonlyMap<number, bigint> | undefined },
): Promise<PartitionLag[]> {
  const groupOffsets = await log.groupOffsets(group, topic);
  const lags: PartitionLag[] = [];
  for (const [partition, { startOffset, endOffset }] of (await log.offsets(topic)).entries()) {
    const groupOffset = groupOffsets[partition];
    const lakeOffset = lakeOffsets?.get(partition);
    /** What lies before the first kept record cannot be read any more: it is lost, not lag. */
    const from = (offset: bigint | undefined) => (offset === undefined || offset < startOffset ? startOffset : offset);
    const unread = from(lakeOffsets === undefined ? groupOffset : lakeOffset);
    lags.push({
      partition,
      nextOffset: endOffset,
      groupOffset,
      groupLag: endOffset - from(groupOffset),
      lakeOffset,
      lakeLag: lakeOffsets === undefined ? undefined : endOffset - from(lakeOffset),
      oldestUnreadMs: await appendedAt(log, { topic, partition, offset: unread, endOffset }),
    });
  }
  return lags;
}

interface RecordPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly endOffset: bigint;
}

/** Append time of the record at an offset, or of the next one; undefined at the end. */
async function appendedAt(log: EventLog, position: RecordPosition): Promise<number | undefined> {
  const { topic, partition, offset, endOffset } = position;
  if (offset < 0n || offset >= endOffset) return undefined;
  for await (const { records } of log.read({ topic, partition, startOffset: offset, endOffset: offset + 1n })) {
    return records[0]?.appendedAtMs;
  }
  return undefined;
}
