import { Buffer } from "node:buffer";
import { AppError } from "@footfall/base";
import type { TopicEvent, TopicSpec } from "../event-log.ts";
import { statedRetention } from "../topic-retention.ts";
import type { LogStore } from "./log-store.ts";
import { PartitionHeads } from "./partition-heads.ts";
import { headsKey, topicKey, topicsEndKey, topicsStartKey } from "./store-keys.ts";

const topicNameForm = /^[A-Za-z0-9._-]{1,249}$/;
const partitionsMax = 1024;

export interface Topic extends TopicSpec {
  readonly id: number;
}

/** The topics of a store. Topics are never deleted, so a known one is served from memory. */
export class TopicCatalog {
  readonly #store: LogStore;
  readonly #known = new Map<string, Topic>();

  constructor(store: LogStore) {
    this.#store = store;
  }

  /** @returns what is to be told of a topic that was there already */
  async create(spec: TopicSpec): Promise<readonly TopicEvent[]> {
    const isValid = topicNameForm.test(spec.name) && Number.isInteger(spec.partitions) && spec.partitions >= 1;
    if (!isValid || spec.partitions > partitionsMax) {
      const rule = `a name of letters, digits, ".", "_", "-" (at most 249) and 1 to ${partitionsMax} partitions`;
      throw new AppError("CONFIG_INVALID", `A topic needs ${rule}.`, { context: { ...spec } });
    }
    const events = await this.#store.transact(() => this.#createInside(spec));
    this.#known.delete(spec.name);
    return events;
  }

  #createInside(spec: TopicSpec): readonly TopicEvent[] {
    const key = topicKey(spec.name);
    const existing = this.#parse(this.#store.get(key));
    if (existing === undefined) {
      const id = this.all().reduce((max, topic) => Math.max(max, topic.id), 0) + 1;
      this.#store.put(key, Buffer.from(JSON.stringify({ ...spec, id })));
      this.#store.put(headsKey(id), PartitionHeads.empty(spec.partitions).bytes);
      return [];
    }
    const { id, name, partitions, ...before } = existing;
    const events: TopicEvent[] = [];
    if (spec.partitions < partitions) {
      events.push({ kind: "partitions-kept", topic: name, partitions, asked: spec.partitions });
    }
    const after = statedRetention(spec);
    const isSame = after?.retentionMs === before.retentionMs && after?.retentionBytesMax === before.retentionBytesMax;
    if (after === undefined || isSame) return events;
    this.#store.put(key, Buffer.from(JSON.stringify({ id, name, partitions, ...after })));
    return [...events, { kind: "topic-changed", topic: name, before, after }];
  }

  /** @throws AppError LOG_TOPIC_UNKNOWN */
  get(name: string): Topic {
    let topic = this.#known.get(name);
    if (topic === undefined) {
      this.#store.refresh();
      topic = this.#parse(this.#store.get(topicKey(name)));
      if (topic === undefined) {
        throw new AppError("LOG_TOPIC_UNKNOWN", `The topic ${name} does not exist; create it first.`, {
          context: { topic: name },
        });
      }
      this.#known.set(name, topic);
    }
    return topic;
  }

  all(): Topic[] {
    const topics: Topic[] = [];
    for (const { value } of this.#store.range({ start: topicsStartKey, end: topicsEndKey })) {
      topics.push(JSON.parse(value.toString("utf8")) as Topic);
    }
    return topics;
  }

  heads(topic: Topic): PartitionHeads {
    return new PartitionHeads(this.#store.get(headsKey(topic.id)) ?? PartitionHeads.empty(topic.partitions).bytes);
  }

  #parse(bytes: Buffer | undefined): Topic | undefined {
    return bytes === undefined ? undefined : (JSON.parse(bytes.toString("utf8")) as Topic);
  }
}
