import { findBatch } from "./partition-cursor.ts";
import type { LogStore } from "./log-store.ts";
import type { PartitionHeads } from "./partition-heads.ts";
import { appendedAtOfBatch, countOfBatch } from "./stored-batch.ts";
import { batchKey, headsKey } from "./store-keys.ts";
import type { Topic, TopicCatalog } from "./topic-catalog.ts";

/** Deletions share transactions, but a transaction must not hold up appends for long. */
const deletionsPerTransactionMax = 256;

/** Deletes whole stored batches of a topic, oldest first, until it is within its age and size. */
export async function applyTopicRetention(
  store: LogStore,
  catalog: TopicCatalog,
  topic: Topic,
  nowMs: number,
): Promise<void> {
  if (topic.retentionMs === undefined && topic.retentionBytesMax === undefined) return;
  const keptSinceMs = topic.retentionMs === undefined ? -Infinity : nowMs - topic.retentionMs;
  const bytesMax = topic.retentionBytesMax ?? Infinity;
  while ((await store.transact(() => deleteOldest(store, catalog, topic, keptSinceMs, bytesMax))) > 0);
}

/** @returns how many batches it deleted; fewer than there were to delete, if those were many */
function deleteOldest(
  store: LogStore,
  catalog: TopicCatalog,
  topic: Topic,
  keptSinceMs: number,
  bytesMax: number,
): number {
  const heads = catalog.heads(topic);
  let topicBytes = 0;
  const oldest = Array.from({ length: topic.partitions }, (_, partition) => {
    topicBytes += heads.storedBytes(partition);
    return oldestBatch(partition);
  });
  let deleted = 0;
  while (deleted < deletionsPerTransactionMax) {
    const victim = oldest.reduce((a, b) =>
      a !== undefined && a.appendedAtMs <= (b?.appendedAtMs ?? Infinity) ? a : b,
    );
    if (victim === undefined || (victim.appendedAtMs >= keptSinceMs && topicBytes <= bytesMax)) break;
    const { partition, baseOffset, endOffset, bytes } = victim;
    store.remove(batchKey(topic.id, partition, baseOffset));
    heads.shrink(partition, endOffset, bytes);
    topicBytes -= bytes;
    oldest[partition] = oldestBatch(partition);
    deleted++;
  }
  if (deleted > 0) store.put(headsKey(topic.id), heads.bytes);
  return deleted;

  function oldestBatch(partition: number): OldestBatch | undefined {
    return oldestBatchOf(store, heads, topic, partition);
  }
}

/**
 * Deletes everything of a partition before `offset`. A stored batch goes when its last record may; until then its
 * first records are only hidden.
 */
export async function deletePartitionBefore(
  store: LogStore,
  catalog: TopicCatalog,
  topic: Topic,
  partition: number,
  offset: number,
): Promise<void> {
  while (await store.transact(() => deleteSomeBefore(store, catalog, topic, partition, offset)));
}

/** @returns whether there is more to delete */
function deleteSomeBefore(
  store: LogStore,
  catalog: TopicCatalog,
  topic: Topic,
  partition: number,
  offset: number,
): boolean {
  const heads = catalog.heads(topic);
  const endOffset = Math.min(offset, heads.nextOffset(partition));
  if (heads.startOffset(partition) >= endOffset) return false;
  let deleted = 0;
  while (deleted < deletionsPerTransactionMax) {
    const oldest = oldestBatchOf(store, heads, topic, partition);
    if (oldest === undefined || oldest.endOffset > endOffset) break;
    store.remove(batchKey(topic.id, partition, oldest.baseOffset));
    heads.shrink(partition, oldest.endOffset, oldest.bytes);
    deleted++;
  }
  const isMore = deleted === deletionsPerTransactionMax;
  if (!isMore) heads.shrink(partition, endOffset, 0);
  store.put(headsKey(topic.id), heads.bytes);
  return isMore;
}

interface OldestBatch {
  readonly partition: number;
  readonly appendedAtMs: number;
  readonly baseOffset: number;
  readonly endOffset: number;
  readonly bytes: number;
}

/** The kept records may begin inside of it. */
function oldestBatchOf(
  store: LogStore,
  heads: PartitionHeads,
  topic: Topic,
  partition: number,
): OldestBatch | undefined {
  const startOffset = heads.startOffset(partition);
  if (startOffset >= heads.nextOffset(partition)) return undefined;
  const found = findBatch(store, topic, partition, startOffset);
  if (found === undefined) return undefined;
  const { baseOffset, bytes } = found;
  return {
    partition,
    appendedAtMs: appendedAtOfBatch(bytes),
    baseOffset,
    endOffset: baseOffset + countOfBatch(bytes),
    bytes: bytes.length,
  };
}
