import type { Buffer } from "node:buffer";
import { AppError } from "@footfall/base";
import type { LogRecord } from "../event-log.ts";
import type { LogStore } from "./log-store.ts";
import { countOfBatch, decodeBatch } from "./stored-batch.ts";
import { corruptAdvice } from "./store-errors.ts";
import { baseOffsetOfKey, batchKey } from "./store-keys.ts";
import type { Topic } from "./topic-catalog.ts";

/** A delivery ends after the stored batch that takes it past this many bytes. */
const deliveryBytesMax = 4 * 1024 * 1024;

/** A stored batch and where it begins. */
export interface FoundBatch {
  readonly baseOffset: number;
  readonly bytes: Buffer;
}

/** The stored batch that holds the offset, or undefined. Reading on from batch to batch costs one look-up each. */
export function findBatch(store: LogStore, topic: Topic, partition: number, offset: number): FoundBatch | undefined {
  const bytes = store.get(batchKey(topic.id, partition, offset));
  if (bytes !== undefined) return { baseOffset: offset, bytes };
  const start = batchKey(topic.id, partition, offset);
  const end = batchKey(topic.id, partition, 0).subarray(0, 7);
  for (const { key, value } of store.range({ start, end, limit: 1, isReverse: true })) {
    const baseOffset = baseOffsetOfKey(key);
    if (offset < baseOffset + countOfBatch(value)) return { baseOffset, bytes: value };
  }
  return undefined;
}

/** Walks through one partition. */
export class PartitionCursor {
  readonly partition: number;
  readonly #store: LogStore;
  readonly #topic: Topic;
  #nextOffset: number;
  /** What is left of the last stored batch. */
  #left: LogRecord[] = [];

  constructor(store: LogStore, topic: Topic, partition: number, nextOffset: number) {
    this.partition = partition;
    this.#store = store;
    this.#topic = topic;
    this.#nextOffset = nextOffset;
  }

  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** Goes on elsewhere. */
  moveTo(offset: number): void {
    this.#nextOffset = offset;
    this.#left = [];
  }

  /**
   * The next records before `endOffset`, at most `recordsMax`; none when there are none.
   * @throws AppError LOG_CORRUPT
   */
  take(endOffset: number, recordsMax: number): LogRecord[] {
    let taken: LogRecord[] = [];
    let bytes = 0;
    const room = Math.min(recordsMax, endOffset - this.#nextOffset);
    while (taken.length < room && bytes < deliveryBytesMax) {
      if (this.#left.length === 0) bytes += this.#readBatch();
      const wanted = room - taken.length;
      const isAllWanted = this.#left.length <= wanted;
      const part = isAllWanted ? this.#left : this.#left.slice(0, wanted);
      this.#left = isAllWanted ? [] : this.#left.slice(wanted);
      taken = taken.length === 0 ? part : taken.concat(part);
      this.#nextOffset += part.length;
    }
    return taken;
  }

  #readBatch(): number {
    const found = findBatch(this.#store, this.#topic, this.partition, this.#nextOffset);
    const records = found === undefined ? undefined : decodeBatch(found.bytes, found.baseOffset);
    const skipped = this.#nextOffset - (found?.baseOffset ?? 0);
    if (records === undefined || records.length <= skipped) {
      const place = `${this.#topic.name}/${this.partition} at offset ${this.#nextOffset}`;
      throw new AppError("LOG_CORRUPT", `The log in ${this.#store.folder} is damaged: ${place}. ${corruptAdvice}`, {
        context: { topic: this.#topic.name, partition: this.partition, offset: this.#nextOffset },
      });
    }
    this.#left = skipped === 0 ? records : records.slice(skipped);
    return found!.bytes.length;
  }
}
