import { randomUUID } from "node:crypto";
import { AppError, backOffMs } from "@footfall/base";
import type { EachBatchPayload } from "kafkajs";
import { AssignmentTeller, partitionKey } from "../assignment-teller.ts";
import type { SubscribeOptions, Subscription, TopicPartition } from "../event-log.ts";
import { BatchDelivery } from "./batch-delivery.ts";
import { GroupConsumer } from "./group-consumer.ts";
import { fromKafkaError } from "./kafka-errors.ts";
import type { KafkaAdmin } from "./kafka-admin.ts";
import type { KafkaSettings } from "./kafka-options.ts";
import { partitionCountOf } from "./kafka-topics.ts";
import { PartitionPositions } from "./partition-positions.ts";
import { delay, retryBackOff } from "./retry.ts";
import { startPositionsOf } from "./start-positions.ts";

/**
 * Keeps a consumer in the group, and knows which partitions are held and where each goes on. A lost consumer is made
 * anew; the subscription ends by `stop`, by a failing handler, or where the broker refuses for good.
 */
export class KafkaSubscription implements Subscription {
  readonly done: Promise<void>;
  readonly #settings: KafkaSettings;
  readonly #admin: KafkaAdmin;
  readonly #options: SubscribeOptions;
  readonly #group: string;
  readonly #topics: readonly string[];
  readonly #positions = new PartitionPositions();
  readonly #teller: AssignmentTeller;
  readonly #delivery: BatchDelivery;
  #consumer: GroupConsumer | undefined;
  /** Counts the times that the group was shared out or lost. */
  #generation = 0;
  /** What was last to be done about shared-out partitions, one after the other. */
  #assigning: Promise<void> = Promise.resolve();
  /** The batch under way. Never rejects. */
  #delivering: Promise<void> = Promise.resolve();
  #rebuilds = 0;
  #isPaused = false;
  #isEnding = false;
  #end!: (error?: unknown) => void;
  #begun!: () => void;
  readonly #hasBegun: Promise<void>;

  constructor(settings: KafkaSettings, admin: KafkaAdmin, options: SubscribeOptions) {
    this.#settings = settings;
    this.#admin = admin;
    this.#options = options;
    this.#topics = [...new Set(options.topics)];
    this.#teller = new AssignmentTeller(options);
    this.#group = options.group ?? `${settings.clientId}-${randomUUID()}`;
    this.#delivery = new BatchDelivery({ settings, admin, options, positions: this.#positions });
    this.done = new Promise((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error as Error));
    });
    this.#hasBegun = new Promise((resolve) => (this.#begun = resolve));
    this.done.then(this.#begun, this.#begun); // a failure is told to whoever asks; nobody has to
  }

  get partitions(): readonly TopicPartition[] {
    return this.#positions.partitions;
  }

  /** Resolves when the first partitions have been given and it is known where they begin. */
  async start(): Promise<void> {
    this.#build();
    await this.#hasBegun;
  }

  pause(): void {
    this.#isPaused = true;
    this.#consumer?.pause(this.partitions);
  }

  resume(): void {
    this.#isPaused = false;
    this.#consumer?.resume(this.partitions);
  }

  async stop(): Promise<void> {
    void this.#finish();
    await this.done.catch(() => {});
  }

  #build(): void {
    const consumer: GroupConsumer = new GroupConsumer({
      settings: this.#settings,
      topics: this.#topics,
      group: this.#group,
      onJoined: (partitions, isContinued) => this.#onJoined(consumer, partitions, isContinued),
      onBatch: (payload) => this.#onBatch(consumer, payload),
      onLost: (error) => void this.#rebuild(consumer, error),
    });
    this.#consumer = consumer;
    consumer.start().catch((error: AppError) => this.#rebuild(consumer, error));
  }

  async #rebuild(lost: GroupConsumer, error: AppError): Promise<void> {
    if (this.#isEnding || this.#consumer !== lost) return;
    this.#consumer = undefined;
    this.#generation++;
    const topics = this.#topics.join();
    this.#settings.observe({ kind: "consumer-rebuilt", topic: topics, group: this.#group, reason: error.message });
    if (!error.retriable && error.code !== "LOG_TOPIC_UNKNOWN") return void this.#finish(error);
    await this.#delivering;
    await lost.end();
    // Others may be given the partitions of a group from now on; a follower's are its own.
    if (this.#options.group !== undefined) for (const place of this.partitions) this.#positions.take(place);
    for (;;) {
      await delay(backOffMs(this.#rebuilds++, retryBackOff, this.#settings.random));
      if (this.#isEnding) return;
      try {
        for (const topic of this.#topics) await partitionCountOf(this.#admin, topic);
        break;
      } catch (cause) {
        const failure = fromKafkaError(cause, { topic: topics });
        if (!failure.retriable) return void this.#finish(failure);
      }
    }
    if (!this.#isEnding) this.#build();
  }

  /** Runs before kafkajs fetches anything: nothing is to be fetched before it is known where to begin. */
  #onJoined(consumer: GroupConsumer, held: readonly TopicPartition[], isContinued: boolean): void {
    if (this.#isEnding || consumer !== this.#consumer) return;
    consumer.pause(held);
    for (const topic of this.#topics) {
      const partitions = held.filter((place) => place.topic === topic).map(({ partition }) => partition);
      this.#settings.observe({ kind: "rebalance", topic, group: this.#group, partitions });
    }
    const generation = ++this.#generation;
    this.#assigning = this.#assigning
      .then(() => this.#assign(consumer, generation, held, isContinued))
      .catch((error) => this.#finish(error));
  }

  async #assign(
    consumer: GroupConsumer,
    generation: number,
    held: readonly TopicPartition[],
    isContinued: boolean,
  ): Promise<void> {
    await this.#delivering;
    const isKept = isContinued || this.#options.group === undefined;
    const given = new Set(held.map(partitionKey));
    for (const place of this.partitions) {
      if (!isKept || !given.has(partitionKey(place))) this.#positions.take(place);
    }
    const isCurrent = (): boolean => !this.#isEnding && generation === this.#generation;
    for (let attempt = 0; isCurrent(); attempt++) {
      try {
        await this.#begin(held, isCurrent);
        break;
      } catch (error) {
        if (!(error instanceof AppError && error.retriable)) throw error;
        await delay(backOffMs(attempt, retryBackOff, this.#settings.random));
      }
    }
    if (!isCurrent()) return;
    for (const place of held) consumer.seek(place, this.#positions.get(place)!.next);
    if (!this.#isPaused) consumer.resume(held);
    this.#rebuilds = 0;
    this.#begun();
  }

  /** Tells the subscriber what it holds, where that has changed, and sets where each partition goes on. */
  async #begin(held: readonly TopicPartition[], isCurrent: () => boolean): Promise<void> {
    const positions = this.#positions;
    const stated = await this.#teller.tell(held, (told) => positions.get(told) === undefined);
    if (stated === undefined) return;
    const parts = { settings: this.#settings, admin: this.#admin, options: this.#options, positions };
    const starts = await startPositionsOf(parts, held, stated);
    if (isCurrent()) for (const start of starts) positions.give(start, start);
  }

  #onBatch(consumer: GroupConsumer, payload: EachBatchPayload): Promise<void> {
    // A handler's failure ends the subscription; kafkajs would try the batch again.
    const generation = this.#generation;
    const mayDeliver = (): boolean =>
      !this.#isEnding && !this.#isPaused && generation === this.#generation && consumer.mayDeliver;
    this.#delivering = this.#delivery.deliver(consumer, payload.batch, mayDeliver).catch((error: unknown) => {
      void this.#finish(error ?? new AppError("INTERNAL", "The batch handler failed without saying why."));
    });
    return this.#delivering;
  }

  async #finish(failure?: unknown): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#generation++;
    const consumer = this.#consumer;
    await this.#delivering;
    await consumer?.end();
    for (const place of this.partitions) this.#positions.take(place);
    this.#end(failure);
  }
}
