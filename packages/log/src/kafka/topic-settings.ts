import kafkajs, { type Admin } from "kafkajs";
import type { TopicRetention, TopicSpec } from "../event-log.ts";
import { statedRetention } from "../topic-retention.ts";
import type { KafkaAdmin } from "./kafka-admin.ts";
import { fromKafkaError } from "./kafka-errors.ts";
import type { KafkaObserver } from "./kafka-options.ts";

/** Of a setting that the topic has itself, neither by default nor by the broker's own settings. */
const ownSource = 1;

/** Retention as brokers name it; they count bytes by partition, and -1 is no bound. */
export function retentionEntries(
  { retentionMs, retentionBytesMax }: TopicRetention,
  partitions: number,
): { readonly "retention.ms": string; readonly "retention.bytes": string } {
  return {
    "retention.ms": String(retentionMs ?? -1),
    "retention.bytes": String(retentionBytesMax === undefined ? -1 : Math.ceil(retentionBytesMax / partitions)),
  };
}

/** The reverse of `retentionEntries`; a setting that is absent is no bound. */
export function retentionOf(entries: ReadonlyMap<string, string>, partitions: number): TopicRetention {
  const valueOf = (setting: string): number => Number(entries.get(setting) ?? -1);
  const [retentionMs, retentionBytes] = [valueOf("retention.ms"), valueOf("retention.bytes")];
  return {
    ...(retentionMs < 0 ? {} : { retentionMs }),
    ...(retentionBytes < 0 ? {} : { retentionBytesMax: retentionBytes * partitions }),
  };
}

/**
 * Brings the retention of an existing topic to that of the spec, if it states one. Whoever may not change it can go on
 * with the topic as it is: that is told, not thrown.
 */
export async function changeRetention(
  admin: KafkaAdmin,
  spec: TopicSpec,
  partitions: number,
  observe: KafkaObserver,
): Promise<void> {
  const stated = statedRetention(spec);
  if (stated === undefined) return;
  const topic = spec.name;
  const wanted = Object.entries(retentionEntries(stated, partitions));
  try {
    await admin.ask("change topic", { topic }, async (asked) => {
      const entries = await entriesOf(asked, topic);
      const present = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
      if (wanted.every(([name, value]) => present.get(name) === value)) return;
      // What is not named here goes back to its default: the client knows no other way to change a topic.
      const kept = entries.filter(({ configSource }) => (configSource as number) === ownSource);
      const all = new Map([...kept.map((entry) => [entry.configName, entry.configValue] as const), ...wanted]);
      await asked.alterConfigs({ validateOnly: false, resources: [resourceOf(topic, all)] });
      observe({ kind: "topic-changed", topic, before: retentionOf(present, partitions), after: stated });
    });
  } catch (cause) {
    const error = fromKafkaError(cause, { topic });
    if (error.retriable) throw error;
    observe({ kind: "topic-unchanged", topic, error });
  }
}

async function entriesOf(asked: Admin, topic: string) {
  const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }];
  const found = await asked.describeConfigs({ includeSynonyms: false, resources });
  return found.resources.find(({ resourceName }) => resourceName === topic)?.configEntries ?? [];
}

function resourceOf(name: string, entries: ReadonlyMap<string, string>) {
  const configEntries = [...entries].map(([entry, value]) => ({ name: entry, value }));
  return { type: kafkajs.ConfigResourceTypes.TOPIC, name, configEntries };
}
