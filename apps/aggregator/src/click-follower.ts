import { assertInvariant } from "@footfall/base";
import { topics } from "@footfall/events";
import type { LogBatch, PartitionOffset, Subscription } from "@footfall/log";
import { Aggregation, type AggregationOptions } from "./aggregation.ts";

export interface FollowOptions extends AggregationOptions {
  readonly group: string;
  readonly commitIntervalMs: number;
  readonly onCommitted: () => void;
}

/**
 * One subscription to topic `clicks` and the state that belongs to its partitions. Takes batches in and commits them,
 * at intervals or when enough have come; while a commit is under way, nothing more is taken in. It ends with the first
 * failure: what is in memory is then worth nothing, since it can be made anew from the lake.
 */
export class ClickFollower {
  readonly #options: FollowOptions;
  #aggregation: Aggregation | undefined;
  #subscription: Subscription | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #fail!: (error: unknown) => void;
  /** Rejects when following has failed; otherwise stays open. */
  readonly failed: Promise<never>;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.failed = new Promise<never>((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {}); // told to whoever asks
  }

  async start(): Promise<void> {
    const { log, group } = this.#options;
    this.#subscription = await log.subscribe({
      topics: [topics.clicks],
      group,
      from: "earliest",
      onBatch: (batch) => this.#take(batch),
      onAssignment: ({ held }) => this.#open(held.map(({ partition }) => partition)),
    });
    this.#subscription.done.catch((error: unknown) => this.#fail(error));
    this.#commitLater();
  }

  /** Commits what has been taken in, unless following has failed, and leaves the group. */
  async stop(): Promise<void> {
    this.#subscription?.pause();
    await this.#commit(true).catch(() => {});
    clearTimeout(this.#timer);
    await this.#subscription?.stop();
    await this.#commit(true).catch(() => {});
    clearTimeout(this.#timer);
    this.#aggregation = undefined;
  }

  /**
   * Goes on with these partitions from what the lake holds. What was taken in since the last commit is read again, of
   * kept partitions too: a commit now could only get in the way of whoever has the lost ones.
   */
  #open(partitions: readonly number[]): Promise<readonly PartitionOffset[]> {
    return this.#inTurn(async () => {
      this.#aggregation = undefined;
      if (partitions.length === 0) return [];
      const aggregation = await Aggregation.open(this.#options, partitions);
      this.#aggregation = aggregation;
      return aggregation.startOffsets();
    });
  }

  async #take(batch: LogBatch): Promise<void> {
    await this.#inTurn(async () => {
      const place = `${batch.topic}/${batch.partition}`;
      assertInvariant(this.#aggregation !== undefined, `a batch of ${place} came, of which there is no state`);
      this.#aggregation.take(batch);
    });
    if (this.#aggregation?.isFull) await this.#commit();
  }

  async #commit(isLast = false): Promise<void> {
    await this.#inTurn(async () => {
      try {
        if (!this.#aggregation) return;
        await this.#aggregation.commit(isLast);
        this.#options.onCommitted();
      } catch (error) {
        this.#aggregation = undefined;
        this.#fail(error);
        throw error;
      }
    });
  }

  #commitLater(): void {
    this.#timer = setTimeout(() => {
      this.#commit().then(
        () => this.#commitLater(),
        () => {}, // `failed` tells
      );
    }, this.#options.commitIntervalMs);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}
