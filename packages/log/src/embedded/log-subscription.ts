import { AppError, isRetriable } from "@footfall/base";
import type { LogBatch, LogGap, SubscribeOptions, Subscription } from "../event-log.ts";
import { type GroupMember, readGroupOffsets } from "./consumer-group.ts";
import type { LogStore } from "./log-store.ts";
import { PartitionCursor } from "./partition-cursor.ts";
import type { Topic, TopicCatalog } from "./topic-catalog.ts";

const batchRecordsDefault = 1000;
/** A busy subscription lets timers and sockets run at least this often. */
const turnMsMax = 5;

export interface SubscriptionParts {
  readonly store: LogStore;
  readonly catalog: TopicCatalog;
  readonly topic: Topic;
  readonly options: SubscribeOptions;
  /** Absent without a group. */
  readonly member: GroupMember | undefined;
  readonly heartbeatMs: number;
  readonly onGap: ((gap: LogGap) => void) | undefined;
}

/** One loop per subscription: report to the group, find a partition with records, deliver, begin again. */
export class LogSubscription implements Subscription {
  readonly done: Promise<void>;
  readonly #parts: SubscriptionParts;
  readonly #cursors = new Map<number, PartitionCursor>();
  #turn = 0;
  #isPaused = false;
  #isStopping = false;
  #wake: (() => void) | undefined;
  #lastYieldMs = 0;
  #end!: (error?: unknown) => void;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
    this.done = new Promise((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.done.catch(() => {}); // told to whoever asks; nobody has to
  }

  get partitions(): readonly number[] {
    return [...this.#cursors.keys()].sort((a, b) => a - b);
  }

  /** Takes its first partitions, then delivers in the background. */
  async start(): Promise<void> {
    try {
      if (this.#parts.member === undefined) {
        await this.#begin(Array.from({ length: this.#parts.topic.partitions }, (_, partition) => partition));
      } else {
        await this.#report(this.#parts.member);
      }
    } catch (error) {
      await this.#finish(error);
      return;
    }
    void this.#run();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.look();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.look();
    await this.done.catch(() => {});
  }

  /** There may be something to do. */
  look(): void {
    this.#wake?.();
  }

  async #run(): Promise<void> {
    const { member, heartbeatMs, options } = this.#parts;
    const heartbeat = member && setInterval(() => void member.keepLease().catch(() => {}), heartbeatMs);
    let failure: unknown;
    try {
      while (!this.#isStopping) {
        if (member?.mustReport()) await this.#reportOrWait(member);
        const batch = this.#isPaused || member?.holdsLease() === false ? undefined : this.#nextBatch();
        if (batch === undefined) await this.#woken();
        else {
          await options.onBatch(batch);
          await this.#yieldSometimes();
        }
      }
    } catch (error) {
      failure = error ?? new AppError("INTERNAL", "The batch handler failed without saying why.");
    } finally {
      clearInterval(heartbeat);
    }
    await this.#finish(failure);
  }

  async #finish(failure: unknown): Promise<void> {
    this.#isStopping = true;
    this.#cursors.clear();
    await this.#parts.member?.leave().catch(() => {}); // else the lease runs out by itself
    this.#end(failure);
  }

  /** A full disk does not end a subscription: it delivers nothing and reports again. */
  async #reportOrWait(member: GroupMember): Promise<void> {
    try {
      await this.#report(member);
    } catch (error) {
      if (!(error instanceof AppError && error.code === "LOG_UNAVAILABLE" && isRetriable(error))) throw error;
    }
  }

  async #report(member: GroupMember): Promise<void> {
    let membership = await member.report([]);
    if (membership.isNewcomer) await this.#revoke([...this.#cursors.keys()]);
    const { surplus } = membership;
    if (surplus.length > 0) {
      await this.#revoke(surplus.filter((partition) => this.#cursors.has(partition)));
      membership = await member.report(surplus);
    }
    const owned = new Set(membership.owned);
    await this.#revoke([...this.#cursors.keys()].filter((partition) => !owned.has(partition)));
    await this.#begin(membership.owned.filter((partition) => !this.#cursors.has(partition)));
  }

  async #revoke(partitions: readonly number[]): Promise<void> {
    if (partitions.length === 0) return;
    for (const partition of partitions) this.#cursors.delete(partition);
    await this.#parts.options.onRevoked?.(partitions);
  }

  /** Finds where the given partitions go on. */
  async #begin(partitions: readonly number[]): Promise<void> {
    if (partitions.length === 0) return;
    const { store, catalog, topic, options } = this.#parts;
    const stated = await options.startOffsets?.(partitions);
    store.refresh();
    const heads = catalog.heads(topic);
    const acknowledged = options.group === undefined ? [] : readGroupOffsets(store, topic, options.group);
    for (const partition of partitions) {
      const known = Number(stated?.get(partition) ?? acknowledged[partition] ?? -1);
      const edge = options.from === "earliest" ? heads.startOffset(partition) : heads.nextOffset(partition);
      const offset = known < 0 ? edge : known;
      if (offset > heads.nextOffset(partition)) {
        const place = `${topic.name}/${partition} ends at offset ${heads.nextOffset(partition)}, before ${offset}`;
        throw new AppError("LOG_OFFSET_OUT_OF_RANGE", `${place}: the log has lost records or is another one.`, {
          context: { topic: topic.name, partition, offset },
        });
      }
      this.#cursors.set(partition, new PartitionCursor(store, topic, partition, offset));
    }
  }

  /** The partitions take turns. */
  #nextBatch(): LogBatch | undefined {
    const { catalog, topic, options } = this.#parts;
    if (this.#cursors.size === 0) return undefined;
    const heads = catalog.heads(topic);
    const cursors = [...this.#cursors.values()];
    for (let i = 0; i < cursors.length; i++) {
      const cursor = cursors[(this.#turn + i) % cursors.length]!;
      const { partition } = cursor;
      if (cursor.nextOffset < heads.startOffset(partition)) this.#skipGap(cursor, heads.startOffset(partition));
      const endOffset = heads.nextOffset(partition);
      if (cursor.nextOffset >= endOffset) continue;
      const records = cursor.take(endOffset, options.batchRecordsMax ?? batchRecordsDefault);
      this.#turn = (this.#turn + i + 1) % cursors.length;
      const ackOffset = cursor.nextOffset;
      return {
        topic: topic.name,
        partition,
        records,
        endOffset: BigInt(endOffset),
        ack: async () => this.#parts.member?.acknowledge(partition, ackOffset),
      };
    }
    return undefined;
  }

  #skipGap(cursor: PartitionCursor, startOffset: number): void {
    this.#parts.onGap?.({
      topic: this.#parts.topic.name,
      partition: cursor.partition,
      startOffset: BigInt(cursor.nextOffset),
      endOffset: BigInt(startOffset),
    });
    cursor.moveTo(startOffset);
  }

  #woken(): Promise<void> {
    if (this.#isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  async #yieldSometimes(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#lastYieldMs < turnMsMax) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#lastYieldMs = performance.now();
  }
}
