import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { AppError, backOffMs, errorCodeOf, type Random } from "@footfall/base";
import {
  type EventLog,
  type LogBatch,
  type LogRecord,
  partitionKey,
  type PartitionOffset,
  type Subscription,
} from "@footfall/log";
import type { HealthProblem } from "@footfall/runtime";
import { type ContactOptions, LogContact } from "./log-contact.ts";
import { PartitionsLeft } from "./partitions-left.ts";

const retryBackOff = { minMs: 50, maxMs: 2_000 };

export interface FollowSpec<Value> {
  /** What follows, for metrics and health. */
  readonly name: string;
  /** Shows and judges when the log last answered. */
  readonly contact: ContactOptions;
  readonly log: Pick<EventLog, "offsets" | "offsetsAt" | "subscribe">;
  readonly topics: readonly string[];
  /** Append time to begin at, ms since the epoch; or the end of the log. Asked again where the log was replaced. */
  readonly from: () => number | "latest";
  /** Told where each partition begins, each time that following begins anew. */
  readonly onBegin?: (starts: readonly PartitionOffset[]) => void;
  /** What a record says; undefined (or an error) where it says nothing that can be read: it is skipped and counted. */
  readonly decode: (record: LogRecord) => Value | undefined;
  /** Takes what a batch said, in order; at least one value or one skipped record. */
  readonly take: (values: readonly Value[], batch: LogBatch, skipped: number) => void;
  /** Following failed and is tried again; told once until it works again. */
  readonly onFailure: (error: unknown) => void;
  /** Most records dealt with before timers and sockets get their turn. Default 1000. */
  readonly batchRecordsMax?: number;
  /** Spreads the tries after a failure. Default `Math.random`. */
  readonly random?: Random;
}

/** A reader that keeps only what it has in memory. */
export interface Follower {
  /** Why following does not work at present. */
  readonly failure: unknown;
  /** When the log last answered, and what waits. */
  readonly contact: Pick<LogContact, "lags" | "status">;
  /** What this reader knows is ageing, though following has not failed: the log is silent. */
  readonly problem: HealthProblem | undefined;
  /** Of the records that were there when it began, those not yet read; undefined while that is unknown. */
  readonly left: number | undefined;
  /** Resolves when it has begun, or failed to for the first time. */
  readonly begun: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Follows topics on all partitions, without a group and without a place of its own in the log: after a restart it
 * begins anew at `from`. When the log fails it goes on from where it was; a topic that does not exist yet is waited
 * for, and a log that no longer reaches as far as was read (another one took its place) is begun anew.
 */
export function follow<Value>(spec: FollowSpec<Value>): Follower {
  const following = new Following(spec);
  following.start();
  return following;
}

class Following<Value> implements Follower {
  readonly #spec: FollowSpec<Value>;
  readonly contact: LogContact;
  readonly #stopping = new AbortController();
  #left = new PartitionsLeft();
  /** Where each partition goes on; undefined before it is known. */
  #nextOffsets: Map<string, PartitionOffset> | undefined;
  #subscription: Subscription | undefined;
  #running: Promise<void> = Promise.resolve();
  #failures = 0;
  #tellBegun!: () => void;
  readonly begun = new Promise<void>((resolve) => (this.#tellBegun = resolve));
  failure: unknown;

  constructor(spec: FollowSpec<Value>) {
    this.#spec = spec;
    this.contact = new LogContact({ ...spec.contact, log: spec.log, topics: spec.topics, reader: spec.name });
  }

  get problem(): HealthProblem | undefined {
    return this.contact.problem();
  }

  get left(): number | undefined {
    return this.#nextOffsets && this.#left.records;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.contact.stop();
    await this.#subscription?.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#follow();
      } catch (error) {
        if (signal.aborted) return;
        if (errorCodeOf(error) === "LOG_OFFSET_OUT_OF_RANGE") {
          this.#nextOffsets = undefined;
          this.contact.lost();
        }
        if (this.failure === undefined) this.#spec.onFailure(error);
        this.failure = error;
        this.#tellBegun();
        const pauseMs = backOffMs(this.#failures++, retryBackOff, this.#spec.random ?? Math.random);
        await pause(pauseMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #follow(): Promise<void> {
    const { log, topics, batchRecordsMax } = this.#spec;
    const starts = (this.#nextOffsets ??= await this.#begin());
    this.#subscription = await log.subscribe({
      topics,
      // Of every partition that was there it is said where to begin; of one that is added, nothing may be passed over.
      from: "earliest",
      ...(batchRecordsMax === undefined ? {} : { batchRecordsMax }),
      onAssignment: async () => [...starts.values()],
      onBatch: (batch) => this.#take(batch),
    });
    this.failure = undefined;
    this.#tellBegun();
    if (this.#stopping.signal.aborted) await this.#subscription.stop();
    await this.#subscription.done;
    if (!this.#stopping.signal.aborted) throw new AppError("LOG_CLOSED", "The log ended the subscription.");
  }

  /** Finds where to begin, and how much there is to read. */
  async #begin(): Promise<Map<string, PartitionOffset>> {
    const { log, topics } = this.#spec;
    const from = this.#spec.from();
    const starts = new Map<string, PartitionOffset>();
    this.#left = new PartitionsLeft();
    for (const topic of topics) {
      const ends = await log.offsets(topic);
      const first = from === "latest" ? ends.map(({ endOffset }) => endOffset) : await log.offsetsAt(topic, from);
      ends.forEach(({ endOffset }, partition) => {
        const offset = first[partition] ?? endOffset;
        starts.set(partitionKey({ topic, partition }), { topic, partition, offset });
        this.#left.expect({ topic, partition }, offset, endOffset);
      });
    }
    this.contact.assigned([...starts.values()]);
    this.#spec.onBegin?.([...starts.values()]);
    return starts;
  }

  async #take(batch: LogBatch): Promise<void> {
    const values: Value[] = [];
    for (const record of batch.records) {
      const value = this.#decode(record);
      if (value !== undefined) values.push(value);
    }
    this.#spec.take(values, batch, batch.records.length - values.length);
    const { topic, partition, nextOffset } = batch;
    this.#nextOffsets?.set(partitionKey(batch), { topic, partition, offset: nextOffset });
    this.#left.read(batch, nextOffset);
    this.contact.read(batch);
    this.#failures = 0;
    await nextTurn();
  }

  #decode(record: LogRecord): Value | undefined {
    try {
      return this.#spec.decode(record);
    } catch {
      return undefined;
    }
  }
}
