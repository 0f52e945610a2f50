import { AppError } from "@footfall/base";
import type { SubscribeOptions } from "../event-log.ts";
import type { KafkaAdmin } from "./kafka-admin.ts";
import { kafkaGroupOffsets } from "./kafka-groups.ts";
import type { KafkaSettings } from "./kafka-options.ts";
import { kafkaOffsets } from "./kafka-topics.ts";
import type { PartitionPositions } from "./partition-positions.ts";

interface StartParts {
  readonly settings: KafkaSettings;
  readonly admin: KafkaAdmin;
  readonly options: SubscribeOptions;
}

/**
 * Where partitions that were just given begin: what `startOffsets` says, else what the group acknowledged, else where
 * this subscription had come to itself, else the edge that it asked for.
 * @throws AppError LOG_OFFSET_OUT_OF_RANGE  an offset lies beyond the end; LOG_UNAVAILABLE
 */
export async function startPositionsOf(
  { settings, admin, options }: StartParts,
  partitions: readonly number[],
  positions: PartitionPositions,
): Promise<ReadonlyMap<number, bigint>> {
  const { topic, group, from } = options;
  const stated = await options.startOffsets?.(partitions);
  const acknowledged = group === undefined ? [] : await kafkaGroupOffsets(admin, group, topic);
  const offsets = await kafkaOffsets(admin, topic);
  const starts = new Map<number, bigint>();
  for (const partition of partitions) {
    const kept = offsets[partition];
    if (kept === undefined) {
      const message = `${topic}/${partition} is not known to all brokers yet.`;
      throw new AppError("LOG_UNAVAILABLE", message, { retriable: true, context: { topic, partition } });
    }
    const known = stated?.get(partition) ?? acknowledged[partition] ?? positions.lastOf(partition);
    const offset = known ?? (from === "earliest" ? kept.startOffset : kept.endOffset);
    if (offset > kept.endOffset) {
      const place = `${topic}/${partition} ends at offset ${kept.endOffset}, before ${offset}`;
      throw new AppError("LOG_OFFSET_OUT_OF_RANGE", `${place}: the log has lost records or is another one.`, {
        context: { topic, partition, offset },
      });
    }
    if (offset < kept.startOffset) {
      settings.onGap({ topic, partition, startOffset: offset, endOffset: kept.startOffset });
    }
    starts.set(partition, offset < kept.startOffset ? kept.startOffset : offset);
  }
  return starts;
}
