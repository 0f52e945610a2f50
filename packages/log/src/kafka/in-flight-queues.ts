import { Buffer } from "node:buffer";
import { AppError } from "@footfall/base";
import type { AppendRecord, RecordPlace } from "../event-log.ts";
import { partitionOfKeyBytes } from "../partitioner.ts";
import { recordBytes } from "../record-bytes.ts";
import type { KafkaSettings } from "./kafka-options.ts";
import { bufferOf, kafkaHeadersOf } from "./log-record.ts";
import { type InFlightCall, type InFlightRecord, type MessageSender, InFlightQueue } from "./in-flight-queue.ts";

type Draft = Pick<InFlightRecord, "message" | "bytes">;

/** A topic's queues, once its partitions are known; until then its appends wait in order. */
interface TopicQueues {
  queues: InFlightQueue[] | undefined;
  readonly waiting: { readonly drafts: readonly Draft[]; readonly call: AppendCall }[];
}

/** An append, until its last record has an answer. */
class AppendCall implements InFlightCall {
  readonly deadlineMs: number;
  readonly places: RecordPlace[];
  readonly answer: Promise<readonly RecordPlace[]>;
  /** Resolves when no record is under way any more, which is later than the answer where one of them has failed. */
  readonly over: Promise<void>;
  hasFailed = false;
  #left: number;
  readonly #release: (bytes: number) => void;
  #resolve!: (places: readonly RecordPlace[]) => void;
  #reject!: (error: unknown) => void;
  #end!: () => void;

  constructor(records: number, deadlineMs: number, release: (bytes: number) => void) {
    this.deadlineMs = deadlineMs;
    this.places = Array.from({ length: records });
    this.#left = records;
    this.#release = release;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.over = new Promise((resolve) => (this.#end = resolve));
  }

  place(record: InFlightRecord, partition: number, offset: bigint): void {
    this.places[record.index] = { partition, offset };
    this.#release(record.bytes);
    if (--this.#left > 0) return;
    if (!this.hasFailed) this.#resolve(this.places);
    this.#end();
  }

  fail(record: Pick<InFlightRecord, "bytes">, error: AppError): void {
    this.hasFailed = true;
    this.#release(record.bytes);
    this.#reject(error);
    if (--this.#left === 0) this.#end();
  }
}

export interface InFlightQueuesParts {
  readonly settings: KafkaSettings;
  readonly producer: MessageSender;
  /** At least 1. @throws AppError LOG_TOPIC_UNKNOWN, LOG_UNAVAILABLE */
  readonly partitionsOf: (topic: string) => Promise<number>;
}

/** Spreads appends over one queue per partition, and bounds what waits in all of them. */
export class InFlightQueues {
  readonly #parts: InFlightQueuesParts;
  readonly #topics = new Map<string, TopicQueues>();
  readonly #underWay = new Set<Promise<void>>();
  #pendingRecords = 0;
  #pendingBytes = 0;
  #nextPartitionOfNullKey = 0;

  constructor(parts: InFlightQueuesParts) {
    this.#parts = parts;
  }

  /** @throws AppError LOG_RECORD_TOO_LARGE, LOG_OVERLOADED at once; the rest by the promise */
  append(topic: string, records: readonly AppendRecord[]): Promise<readonly RecordPlace[]> {
    const { clock, appendTimeoutMs } = this.#parts.settings;
    const drafts = records.map((record) => this.#draft(topic, record));
    this.#reserve(drafts);
    const call = new AppendCall(drafts.length, clock() + appendTimeoutMs, (bytes) => {
      this.#pendingRecords--;
      this.#pendingBytes -= bytes;
    });
    this.#underWay.add(call.over);
    void call.over.then(() => this.#underWay.delete(call.over));
    const known = this.#topics.get(topic) ?? this.#learn(topic);
    if (known.queues === undefined) known.waiting.push({ drafts, call });
    else this.#spread(known.queues, drafts, call);
    return call.answer;
  }

  /** Resolves when nothing is under way any more. */
  async drained(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #draft(topic: string, record: AppendRecord): Draft {
    const { key, value, headers } = record;
    const bytes = recordBytes(record);
    const { recordBytesMax } = this.#parts.settings;
    if (bytes > recordBytesMax) {
      throw new AppError("LOG_RECORD_TOO_LARGE", `A record has ${bytes} bytes; at most ${recordBytesMax} fit.`, {
        context: { topic, recordBytes: bytes, recordBytesMax },
      });
    }
    const message = {
      key: key === null ? null : Buffer.from(key, "utf8"),
      value: value === null ? null : bufferOf(value),
      ...(headers && { headers: kafkaHeadersOf(headers) }),
    };
    return { message, bytes };
  }

  #reserve(drafts: readonly Draft[]): void {
    const { pendingRecordsMax, pendingBytesMax } = this.#parts.settings;
    const bytes = drafts.reduce((sum, draft) => sum + draft.bytes, 0);
    const isOver = this.#pendingRecords + drafts.length > pendingRecordsMax;
    if (isOver || this.#pendingBytes + bytes > pendingBytesMax) {
      throw new AppError("LOG_OVERLOADED", "Too many records wait to be stored; try again in a moment.", {
        retriable: true,
        context: { pendingRecords: this.#pendingRecords, pendingBytes: this.#pendingBytes },
      });
    }
    this.#pendingRecords += drafts.length;
    this.#pendingBytes += bytes;
  }

  /** Asks for the partitions; what comes meanwhile keeps its order. */
  #learn(topic: string): TopicQueues {
    const { settings, producer, partitionsOf } = this.#parts;
    const learning: TopicQueues = { queues: undefined, waiting: [] };
    this.#topics.set(topic, learning);
    partitionsOf(topic).then(
      (count) => {
        if (count < 1) return this.#refuse(topic, learning, withoutPartitions(topic));
        const queues = Array.from({ length: count }, (_, at) => new InFlightQueue(topic, at, producer, settings));
        learning.queues = queues;
        for (const { drafts, call } of learning.waiting.splice(0)) this.#spread(queues, drafts, call);
      },
      (error: AppError) => this.#refuse(topic, learning, error),
    );
    return learning;
  }

  /** The next append asks again. */
  #refuse(topic: string, { waiting }: TopicQueues, error: AppError): void {
    this.#topics.delete(topic);
    for (const { drafts, call } of waiting.splice(0)) for (const draft of drafts) call.fail(draft, error);
  }

  #spread(queues: readonly InFlightQueue[], drafts: readonly Draft[], call: AppendCall): void {
    drafts.forEach(({ message, bytes }, index) => {
      const { key } = message;
      const partition =
        key === null
          ? this.#nextPartitionOfNullKey++ % queues.length
          : partitionOfKeyBytes(key, key.length, queues.length);
      queues[partition]!.push({ message, bytes, call, index });
    });
  }
}

function withoutPartitions(topic: string): AppError {
  const message = `The brokers name no partition of ${topic} yet; try again.`;
  return new AppError("LOG_UNAVAILABLE", message, { retriable: true, context: { topic } });
}
