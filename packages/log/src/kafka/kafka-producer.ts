import { CompressionTypes, type IHeaders, type Producer } from "kafkajs";
import { AppError } from "@footfall/base";
import { KafkaClient, libraryRetry } from "./kafka-client.ts";
import { fromKafkaError, isProducerSpent } from "./kafka-errors.ts";
import type { KafkaSettings } from "./kafka-options.ts";
import type { MessageSender } from "./in-flight-queue.ts";
import { HungError, withDeadline } from "./retry.ts";

const connectMsMax = 6000;
/** Longer than kafkajs's own attempts take together. */
const sendMsMax = 12_000;
/** The broker's wait for the copies, shorter than ours for its answer. */
const copiesMsMax = 2500;
/** A producer that fails the same messages so often may never recover. */
const attemptsMax = 12;

export interface KafkaMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: IHeaders;
  readonly partition: number;
}

interface LiveProducer {
  readonly client: KafkaClient;
  readonly producer: Producer;
  underWay: number;
  isDiscarded: boolean;
}

/**
 * The idempotent producer of a log, replaced when it is spent.
 *
 * A send names one partition: of a send to several leaders kafkajs loses acknowledged records when one of them dies.
 * The same messages sent again over the same producer are recognised by the broker, so it is kept over broken
 * connections. It is given up when the sequence numbers no longer agree, and whenever messages are given up: the
 * next ones would have their numbers, and the broker would take them for the old ones and drop them.
 */
export class KafkaProducer implements MessageSender {
  readonly #settings: KafkaSettings;
  #connecting: Promise<LiveProducer> | undefined;
  #live: LiveProducer | undefined;
  readonly #ending = new Set<Promise<void>>();

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
  }

  /**
   * One attempt to append messages to a partition. Whoever does not try the same messages again says so by `giveUp`.
   * @param attempt  how often it failed before
   * @returns the offset of the first
   * @throws AppError
   */
  async send(topic: string, messages: readonly KafkaMessage[], attempt: number): Promise<bigint> {
    const live = await this.#connected();
    live.underWay++;
    try {
      const compression = this.#settings.compression === "gzip" ? CompressionTypes.GZIP : CompressionTypes.None;
      const request = { topic, messages: [...messages], acks: -1, timeout: copiesMsMax, compression };
      const answers = await withDeadline(live.producer.send(request), sendMsMax, "an append");
      return baseOffsetIn(answers, topic, messages[0]!.partition);
    } catch (error) {
      const failure = fromKafkaError(error, { topic, partition: messages[0]!.partition });
      const isSpent = isProducerSpent(error) || error instanceof UnconfirmedSendError || attempt >= attemptsMax;
      if (error instanceof HungError) {
        this.#discard(live, failure.message); // kafkajs still tries: its messages must not meet ours
        live.client.abort();
      } else if (isSpent) {
        this.#discard(live, failure.message);
      }
      throw failure;
    } finally {
      live.underWay--;
      this.#endWhenIdle(live);
    }
  }

  /** Messages that may have been stored are not sent again: their sequence numbers must not be used for others. */
  giveUp(reason: string): void {
    const live = this.#live;
    if (live === undefined) return;
    this.#discard(live, reason);
    this.#endWhenIdle(live);
  }

  /** Nothing may be sent any more. */
  async close(): Promise<void> {
    const live = this.#live ?? (await this.#connecting?.catch(() => undefined));
    this.#connecting = undefined;
    this.#live = undefined;
    if (live !== undefined) {
      live.isDiscarded = true;
      this.#endWhenIdle(live);
    }
    await Promise.all(this.#ending);
  }

  /** One connects for all who wait. */
  async #connected(): Promise<LiveProducer> {
    if (this.#live !== undefined) return this.#live;
    this.#connecting ??= this.#connect();
    try {
      this.#live = await this.#connecting;
      return this.#live;
    } finally {
      this.#connecting = undefined;
    }
  }

  async #connect(): Promise<LiveProducer> {
    const client = new KafkaClient(this.#settings);
    const producer = client.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: () => (choice) => choice.message.partition!,
      retry: libraryRetry,
    });
    producer.on(producer.events.REQUEST_TIMEOUT, ({ payload }) => client.cut(payload.broker));
    try {
      await withDeadline(producer.connect(), connectMsMax, "the connection of the producer");
    } catch (error) {
      client.abort();
      throw fromKafkaError(error, {});
    }
    return { client, producer, underWay: 0, isDiscarded: false };
  }

  /** Nobody begins with it any more; who is at it may finish. */
  #discard(live: LiveProducer, reason: string): void {
    if (live.isDiscarded) return;
    live.isDiscarded = true;
    if (this.#live === live) this.#live = undefined;
    this.#settings.observe({ kind: "producer-rebuilt", reason });
  }

  #endWhenIdle(live: LiveProducer): void {
    if (!live.isDiscarded || live.underWay > 0) return;
    const ending = live.client.end(() => live.producer.disconnect());
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
  }
}

type Answers = Awaited<ReturnType<Producer["send"]>>;

/** kafkajs may resolve a send that a leader never answered: only the partition's own offset says that it is there. */
export function baseOffsetIn(answers: Answers, topic: string, partition: number): bigint {
  const answer = answers.find((a) => a?.topicName === topic && a.partition === partition);
  const offset = BigInt(answer?.baseOffset ?? -1);
  if (answer !== undefined && answer.errorCode === 0 && offset >= 0n) return offset;
  throw new UnconfirmedSendError(topic, partition);
}

class UnconfirmedSendError extends AppError {
  constructor(topic: string, partition: number) {
    const message = `A send resolved without an offset for ${topic}/${partition}; it counts as failed.`;
    super("LOG_UNAVAILABLE", message, { retriable: true, context: { topic, partition } });
  }
}
