import { AppError, isRetriable } from "@footfall/base";
import type { AppendRecord, EventLog, LogRecord } from "../event-log.ts";
import { recordBytes } from "../record-bytes.ts";
import { bytesOf, type SpoolRoom } from "./spool-room.ts";

/**
 * A log on the local disk whose records can be deleted once they are forwarded. The embedded log is one; the spool
 * needs no more of it than this.
 */
export interface SpoolStore extends Pick<EventLog, "append" | "createTopic" | "offsets" | "read" | "topics"> {
  /** Deletes the records of a partition before `offset`, which becomes its first kept one. */
  deleteBefore(topic: string, partition: number, offset: bigint): Promise<void>;
  /** Bytes that the topic's records take. */
  storedBytes(topic: string): number;
}

/** One partition keeps all keys in the order in which they came. */
const partition = 0;

/** The topic of a spool that keeps what the target refuses for good. */
export function asideTopicOf(topic: string): string {
  return `${topic}.refused`;
}

/**
 * The records of one topic that wait on disk, oldest first. Its first kept offset is all the progress there is: what
 * was forwarded is deleted, and what a crash left undeleted is forwarded again.
 */
export class SpooledTopic {
  readonly #store: SpoolStore;
  readonly #name: string;
  readonly #room: SpoolRoom;
  /** Read, not yet forwarded. */
  #ahead: LogRecord[] = [];
  #keptOffset = 0n;
  #nextOffset = 0n;
  #endOffset = 0n;
  #writes = 0;
  #asideRecords = 0;

  constructor(store: SpoolStore, name: string, room: SpoolRoom) {
    this.#store = store;
    this.#name = name;
    this.#room = room;
  }

  /** Creates or finds the topic. A full disk is no hindrance where it exists already. */
  async open(): Promise<void> {
    const known = new Set((await this.#store.topics()).map(({ name }) => name));
    for (const name of [this.#name, asideTopicOf(this.#name)]) {
      if (!known.has(name)) await this.#store.createTopic({ name, partitions: 1 });
    }
    await this.#takeBackAside().catch((error: unknown) => {
      if (!isRetriable(error)) throw error; // else the disk is full, and they stay for another start
    });
    await this.#lookUpOffsets();
  }

  /** Records not yet forwarded. */
  get left(): number {
    return Number(this.#endOffset - this.#nextOffset);
  }

  /** Whether appends are under way to the disk. */
  get isBeingWritten(): boolean {
    return this.#writes > 0;
  }

  get hasForwardedUndeleted(): boolean {
    return this.#keptOffset < this.#nextOffset;
  }

  /** Since the start; they stay on disk. */
  get asideRecords(): number {
    return this.#asideRecords;
  }

  /** When the oldest record was spooled, ms; undefined where none is left or none was read yet. */
  get oldestAtMs(): number | undefined {
    return this.#ahead[0]?.appendedAtMs;
  }

  /** Resolves when the disk holds the records. @throws AppError LOG_UNAVAILABLE, LOG_OVERLOADED (retriable) */
  async append(records: readonly AppendRecord[]): Promise<void> {
    const bytes = bytesOf(records);
    this.#room.take(bytes);
    this.#writes++;
    try {
      for (const { offset } of await this.#store.append(this.#name, records)) {
        if (offset >= this.#endOffset) this.#endOffset = offset + 1n;
      }
    } finally {
      this.#writes--;
      this.#room.settle(bytes);
    }
  }

  /** The oldest records left, at least one unless none is left. They stay. */
  async peek(recordsMax: number, bytesMax: number): Promise<readonly LogRecord[]> {
    if (this.#ahead.length === 0 && this.left > 0) await this.#readAhead();
    let count = 0;
    let bytes = 0;
    for (const record of this.#ahead) {
      bytes += recordBytes(record);
      if (count > 0 && (count >= recordsMax || bytes > bytesMax)) break;
      count++;
    }
    return this.#ahead.slice(0, count);
  }

  /** The oldest `count` records need not be forwarded any more. */
  drop(count: number): void {
    this.#ahead.splice(0, count);
    this.#nextOffset += BigInt(count);
  }

  /** Keeps the oldest record where nothing forwards it in this life. */
  async setAside(): Promise<void> {
    const record = this.#ahead[0]!;
    await this.#store.append(asideTopicOf(this.#name), [record]);
    this.#asideRecords++;
    this.drop(1);
  }

  /** Gives the disk back what was forwarded. @throws AppError LOG_UNAVAILABLE (a full disk may not even delete) */
  async deleteForwarded(): Promise<void> {
    if (!this.hasForwardedUndeleted) return;
    const nextOffset = this.#nextOffset;
    await this.#store.deleteBefore(this.#name, partition, nextOffset);
    this.#keptOffset = nextOffset;
    this.#room.makeRoom();
  }

  /** What was set aside in an earlier life goes to the end of the topic: it may be taken now. */
  async #takeBackAside(): Promise<void> {
    const topic = asideTopicOf(this.#name);
    const { startOffset, endOffset } = (await this.#store.offsets(topic))[partition]!;
    if (startOffset === endOffset) return;
    for await (const { records } of this.#store.read({ topic, partition, startOffset, endOffset })) {
      await this.#store.append(this.#name, records);
    }
    await this.#store.deleteBefore(topic, partition, endOffset);
  }

  async #readAhead(): Promise<void> {
    try {
      const startOffset = this.#nextOffset;
      for await (const { records } of this.#store.read({ topic: this.#name, partition, startOffset })) {
        this.#ahead = [...records];
        return;
      }
    } catch (error) {
      if (!(error instanceof AppError && error.code === "LOG_OFFSET_OUT_OF_RANGE")) throw error;
    }
    // Another process uses the folder too and has forwarded them.
    await this.#lookUpOffsets();
  }

  async #lookUpOffsets(): Promise<void> {
    const { startOffset, endOffset } = (await this.#store.offsets(this.#name))[partition]!;
    this.#keptOffset = startOffset;
    this.#nextOffset = startOffset;
    this.#endOffset = endOffset;
  }
}
