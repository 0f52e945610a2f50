import { AppError } from "@footfall/base";
import Cluster from "kafkajs/src/cluster/index.js";
import Batch from "kafkajs/src/consumer/batch.js";
import { KafkaClient } from "./kafka-client.ts";
import type { KafkaSettings } from "./kafka-options.ts";

const fetchBytesMax = 1024 * 1024;
const fetchWaitMs = 200;

const silentLogger = { namespace: () => silentLogger, debug() {}, info() {}, warn() {}, error() {} };

/** Fetches from one partition by asking its leader: a group for each read would cost seconds, and the broker memory. */
export class PartitionFetcher {
  readonly #client: KafkaClient;
  readonly #cluster: Cluster;
  readonly #topic: string;
  readonly #partition: number;

  constructor(settings: KafkaSettings, topic: string, partition: number) {
    this.#client = new KafkaClient(settings);
    const { logCreator: _, logLevel: __, ...config } = this.#client.config;
    this.#cluster = new Cluster({
      ...config,
      logger: silentLogger,
      offsets: new Map(),
      allowAutoTopicCreation: false,
    });
    this.#topic = topic;
    this.#partition = partition;
  }

  async connect(): Promise<void> {
    await this.#cluster.connect();
    await this.#cluster.addTargetTopic(this.#topic);
  }

  /** What the partition holds from the offset on; nothing at its end. */
  async fetch(offset: bigint): Promise<Batch> {
    const [nodeId] = Object.keys(this.#cluster.findLeaderForPartitions(this.#topic, [this.#partition]));
    if (nodeId === undefined) throw this.#unanswered("names no leader");
    const leader = await this.#cluster.findBroker({ nodeId });
    const fetchOffset = String(offset);
    const { responses } = await leader.fetch({
      maxWaitTime: fetchWaitMs,
      minBytes: 1,
      maxBytes: fetchBytesMax,
      topics: [
        { topic: this.#topic, partitions: [{ partition: this.#partition, fetchOffset, maxBytes: fetchBytesMax }] },
      ],
    });
    const fetched = responses[0]?.partitions[0];
    if (fetched === undefined) throw this.#unanswered("answered a fetch with nothing");
    return new Batch(this.#topic, fetchOffset, fetched);
  }

  #unanswered(what: string): AppError {
    const message = `The cluster ${what} for ${this.#topic}/${this.#partition}.`;
    return new AppError("LOG_UNAVAILABLE", message, { retriable: true });
  }

  end(): Promise<void> {
    return this.#client.end(() => this.#cluster.disconnect());
  }
}
