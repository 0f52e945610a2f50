import { findBatch } from "./partition-cursor.ts";
import type { LogStore } from "./log-store.ts";
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
    const { partition, startOffset, count, bytes } = victim;
    store.remove(batchKey(topic.id, partition, startOffset));
    heads.shrink(partition, startOffset + count, bytes);
    topicBytes -= bytes;
    oldest[partition] = oldestBatch(partition);
    deleted++;
  }
  if (deleted > 0) store.put(headsKey(topic.id), heads.bytes);
  return deleted;

  function oldestBatch(partition: number) {
    const startOffset = heads.startOffset(partition);
    if (startOffset >= heads.nextOffset(partition)) return undefined;
    const found = findBatch(store, topic, partition, startOffset);
    if (found === undefined) return undefined;
    const appendedAtMs = appendedAtOfBatch(found.bytes);
    return { partition, startOffset, appendedAtMs, count: countOfBatch(found.bytes), bytes: found.bytes.length };
  }
}
