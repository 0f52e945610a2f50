import { AppError } from "@footfall/base";
import type Batch from "kafkajs/src/consumer/batch.js";
import type { LogBatch, OffsetRange } from "../event-log.ts";
import { fromKafkaError } from "./kafka-errors.ts";
import type { KafkaAdmin } from "./kafka-admin.ts";
import type { KafkaSettings } from "./kafka-options.ts";
import { kafkaOffsets } from "./kafka-topics.ts";
import { logRecordOf } from "./log-record.ts";
import { PartitionFetcher } from "./partition-fetcher.ts";
import { retry, withDeadline } from "./retry.ts";

const readRecordsMax = 1000;
const fetchMsMax = 12_000;

/** Reads ranges of partitions, fetching as each reader comes to it. A reader may be left without being ended. */
export class KafkaReader {
  readonly #settings: KafkaSettings;
  readonly #admin: KafkaAdmin;
  readonly #sources = new Set<RangeSource>();
  #isClosed = false;

  constructor(settings: KafkaSettings, admin: KafkaAdmin) {
    this.#settings = settings;
    this.#admin = admin;
  }

  async *read(range: OffsetRange): AsyncGenerator<LogBatch> {
    const { topic, partition, startOffset } = range;
    const offsets = await kafkaOffsets(this.#admin, topic);
    const kept = offsets[partition];
    if (kept === undefined) throw outOfRange(range, `${topic} has ${offsets.length} partitions`);
    if (startOffset > kept.endOffset) throw outOfRange(range, `the partition ends at ${kept.endOffset}`);
    if (startOffset < kept.startOffset) throw outOfRange(range, `the partition is kept from ${kept.startOffset} on`);
    const asked = range.endOffset ?? kept.endOffset;
    const endOffset = asked < kept.endOffset ? asked : kept.endOffset;
    if (startOffset >= endOffset) return;
    if (this.#isClosed) throw closedError();
    const source = new RangeSource(this.#settings, range);
    this.#sources.add(source);
    try {
      for (let next = startOffset; next < endOffset;) {
        const batch = await source.fetch(next);
        const found = batch.messages.map(logRecordOf).filter(({ offset }) => offset < endOffset);
        for (let i = 0; i < found.length; i += readRecordsMax) {
          const records = found.slice(i, i + readRecordsMax);
          const nextOffset = records.at(-1)!.offset + 1n;
          const logEndOffset = BigInt(batch.highWatermark);
          yield {
            topic,
            partition,
            startOffset: next,
            records,
            nextOffset,
            logEndOffset,
            ack: () => Promise.resolve(),
          };
          next = nextOffset;
        }
        next = BigInt(batch.lastOffset()) + 1n;
      }
    } finally {
      this.#sources.delete(source);
      await source.close();
    }
  }

  /** Readers that go on are told LOG_CLOSED. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#sources].map((source) => source.close()));
  }
}

/** One fetch after the other, each tried until there is something. */
class RangeSource {
  readonly #settings: KafkaSettings;
  readonly #range: OffsetRange;
  #fetcher: PartitionFetcher | undefined;
  /** The fetch under way. Never rejects. */
  #fetching: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(settings: KafkaSettings, range: OffsetRange) {
    this.#settings = settings;
    this.#range = range;
  }

  fetch(offset: bigint): Promise<Batch> {
    const fetching = this.#fetch(offset);
    this.#fetching = fetching.catch(() => {});
    return fetching;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
    await this.#fetching;
  }

  async #fetch(offset: bigint): Promise<Batch> {
    const { clock, random, appendTimeoutMs, observe } = this.#settings;
    const { topic, partition } = this.#range;
    const isRetriable = (cause: unknown): boolean => {
      const error = this.#errorOf(cause, offset);
      if (error.retriable) observe({ kind: "retry", call: "read", error });
      return error.retriable;
    };
    try {
      return await retry({ clock, random, deadlineMs: clock() + appendTimeoutMs, isRetriable }, async () => {
        if (this.#isClosed) throw closedError();
        try {
          const batch = await withDeadline(this.#fetchOnce(offset), fetchMsMax, "a fetch");
          // A leader that was just chosen may not yet know that it holds what was acknowledged.
          if (batch.rawMessages.length > 0) return batch;
        } catch (error) {
          await this.#end(); // the leader has moved, or does not answer: begin anew
          throw error;
        }
        const message = `${topic}/${partition} gave nothing at ${offset}, before its end.`;
        throw new AppError("LOG_UNAVAILABLE", message, { retriable: true });
      });
    } catch (cause) {
      throw this.#errorOf(cause, offset);
    }
  }

  async #end(): Promise<void> {
    const fetcher = this.#fetcher;
    this.#fetcher = undefined;
    await fetcher?.end();
  }

  async #fetchOnce(offset: bigint): Promise<Batch> {
    const { topic, partition } = this.#range;
    if (this.#fetcher === undefined) {
      this.#fetcher = new PartitionFetcher(this.#settings, topic, partition);
      await this.#fetcher.connect();
    }
    return await this.#fetcher.fetch(offset);
  }

  #errorOf(cause: unknown, offset: bigint): AppError {
    if ((cause as { type?: unknown }).type === "OFFSET_OUT_OF_RANGE") {
      return outOfRange({ ...this.#range, startOffset: offset }, "retention has deleted it meanwhile");
    }
    return fromKafkaError(cause, { topic: this.#range.topic, partition: this.#range.partition });
  }
}

function closedError(): AppError {
  return new AppError("LOG_CLOSED", "The log was closed.");
}

export function outOfRange({ topic, partition, startOffset }: OffsetRange, reason: string): AppError {
  const message = `${topic}/${partition} has no offset ${startOffset}: ${reason}.`;
  return new AppError("LOG_OFFSET_OUT_OF_RANGE", message, { context: { topic, partition, offset: startOffset } });
}
