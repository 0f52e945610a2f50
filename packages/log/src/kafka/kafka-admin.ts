import type { Admin } from "kafkajs";
import { AppError, type ErrorContext } from "@footfall/base";
import { KafkaClient } from "./kafka-client.ts";
import { fromKafkaError } from "./kafka-errors.ts";
import type { KafkaSettings } from "./kafka-options.ts";
import { retry, withDeadline } from "./retry.ts";

const connectMsMax = 6000;
const callMsMax = 12_000;

interface LiveAdmin {
  readonly client: KafkaClient;
  readonly admin: Admin;
}

/**
 * Questions to the cluster. A question that failed is asked over a new client: kafkajs keeps to the controller that it
 * knew, also when that one is dead.
 */
export class KafkaAdmin {
  readonly #settings: KafkaSettings;
  #connecting: Promise<LiveAdmin> | undefined;
  /** Questions under way, and clients that are being ended. Never reject. */
  readonly #underWay = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
  }

  /**
   * Asks until there is an answer, or none can be had in time.
   * @throws AppError LOG_UNAVAILABLE, LOG_TOPIC_UNKNOWN, CONFIG_INVALID, LOG_CLOSED
   */
  ask<T>(call: string, context: ErrorContext, question: (admin: Admin) => Promise<T>): Promise<T> {
    const answer = this.#ask(call, context, question);
    this.#keep(answer);
    return answer;
  }

  /** Ends what is under way: questions without an answer reject. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#connecting !== undefined) this.#drop(this.#connecting);
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #ask<T>(call: string, context: ErrorContext, question: (admin: Admin) => Promise<T>): Promise<T> {
    const { clock, random, appendTimeoutMs, observe } = this.#settings;
    const deadlineMs = clock() + appendTimeoutMs;
    const isRetriable = (error: unknown): boolean => {
      const failure = fromKafkaError(error, context);
      if (failure.retriable && !this.#isClosed) observe({ kind: "retry", call, error: failure });
      return failure.retriable && !this.#isClosed;
    };
    try {
      return await retry({ clock, random, deadlineMs, isRetriable }, async (remainingMs) => {
        if (this.#isClosed) throw new AppError("LOG_CLOSED", "The log was closed.");
        this.#connecting ??= this.#connect(remainingMs);
        const connecting = this.#connecting;
        try {
          const { admin } = await connecting;
          return await withDeadline(question(admin), Math.min(callMsMax, remainingMs), `"${call}"`);
        } catch (error) {
          if (fromKafkaError(error, context).retriable) this.#drop(connecting);
          throw error;
        }
      });
    } catch (error) {
      throw fromKafkaError(error, context);
    }
  }

  async #connect(remainingMs: number): Promise<LiveAdmin> {
    const client = new KafkaClient(this.#settings);
    const admin = client.kafka.admin();
    try {
      await withDeadline(admin.connect(), Math.min(connectMsMax, remainingMs), "the connection");
    } catch (error) {
      client.abort();
      throw error;
    }
    return { client, admin };
  }

  #drop(connecting: Promise<LiveAdmin>): void {
    if (this.#connecting === connecting) this.#connecting = undefined;
    this.#keep(endOf(connecting));
  }

  #keep(promise: Promise<unknown>): void {
    const over: Promise<unknown> = promise.catch(() => {}).then(() => this.#underWay.delete(over));
    this.#underWay.add(over);
  }
}

async function endOf(connecting: Promise<LiveAdmin>): Promise<void> {
  const live = await connecting.catch(() => undefined);
  await live?.client.end(() => live.admin.disconnect());
}
