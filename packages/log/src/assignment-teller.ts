import { AppError } from "@footfall/base";
import type { Assignment, PartitionOffset, SubscribeOptions, TopicPartition } from "./event-log.ts";

/** Where partitions are to go on, by `partitionKey`. */
export type StatedOffsets = ReadonlyMap<string, bigint>;

/** One string for a topic and partition: names of topics hold no blank. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}

/** By topic and number. */
export function sortedPartitions(partitions: Iterable<TopicPartition>): TopicPartition[] {
  const byTopic = (a: TopicPartition, b: TopicPartition): number => (a.topic < b.topic ? -1 : 1);
  return [...partitions].sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : byTopic(a, b)));
}

/**
 * Knows what a subscriber was last told that it holds, so that every change reaches it as one value, whatever came in
 * between. Both adapters tell their subscribers through it.
 */
export class AssignmentTeller {
  readonly #onAssignment: NonNullable<SubscribeOptions["onAssignment"]>;
  #told = new Map<string, TopicPartition>();
  #isTold = true;

  constructor({ onAssignment }: SubscribeOptions) {
    this.#onAssignment = onAssignment ?? (async () => []);
  }

  /**
   * Tells of a change, if there is one or the last could not be told.
   * @param lost  of what was told before; may be among `held` again
   * @returns where partitions go on; undefined where nothing was to tell
   * @throws what the subscriber throws; tell again after a retriable error
   */
  async tell(
    held: readonly TopicPartition[],
    isLost: (told: TopicPartition) => boolean,
  ): Promise<StatedOffsets | undefined> {
    const now = new Map(held.map((partition) => [partitionKey(partition), partition] as const));
    const lost = [...this.#told.values()].filter((told) => !now.has(partitionKey(told)) || isLost(told));
    const isChanged = lost.length > 0 || held.some((partition) => !this.#told.has(partitionKey(partition)));
    if (!isChanged && this.#isTold) return undefined;
    const assignment: Assignment = { held: sortedPartitions(held), lost: sortedPartitions(lost) };
    this.#isTold = false;
    const stated = await this.#onAssignment(assignment);
    this.#told = now;
    this.#isTold = true;
    return statedOffsets(stated, now);
  }
}

function statedOffsets(stated: readonly PartitionOffset[], held: ReadonlyMap<string, TopicPartition>): StatedOffsets {
  const offsets = new Map<string, bigint>();
  for (const { topic, partition, offset } of stated) {
    const key = partitionKey({ topic, partition });
    // Of a partition that is not held nothing has to be known.
    if (held.has(key)) offsets.set(key, offset);
  }
  return offsets;
}

/** The log does not reach as far as a reader has come. */
export function beyondEnd({ topic, partition }: TopicPartition, offset: bigint, logEndOffset: bigint): AppError {
  const place = `${topic}/${partition} ends at offset ${logEndOffset}, before ${offset}`;
  return new AppError("LOG_OFFSET_OUT_OF_RANGE", `${place}: the log has lost records or is another one.`, {
    context: { topic, partition, offset },
  });
}
