import { AppError, backOffMs, isRetriable, type Random } from "@footfall/base";
import { AssignmentTeller, partitionKey, sortedPartitions } from "../assignment-teller.ts";
import type { LogBatch, SubscribeOptions, Subscription, TopicPartition } from "../event-log.ts";
import type { TopicReader } from "./topic-reader.ts";

/** A busy subscription lets timers and sockets run at least this often. */
const turnMsMax = 5;
const retryBackOff = { minMs: 50, maxMs: 1000 };

export interface SubscriptionParts {
  readonly options: SubscribeOptions;
  /** One for each topic. */
  readonly readers: readonly TopicReader[];
  readonly heartbeatMs: number;
  readonly random: Random;
}

/** One loop per subscription: report to the group, find a partition with records, deliver, begin again. */
export class LogSubscription implements Subscription {
  readonly done: Promise<void>;
  readonly #parts: SubscriptionParts;
  readonly #teller: AssignmentTeller;
  #turn = 0;
  /** What this member holds by the last report, whether or not it has been told. */
  #held: readonly TopicPartition[] = [];
  #failures = 0;
  /** Not before this time is a change told again that could not be told. */
  #tellAgainAtMs: number | undefined;
  #isPaused = false;
  #isStopping = false;
  #wake: (() => void) | undefined;
  #lastYieldMs = 0;
  #heartbeat: NodeJS.Timeout | undefined;
  #end!: (error?: unknown) => void;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
    this.#teller = new AssignmentTeller(parts.options);
    this.done = new Promise((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.done.catch(() => {}); // told to whoever asks; nobody has to
  }

  get partitions(): readonly TopicPartition[] {
    return sortedPartitions(this.#parts.readers.flatMap((reader) => reader.partitions));
  }

  /** Takes its first partitions, then delivers in the background. */
  async start(): Promise<void> {
    const { readers, heartbeatMs } = this.#parts;
    const members = readers.flatMap(({ member }) => member ?? []);
    if (members.length > 0) {
      const keepLeases = (): void => members.forEach((member) => void member.keepLease().catch(() => {}));
      this.#heartbeat = setInterval(keepLeases, heartbeatMs);
    }
    try {
      if (members.length > 0) await this.#report();
      else await this.#hold(readers.flatMap((reader) => reader.allPartitions));
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
    let failure: unknown;
    try {
      while (!this.#isStopping) {
        if (this.#mustReport()) await this.#reportOrWait();
        const batch = this.#mayDeliver() ? this.#nextBatch() : undefined;
        if (batch === undefined) await this.#woken();
        else {
          await this.#parts.options.onBatch(batch);
          await this.#yieldSometimes();
        }
      }
    } catch (error) {
      failure = error ?? new AppError("INTERNAL", "The batch handler failed without saying why.");
    }
    await this.#finish(failure);
  }

  async #finish(failure: unknown): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#heartbeat);
    this.#keepOnly([]);
    // Where the disk is full the lease runs out by itself.
    for (const { member } of this.#parts.readers) await member?.leave().catch(() => {});
    this.#end(failure);
  }

  #mustReport(): boolean {
    if (this.#tellAgainAtMs !== undefined) return performance.now() >= this.#tellAgainAtMs;
    return this.#parts.readers.some(({ member }) => member?.mustReport() === true);
  }

  #mayDeliver(): boolean {
    if (this.#isPaused || this.#tellAgainAtMs !== undefined) return false;
    return this.#parts.readers.every(({ member }) => member?.holdsLease() !== false);
  }

  /** A full disk does not end a subscription: it delivers nothing and reports again. */
  async #reportOrWait(): Promise<void> {
    try {
      await this.#report();
    } catch (error) {
      if (!(error instanceof AppError && error.code === "LOG_UNAVAILABLE" && isRetriable(error))) throw error;
    }
  }

  /** What others wait for is given up only when the subscriber was told that it is lost. */
  async #report(): Promise<void> {
    const surplus = await this.#reportTo([]);
    if (surplus.length > 0) {
      const given = new Set(surplus.map(partitionKey));
      await this.#hold(this.#held.filter((partition) => !given.has(partitionKey(partition))));
      await this.#reportTo(surplus);
    }
    await this.#hold(this.#held);
  }

  /** Reports all memberships. @returns what others wait for */
  async #reportTo(released: readonly TopicPartition[]): Promise<readonly TopicPartition[]> {
    const held: TopicPartition[] = [];
    const surplus: TopicPartition[] = [];
    for (const reader of this.#parts.readers) {
      const { member } = reader;
      if (member === undefined) {
        held.push(...reader.allPartitions);
        continue;
      }
      const ofTopic = released.filter(({ topic }) => topic === reader.topic);
      const membership = await reader.report(member, ofTopic);
      held.push(...membership.owned);
      surplus.push(...membership.surplus);
    }
    this.#held = held;
    return surplus;
  }

  /** Tells the subscriber what it holds from now on, where that has changed, and begins what is new. */
  async #hold(held: readonly TopicPartition[]): Promise<void> {
    this.#held = held;
    // A partition that was lost in between has no cursor any more.
    const standing = new Set(this.partitions.map(partitionKey));
    this.#keepOnly(held);
    try {
      const stated = await this.#teller.tell(held, (told) => !standing.has(partitionKey(told)));
      if (stated !== undefined) for (const reader of this.#parts.readers) reader.begin(held, stated);
      this.#tellAgainAtMs = undefined;
      this.#failures = 0;
    } catch (error) {
      if (!isRetriable(error)) throw error;
      this.#tellAgainAtMs = performance.now() + backOffMs(this.#failures++, retryBackOff, this.#parts.random);
    }
  }

  #keepOnly(held: readonly TopicPartition[]): void {
    for (const reader of this.#parts.readers) reader.keepOnly(held);
  }

  /** The topics take turns. */
  #nextBatch(): LogBatch | undefined {
    const { readers } = this.#parts;
    for (let i = 0; i < readers.length; i++) {
      const at = (this.#turn + i) % readers.length;
      const batch = readers[at]!.nextBatch();
      if (batch === undefined) continue;
      this.#turn = at + 1;
      return batch;
    }
    return undefined;
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
