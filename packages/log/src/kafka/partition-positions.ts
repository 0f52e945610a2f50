import { partitionKey, sortedPartitions } from "../assignment-teller.ts";
import type { TopicPartition } from "../event-log.ts";

/** Where a partition goes on, for as long as it is held. */
export interface PartitionPosition extends TopicPartition {
  /** The next offset to deliver. */
  next: bigint;
  /** Where the next batch begins for the subscriber: before `next` only where records were deleted. */
  startOffset: bigint;
  /** Where it was sought back to, after the broker had gone on elsewhere. */
  soughtTo: bigint | undefined;
}

/**
 * The partitions of a subscription and where each goes on. kafkajs keeps positions too, and loses them when the group
 * is shared out again; ours count. A partition that is given again has another `PartitionPosition`, so that a batch
 * can tell whether its partition was never away.
 */
export class PartitionPositions {
  readonly #held = new Map<string, PartitionPosition>();
  readonly #last = new Map<string, bigint>();

  /** In order. */
  get partitions(): readonly TopicPartition[] {
    return sortedPartitions([...this.#held.values()].map(({ topic, partition }) => ({ topic, partition })));
  }

  get(place: TopicPartition): PartitionPosition | undefined {
    return this.#held.get(partitionKey(place));
  }

  /** Where a partition that is no longer held had come to. */
  lastOf(place: TopicPartition): bigint | undefined {
    return this.#last.get(partitionKey(place));
  }

  give({ topic, partition }: TopicPartition, { next, startOffset }: { next: bigint; startOffset: bigint }): void {
    this.#held.set(partitionKey({ topic, partition }), { topic, partition, next, startOffset, soughtTo: undefined });
  }

  take(place: TopicPartition): void {
    const key = partitionKey(place);
    const position = this.#held.get(key);
    if (position === undefined) return;
    this.#last.set(key, position.next);
    this.#held.delete(key);
  }
}
