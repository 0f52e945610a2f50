import kafkajs, { type Admin } from "kafkajs";
import { AppError } from "@footfall/base";
import type { PartitionOffsets, TopicSpec } from "../event-log.ts";
import type { KafkaAdmin } from "./kafka-admin.ts";
import { fromKafkaError } from "./kafka-errors.ts";
import type { KafkaObserver } from "./kafka-options.ts";
import { changeRetention, retentionEntries, retentionOf } from "./topic-settings.ts";

const topicNameForm = /^[A-Za-z0-9._-]{1,249}$/;
const partitionsMax = 1024;
/** How long the controller may take to make a topic. */
const createMsMax = 5000;

/** Creates a topic unless it exists, and waits until its partitions can be written. See `EventLog.createTopic`. */
export async function createKafkaTopic(
  admin: KafkaAdmin,
  spec: TopicSpec,
  { replicationFactor, observe }: { readonly replicationFactor: number | undefined; readonly observe: KafkaObserver },
): Promise<void> {
  const { name, partitions } = spec;
  const isCount = Number.isInteger(partitions) && partitions >= 1 && partitions <= partitionsMax;
  if (!topicNameForm.test(name) || !isCount) {
    const rule = `a name of letters, digits, ".", "_", "-" (at most 249) and 1 to ${partitionsMax} partitions`;
    throw new AppError("CONFIG_INVALID", `A topic needs ${rule}.`, { context: { ...spec } });
  }
  const settings = {
    // Old events must not vanish on arrival: records are deleted by when they were appended, not by when they occurred.
    "message.timestamp.type": "LogAppendTime",
    ...retentionEntries(spec, partitions),
  };
  const topic = {
    topic: name,
    numPartitions: partitions,
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    configEntries: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
  };
  const found = await admin.ask("create topic", { topic: name }, async (asked) => {
    // A topic made a second time is a fault to brokers, and kafkajs logs it as one at every start.
    const { length } = await partitionsOfAll(asked, name);
    if (length > 0) return length;
    // kafkajs would wait for leaders too, but gives up at the first broker that does not know the topic yet.
    await asked
      .createTopics({ topics: [topic], waitForLeaders: false, timeout: createMsMax })
      .catch((error: unknown) => {
        // A client that knew the topic before it was deleted goes on asking for it; another one does not.
        throw fromKafkaError(error, {}).code === "LOG_TOPIC_UNKNOWN" ? notWhole(name) : error;
      });
    return 0;
  });
  // Asked anew until the answer is whole: the broker that made the topic knows it before the others do.
  await admin.ask("wait for leaders", { topic: name }, async (asked) => {
    const known = await partitionsOfAll(asked, name);
    if (known.length > 0 && known.every(({ leader }) => leader >= 0)) return;
    throw notWhole(name);
  });
  if (found === 0) return;
  if (partitions < found) observe({ kind: "partitions-kept", topic: name, partitions: found, asked: partitions });
  await changeRetention(admin, spec, found, observe);
}

export async function partitionsIn(admin: Admin, topic: string) {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics.find(({ name }) => name === topic)?.partitions ?? [];
}

/** The same where the topic may be unknown: asked for by name, that would be an error. */
async function partitionsOfAll(admin: Admin, topic: string) {
  const { topics } = await admin.fetchTopicMetadata();
  return topics.find(({ name }) => name === topic)?.partitions ?? [];
}

/** At least 1. @throws AppError LOG_TOPIC_UNKNOWN, LOG_UNAVAILABLE */
export function partitionCountOf(admin: KafkaAdmin, topic: string): Promise<number> {
  return admin.ask("look up topic", { topic }, async (asked) => {
    const { length } = await partitionsIn(asked, topic);
    if (length === 0) throw notWhole(topic);
    return length;
  });
}

/** Topics and their retention, without the broker's own and those whose partitions it does not know yet. */
export function kafkaTopics(admin: KafkaAdmin): Promise<readonly TopicSpec[]> {
  return admin.ask("list topics", {}, async (asked) => {
    const { topics } = await asked.fetchTopicMetadata();
    const ours = topics.filter(({ name, partitions }) => !name.startsWith("__") && partitions.length > 0);
    if (ours.length === 0) return [];
    const { resources } = await asked.describeConfigs({
      includeSynonyms: false,
      resources: ours.map(({ name }) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configNames: ["retention.ms", "retention.bytes"],
      })),
    });
    const settings = new Map(resources.map(({ resourceName, configEntries }) => [resourceName, configEntries]));
    return ours.map(({ name, partitions: { length: partitions } }) => {
      const entries = settings.get(name) ?? [];
      const byName = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
      return { name, partitions, ...retentionOf(byName, partitions) };
    });
  });
}

export function kafkaOffsets(admin: KafkaAdmin, topic: string): Promise<readonly PartitionOffsets[]> {
  return admin.ask("offsets", { topic }, async (asked) => {
    const { length } = await partitionsIn(asked, topic);
    const found = await asked.fetchTopicOffsets(topic);
    assertAll(topic, found, length);
    return byPartition(topic, found, ({ low, high }) => ({ startOffset: BigInt(low), endOffset: BigInt(high) }));
  });
}

export function kafkaOffsetsAt(admin: KafkaAdmin, topic: string, timeMs: number): Promise<readonly bigint[]> {
  return admin.ask("offsets at a time", { topic }, async (asked) => {
    // Negative times have a meaning of their own in the protocol.
    const { length } = await partitionsIn(asked, topic);
    const found = await asked.fetchTopicOffsetsByTimestamp(topic, Math.max(0, Math.ceil(timeMs)));
    assertAll(topic, found, length);
    return byPartition(topic, found, ({ offset }) => BigInt(offset));
  });
}

/**
 * An answer about every partition, by partition number.
 * @throws AppError LOG_UNAVAILABLE (retriable) where one is missing: those after it would be taken for others
 */
export function byPartition<T extends { readonly partition: number }, R>(
  topic: string,
  found: readonly T[],
  map: (entry: T) => R,
): R[] {
  const sorted = found.toSorted((a, b) => a.partition - b.partition);
  if (sorted.length === 0 || sorted.some(({ partition }, at) => partition !== at)) throw notWhole(topic);
  return sorted.map(map);
}

/**
 * A client asks about the partitions that it knew minutes ago: where some were added since, a new one is to ask.
 * @throws AppError LOG_UNAVAILABLE (retriable)
 */
export function assertAll(topic: string, found: readonly unknown[], partitions: number): void {
  if (found.length < partitions) throw notWhole(topic);
}

/** Brokers answer so for a moment after a topic was made, or after they have started. */
function notWhole(topic: string): AppError {
  const message = `The brokers do not know all partitions of ${topic} yet.`;
  return new AppError("LOG_UNAVAILABLE", message, { retriable: true, context: { topic } });
}
