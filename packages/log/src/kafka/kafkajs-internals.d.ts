/**
 * What of kafkajs 2.2.4 (the last release, pinned) is used beyond its published types: fetching without a group, and a
 * timer that is mended.
 */
declare module "kafkajs/src/cluster/index.js" {
  import type { KafkaConfig } from "kafkajs";
  import type { FetchedPartition } from "kafkajs/src/consumer/batch.js";

  interface Logger {
    namespace(name: string): Logger;
    debug(message: string): void;
    info(message: string): void;
    warn(message: string): void;
    error(message: string): void;
  }

  interface Broker {
    fetch(request: {
      maxWaitTime: number;
      minBytes: number;
      maxBytes: number;
      topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
    }): Promise<{ responses: { topicName: string; partitions: FetchedPartition[] }[] }>;
  }

  export default class Cluster {
    constructor(
      options: Omit<KafkaConfig, "logCreator" | "logLevel"> & {
        logger: Logger;
        offsets: Map<string, object>;
        allowAutoTopicCreation: boolean;
      },
    );
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    addTargetTopic(topic: string): Promise<void>;
    findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
    findBroker(which: { nodeId: string }): Promise<Broker>;
  }
}

declare module "kafkajs/src/consumer/batch.js" {
  import type { KafkaMessage } from "kafkajs";

  export interface FetchedPartition {
    readonly partition: number;
    readonly highWatermark: string;
    readonly messages: readonly KafkaMessage[];
  }

  /** Leaves out what was aborted, what only controls transactions, and what lies before the offset asked for. */
  export default class Batch {
    readonly messages: readonly KafkaMessage[];
    /** All that came, also what is left out of `messages`. */
    readonly rawMessages: readonly object[];
    readonly highWatermark: string;
    constructor(topic: string, fetchedOffset: string, fetched: FetchedPartition);
    lastOffset(): string;
  }
}

declare module "kafkajs/src/network/requestQueue/index.js" {
  export default class RequestQueue {
    /** ms since 1970; -1 where the broker does not throttle. */
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    readonly pending: readonly object[];
    constructor(options: {
      instrumentationEmitter: null;
      maxInFlightRequests: number;
      requestTimeout: number;
      enforceRequestTimeout: boolean;
      clientId: string;
      broker: string;
      logger: { namespace(name: string): object };
      isConnected?: () => boolean;
    });
    scheduleCheckPendingRequests(): void;
    checkPendingRequests(): void;
  }
}

declare module "kafkajs/src/consumer/runner.js" {
  export default class Runner {
    readonly running: boolean;
    readonly fetchManager: { stop(): Promise<void> };
    constructor(options: object);
    start(): Promise<void>;
    stop(): Promise<void>;
    fetch(nodeId: number): Promise<readonly object[]>;
  }
}
