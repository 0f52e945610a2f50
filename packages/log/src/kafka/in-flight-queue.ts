import { AppError, backOffMs } from "@footfall/base";
import { fromKafkaError, isTopicUnknown } from "./kafka-errors.ts";
import type { KafkaSettings } from "./kafka-options.ts";
import type { KafkaMessage } from "./kafka-producer.ts";
import { delay, retryBackOff } from "./retry.ts";

/** kafkajs sorts the messages of a send by copying all before each: more at once cost more each. */
const sendRecordsMax = 1000;
const sendBytesMax = 512 * 1024;
/** A topic that was just made may be unknown to a broker for a moment. */
const unknownTopicAttemptsMax = 4;

/** A record on its way, and where the answer goes. */
export interface InFlightRecord {
  readonly message: Omit<KafkaMessage, "partition">;
  /** Of key, value and headers. */
  readonly bytes: number;
  readonly call: InFlightCall;
  /** Its number in the call. */
  readonly index: number;
}

/** What an in-flight queue has to know of an append. */
export interface InFlightCall {
  /** On the settings' clock. */
  readonly deadlineMs: number;
  readonly hasFailed: boolean;
  place(record: InFlightRecord, partition: number, offset: bigint): void;
  fail(record: InFlightRecord, error: AppError): void;
}

/** What an in-flight queue asks of `KafkaProducer`. */
export interface MessageSender {
  send(topic: string, messages: readonly KafkaMessage[], attempt: number): Promise<bigint>;
  giveUp(reason: string): void;
}

/** One partition's records: at most one send is under way, and what comes meanwhile goes with the next. */
export class InFlightQueue {
  readonly #topic: string;
  readonly #partition: number;
  readonly #producer: MessageSender;
  readonly #settings: KafkaSettings;
  #waiting: InFlightRecord[] = [];
  #isSending = false;

  constructor(topic: string, partition: number, producer: MessageSender, settings: KafkaSettings) {
    this.#topic = topic;
    this.#partition = partition;
    this.#producer = producer;
    this.#settings = settings;
  }

  push(record: InFlightRecord): void {
    this.#waiting.push(record);
    if (this.#isSending) return;
    this.#isSending = true;
    // The rest of the append, and others of this turn, go with it.
    setImmediate(() => void this.#sendAll());
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#sendSome(this.#take());
    this.#isSending = false;
  }

  #take(): InFlightRecord[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#waiting.length && count < sendRecordsMax) {
      bytes += this.#waiting[count]!.bytes;
      if (count > 0 && bytes > sendBytesMax) break;
      count++;
    }
    const taken = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return taken;
  }

  async #sendSome(taken: readonly InFlightRecord[]): Promise<void> {
    // Whoever was told that an append failed sends all of it again; the rest of it is not sent for nothing.
    const isSent = (record: InFlightRecord): boolean => !record.call.hasFailed;
    const records = taken.filter(isSent);
    for (const record of taken) if (!isSent(record)) record.call.fail(record, lateError(this.#topic));
    if (records.length === 0) return;
    try {
      const offset = await this.#sendUntilDeadline(records);
      records.forEach((record, i) => record.call.place(record, this.#partition, offset + BigInt(i)));
    } catch (error) {
      const failure = fromKafkaError(error, { topic: this.#topic, partition: this.#partition });
      for (const record of records) record.call.fail(record, failure);
    }
  }

  async #sendUntilDeadline(records: readonly InFlightRecord[]): Promise<bigint> {
    const { clock, random, observe } = this.#settings;
    const deadlineMs = records.reduce((min, { call }) => Math.min(min, call.deadlineMs), Number.POSITIVE_INFINITY);
    const messages = records.map(({ message }) => ({ ...message, partition: this.#partition }));
    if (clock() >= deadlineMs) throw lateError(this.#topic);
    for (let attempt = 0; ; attempt++) {
      const waitMs = backOffMs(attempt, retryBackOff, random);
      try {
        return await this.#producer.send(this.#topic, messages, attempt);
      } catch (cause) {
        const error = fromKafkaError(cause, { topic: this.#topic });
        const mayHelp = isTopicUnknown(error) ? attempt < unknownTopicAttemptsMax : error.retriable;
        if (!mayHelp || clock() + waitMs >= deadlineMs) {
          this.#producer.giveUp(error.message);
          throw error;
        }
        observe({ kind: "retry", call: "append", error });
      }
      await delay(waitMs);
    }
  }
}

function lateError(topic: string): AppError {
  const message = "The append waited for others that could not be stored in time; try again.";
  return new AppError("LOG_UNAVAILABLE", message, { retriable: true, context: { topic } });
}
