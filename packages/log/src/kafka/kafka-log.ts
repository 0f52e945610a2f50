import { AppError } from "@footfall/base";
import type {
  AppendRecord,
  EventLog,
  LogBatch,
  OffsetRange,
  PartitionOffsets,
  RecordPlace,
  SubscribeOptions,
  Subscription,
  TopicSpec,
} from "../event-log.ts";
import { InFlightQueues } from "./in-flight-queues.ts";
import { KafkaAdmin } from "./kafka-admin.ts";
import { assertGroupName, kafkaGroupOffsets, resetGroupOffsets } from "./kafka-groups.ts";
import { type KafkaLogOptions, type KafkaSettings, settingsOf } from "./kafka-options.ts";
import { KafkaProducer } from "./kafka-producer.ts";
import { KafkaReader } from "./kafka-reader.ts";
import { KafkaSubscription } from "./kafka-subscription.ts";
import { createKafkaTopic, kafkaOffsets, kafkaOffsetsAt, kafkaTopics, partitionCountOf } from "./kafka-topics.ts";

export { installRequestQueueTimer } from "./request-queue-timer.ts";

export type { KafkaLogEvent, KafkaLogOptions, KafkaObserver } from "./kafka-options.ts";

/**
 * Opens the log of a Kafka cluster (3.9 to 4.4). Connects when it is first asked something: a cluster that is away is
 * no reason not to start.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  if (options.brokers.length === 0) throw new AppError("CONFIG_INVALID", "A Kafka log needs at least one broker.");
  return new KafkaLog(settingsOf(options));
}

class KafkaLog implements EventLog {
  readonly #settings: KafkaSettings;
  readonly #admin: KafkaAdmin;
  readonly #producer: KafkaProducer;
  readonly #inFlight: InFlightQueues;
  readonly #reader: KafkaReader;
  /** Each has a client of its own. Never reject. */
  readonly #resetting = new Set<Promise<unknown>>();
  readonly #subscriptions = new Set<KafkaSubscription>();
  #closing: Promise<void> | undefined;

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
    this.#admin = new KafkaAdmin(settings);
    this.#producer = new KafkaProducer(settings);
    this.#reader = new KafkaReader(settings, this.#admin);
    this.#inFlight = new InFlightQueues({
      settings,
      producer: this.#producer,
      partitionsOf: (topic) => partitionCountOf(this.#admin, topic),
    });
  }

  async createTopic(spec: TopicSpec): Promise<void> {
    this.#assertOpen();
    await createKafkaTopic(this.#admin, spec, this.#settings);
  }

  append(topic: string, records: readonly AppendRecord[]): Promise<readonly RecordPlace[]> {
    try {
      this.#assertOpen();
      return records.length === 0 ? Promise.resolve([]) : this.#inFlight.append(topic, records);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.#assertOpen();
    if (options.group !== undefined) assertGroupName(options.group);
    for (const topic of options.topics) await partitionCountOf(this.#admin, topic);
    this.#assertOpen();
    const subscription = new KafkaSubscription(this.#settings, this.#admin, options);
    this.#subscriptions.add(subscription);
    const forget = (): void => void this.#subscriptions.delete(subscription);
    subscription.done.then(forget, forget);
    await subscription.start();
    return subscription;
  }

  read(range: OffsetRange): AsyncGenerator<LogBatch> {
    this.#assertOpen();
    return this.#reader.read(range);
  }

  async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    this.#assertOpen();
    return kafkaOffsets(this.#admin, topic);
  }

  async offsetsAt(topic: string, timeMs: number): Promise<readonly bigint[]> {
    this.#assertOpen();
    return kafkaOffsetsAt(this.#admin, topic, timeMs);
  }

  async groupOffsets(group: string, topic: string): Promise<readonly (bigint | undefined)[]> {
    this.#assertOpen();
    assertGroupName(group);
    return kafkaGroupOffsets(this.#admin, group, topic);
  }

  async resetOffsets(group: string, topic: string, offsets: ReadonlyMap<number, bigint>): Promise<void> {
    this.#assertOpen();
    assertGroupName(group);
    const resetting = resetGroupOffsets(this.#settings, group, topic, offsets);
    const over: Promise<unknown> = resetting.catch(() => {}).then(() => this.#resetting.delete(over));
    this.#resetting.add(over);
    await resetting;
  }

  async topics(): Promise<readonly TopicSpec[]> {
    this.#assertOpen();
    return kafkaTopics(this.#admin);
  }

  /** The brokers do this by themselves. */
  async applyRetention(): Promise<void> {
    this.#assertOpen();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    await this.#inFlight.drained();
    await Promise.all([this.#producer.close(), this.#reader.close(), this.#admin.close(), ...this.#resetting]);
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new AppError("LOG_CLOSED", "The log was closed.");
  }
}
