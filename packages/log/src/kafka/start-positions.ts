import { AppError } from "@footfall/base";
import { beyondEnd, partitionKey, type StatedOffsets } from "../assignment-teller.ts";
import type { PartitionOffsets, SubscribeOptions, TopicPartition } from "../event-log.ts";
import type { KafkaAdmin } from "./kafka-admin.ts";
import { kafkaGroupOffsets } from "./kafka-groups.ts";
import type { KafkaSettings } from "./kafka-options.ts";
import { kafkaOffsets } from "./kafka-topics.ts";
import type { PartitionPositions } from "./partition-positions.ts";

interface StartParts {
  readonly settings: KafkaSettings;
  readonly admin: KafkaAdmin;
  readonly options: SubscribeOptions;
  readonly positions: PartitionPositions;
}

/** Where a partition begins. */
export interface StartPosition extends TopicPartition {
  readonly startOffset: bigint;
  /** The first record to deliver: later than `startOffset` where records were deleted. */
  readonly next: bigint;
}

/**
 * Where partitions begin: as stated, else where a kept one stands, else what the group acknowledged, else where this
 * subscription had come to itself, else the edge that it asked for. Kept ones of which nothing is stated are left out.
 * @throws AppError LOG_OFFSET_OUT_OF_RANGE  an offset lies beyond the end; LOG_UNAVAILABLE
 */
export async function startPositionsOf(
  { settings, admin, options, positions }: StartParts,
  held: readonly TopicPartition[],
  stated: StatedOffsets,
): Promise<readonly StartPosition[]> {
  const { group, from } = options;
  const beginning = held.filter((place) => stated.has(partitionKey(place)) || positions.get(place) === undefined);
  const starts: StartPosition[] = [];
  for (const topic of new Set(beginning.map((place) => place.topic))) {
    const acknowledged = group === undefined ? [] : await kafkaGroupOffsets(admin, group, topic);
    const offsets = await kafkaOffsets(admin, topic);
    for (const place of beginning) {
      if (place.topic !== topic) continue;
      const kept = keptOf(offsets, place);
      const edge = from === "earliest" ? kept.startOffset : kept.endOffset;
      const known = stated.get(partitionKey(place)) ?? acknowledged[place.partition] ?? positions.lastOf(place);
      const startOffset = known ?? edge;
      if (startOffset > kept.endOffset) throw beyondEnd(place, startOffset, kept.endOffset);
      const next = startOffset < kept.startOffset ? kept.startOffset : startOffset;
      if (next > startOffset) settings.onGap({ ...place, startOffset, endOffset: next });
      starts.push({ ...place, startOffset, next });
    }
  }
  return starts;
}

function keptOf(offsets: readonly PartitionOffsets[], { topic, partition }: TopicPartition): PartitionOffsets {
  const kept = offsets[partition];
  if (kept !== undefined) return kept;
  const message = `${topic}/${partition} is not known to all brokers yet.`;
  throw new AppError("LOG_UNAVAILABLE", message, { retriable: true, context: { topic, partition } });
}
