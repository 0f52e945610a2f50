import { AppError } from "@footfall/base";
import { KafkaAdmin } from "./kafka-admin.ts";
import type { KafkaSettings } from "./kafka-options.ts";
import { assertAll, byPartition, kafkaOffsets, partitionsIn } from "./kafka-topics.ts";

const idleStates = new Set(["Empty", "Dead"]);
const groupNameForm = /^[^\0]{1,249}$/;

export function assertGroupName(group: string): void {
  if (groupNameForm.test(group)) return;
  throw new AppError("CONFIG_INVALID", "A group's name has 1 to 249 characters, none of them NUL.", {
    context: { group },
  });
}

/** The offset a group would go on from, by partition. */
export function kafkaGroupOffsets(
  admin: KafkaAdmin,
  group: string,
  topic: string,
): Promise<readonly (bigint | undefined)[]> {
  return admin.ask("group offsets", { group, topic }, async (asked) => {
    const { length } = await partitionsIn(asked, topic);
    const [found] = await asked.fetchOffsets({ groupId: group, topics: [topic] });
    assertAll(topic, found?.partitions ?? [], length);
    return byPartition(topic, found?.partitions ?? [], ({ offset }) => {
      const next = BigInt(offset);
      return next < 0n ? undefined : next;
    });
  });
}

/**
 * Moves a group that has no member to other offsets.
 * @throws AppError LOG_GROUP_ACTIVE, LOG_OFFSET_OUT_OF_RANGE, LOG_TOPIC_UNKNOWN, LOG_UNAVAILABLE
 */
export async function resetGroupOffsets(
  settings: KafkaSettings,
  group: string,
  topic: string,
  offsets: ReadonlyMap<number, bigint>,
): Promise<void> {
  // kafkajs moves a group by becoming its member for a moment: over a client of its own, which ends with it.
  const admin = new KafkaAdmin(settings);
  try {
    const kept = await kafkaOffsets(admin, topic);
    for (const [partition, offset] of offsets) {
      const range = kept[partition];
      if (range !== undefined && offset >= range.startOffset && offset <= range.endOffset) continue;
      const message = `${topic}/${partition} has no offset ${offset}: the log does not hold it.`;
      throw new AppError("LOG_OFFSET_OUT_OF_RANGE", message, { context: { topic, partition, offset } });
    }
    const state = await admin.ask("group state", { group }, async (asked) => {
      const { groups } = await asked.describeGroups([group]);
      return groups[0]?.state ?? "Dead";
    });
    if (!idleStates.has(state)) {
      throw new AppError("LOG_GROUP_ACTIVE", `The group ${group} still has members; stop them first.`, {
        retriable: true,
        context: { group, state },
      });
    }
    if (offsets.size === 0) return;
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }));
    await admin.ask("reset offsets", { group, topic }, (asked) =>
      asked.setOffsets({ groupId: group, topic, partitions }),
    );
  } finally {
    await admin.close();
  }
}
