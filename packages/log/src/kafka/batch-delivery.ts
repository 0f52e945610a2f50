import type { Batch } from "kafkajs";
import { beyondEnd } from "../assignment-teller.ts";
import type { LogBatch, SubscribeOptions } from "../event-log.ts";
import type { GroupConsumer } from "./group-consumer.ts";
import { fromKafkaError } from "./kafka-errors.ts";
import type { KafkaAdmin } from "./kafka-admin.ts";
import type { KafkaSettings } from "./kafka-options.ts";
import { kafkaOffsets } from "./kafka-topics.ts";
import { logRecordOf } from "./log-record.ts";
import type { PartitionPosition, PartitionPositions } from "./partition-positions.ts";

const batchRecordsDefault = 1000;

export interface BatchDeliveryParts {
  readonly settings: KafkaSettings;
  readonly admin: KafkaAdmin;
  readonly options: SubscribeOptions;
  readonly positions: PartitionPositions;
}

/** Hands what kafkajs fetched to the subscription's handler: each record once while its partition is held, in order. */
export class BatchDelivery {
  readonly #parts: BatchDeliveryParts;

  constructor(parts: BatchDeliveryParts) {
    this.#parts = parts;
  }

  /**
   * Delivers until `mayDeliver` says no; the rest is fetched again, by whoever holds the partition then.
   * @throws whatever the handler throws
   */
  async deliver(consumer: GroupConsumer, batch: Batch, mayDeliver: () => boolean): Promise<void> {
    const { positions, options } = this.#parts;
    const position = positions.get(batch);
    if (position === undefined || !mayDeliver()) return;
    const messages = from(batch.messages, position.next);
    const [first] = messages;
    if (first === undefined) await this.#assertReached(position, batch);
    if (first !== undefined && !(await this.#isNext(position, BigInt(first.offset)))) {
      return consumer.seek(position, position.next);
    }
    const recordsMax = options.batchRecordsMax ?? batchRecordsDefault;
    for (let i = 0; i < messages.length && mayDeliver(); i += recordsMax) {
      const records = messages.slice(i, i + recordsMax).map(logRecordOf);
      const next = records.at(-1)!.offset + 1n;
      await options.onBatch(this.#batchOf(consumer, position, records, BigInt(batch.highWatermark)));
      position.next = next;
      position.startOffset = next;
    }
    consumer.seek(position, position.next);
  }

  /**
   * kafkajs starts anew where an offset lies beyond the end of the partition, and would do so until the end is there.
   * @throws AppError LOG_OFFSET_OUT_OF_RANGE
   */
  async #assertReached({ next, ...place }: PartitionPosition, batch: Batch): Promise<void> {
    if (BigInt(batch.highWatermark) >= next) return;
    // The batch may be older than the position; nobody to ask just now: it comes again.
    const ends = await kafkaOffsets(this.#parts.admin, place.topic).catch(() => []);
    const end = ends[place.partition]?.endOffset;
    if (end !== undefined && end < next) throw beyondEnd(place, next, end);
  }

  /**
   * Whether a batch from `first` on can be delivered. One that begins too late is fetched again, once: then retention
   * has deleted what is missing, or there never was a record (as where a transaction ended).
   */
  async #isNext(position: PartitionPosition, first: bigint): Promise<boolean> {
    const { topic, partition, next } = position;
    if (first === next) return true;
    if (position.soughtTo !== next) {
      position.soughtTo = next;
      return false;
    }
    let kept: bigint;
    try {
      kept = (await kafkaOffsets(this.#parts.admin, topic))[partition]!.startOffset;
    } catch {
      return false; // nobody to ask just now; the batch comes again
    }
    if (kept > next) {
      const endOffset = kept < first ? kept : first;
      this.#parts.settings.onGap({ topic, partition, startOffset: next, endOffset });
    }
    return true;
  }

  #batchOf(
    consumer: GroupConsumer,
    position: PartitionPosition,
    records: LogBatch["records"],
    logEndOffset: bigint,
  ): LogBatch {
    const { positions, options, settings } = this.#parts;
    const { group } = options;
    const { topic, partition, startOffset } = position;
    const nextOffset = records.at(-1)!.offset + 1n;
    return {
      topic,
      partition,
      startOffset,
      records,
      nextOffset,
      logEndOffset,
      ack: async (upTo = nextOffset) => {
        // Whoever has lost a partition has no say in where its next owner begins.
        if (group === undefined || positions.get(position) !== position) return;
        try {
          await consumer.commit(position, upTo);
        } catch (cause) {
          const error = fromKafkaError(cause, { topic, group });
          settings.observe({ kind: "retry", call: "acknowledge", error }); // the next one tells more
        }
      },
    };
  }
}

/** What lies at an offset or after it. Mostly that is all: a batch is asked for from where the last one ended. */
function from(messages: Batch["messages"], offset: bigint): Batch["messages"] {
  const at = messages.findIndex((message) => BigInt(message.offset) >= offset);
  if (at === 0) return messages;
  return at < 0 ? [] : messages.slice(at);
}
